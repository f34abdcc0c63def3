#!/usr/bin/env bash
# Fuzzes for long: the simulator, real nodes in storms, then each libFuzzer target, TIME seconds
# each (`make soak`).
# What libFuzzer finds worth keeping stays in build/fuzz/corpus, and is where it begins next time.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${TIME:-600}
jobs=${JOBS:-1}

if [ -x build/bin/decree-sim ]; then
    # A seed table of its own each time: what was covered yesterday need not be covered again.
    from=$(($(date +%s) * 1000))
    build/bin/decree-sim fuzz --seeds "$from..$((from + 1000000000))" --time "${seconds}s" \
        --jobs "$jobs" --out "build/soak/$from"
fi

if [ -x build/bin/decree ] && [ -x build/bin/decree-trace ]; then
    export DECREE_BIN=$PWD/build/bin DECREE_SOURCE=$PWD
    for ((minute = 0; minute * 60 < seconds; ++minute)); do
        STORM_SECONDS=60 python3 -B tests/e2e/storm.py
    done
fi

for program in build/fuzz/tests/fuzz_*; do
    [ -x "$program" ] && [ -f "$program" ] || continue
    name=$(basename "$program")
    name=${name#fuzz_}
    found=build/fuzz/corpus/$name
    mkdir -p "$found" build/soak
    folders=("$found")
    [ -d "tests/data/fuzz/$name" ] && folders+=("tests/data/fuzz/$name")
    echo "soak: $name for $seconds s"
    "$program" -max_total_time="$seconds" -timeout=20 -print_final_stats=1 \
        -artifact_prefix="build/soak/$name-" "${folders[@]}"
done
