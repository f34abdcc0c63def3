#!/usr/bin/env bash
# Plants each bug of props/mutants/ in a copy of the sources and lets the fuzzer look for it
# (`make mutants`). For each: is it found, after how many runs, by which property; do the shrunk
# choices fail with the bug, and pass without it; how many lines has the scenario that the shrinker
# made of it, and does that fail and pass as well; does the scenario beside the patch, if there is
# one, show the bug, and pass without it.
#
# TIME=60 seconds a bug, ONLY="PX-07 PX-09" for some of them, PROFILE=default.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
seconds=${TIME:-60}
read -ra only <<<"${ONLY:-}"
profile=${PROFILE:-default}
jobs=${JOBS:-$(nproc)}
patches=()
for name in "${only[@]:-}"; do
    found=$(compgen -G "props/mutants/*$name*.patch") ||
        { echo "no patch in props/mutants/ is called *$name*.patch" >&2; exit 2; }
    mapfile -t -O "${#patches[@]}" patches <<<"$found"
done
work=$root/build/mutants
mkdir -p "$work/out"

scripts/copy_sources.sh "$work/source" core props traces sim net CMakeLists.txt CMakePresets.json
cmake -S "$work/source" -B "$work/build" -G Ninja -DCMAKE_BUILD_TYPE=Release \
    -DDECREE_TESTS=OFF >"$work/configure.log"

build() { # NAME: of the patch that is planted, none if empty
    cmake -S "$work/source" -B "$work/build" -DDECREE_MUTANT="${1:-}" >>"$work/configure.log"
    cmake --build "$work/build" -j "$jobs" --target decree-sim >"$work/build.log" 2>&1
}
shown() { # NAME: whether its scenario does what it says, with the bug / without
    local scenario=props/mutants/$1.scn
    [ -f "$scenario" ] || { echo -; return; }
    local with=fails without=fails
    "$work/build/bin/decree-sim" run "$scenario" >"$work/out/$1.run" 2>&1 && with=shows
    "$work/decree-sim-sound" run "$scenario" >>"$work/out/$1.run" 2>&1 && without=passes
    echo "$with / $without"
}
verdict() { # COMMAND FILE: how that ends with the bug, and without it
    local with=0 without=0
    [ -n "$2" ] || { echo -; return; }
    "$work/build/bin/decree-sim" "$1" "$2" >/dev/null 2>&1 || with=$?
    "$work/decree-sim-sound" "$1" "$2" >/dev/null 2>&1 || without=$?
    printf '%s / %s\n' "$([ "$with" -eq 1 ] && echo fails || echo "exit $with")" \
        "$([ "$without" -eq 0 ] && echo passes || echo "exit $without")"
}
made() { # NAME SUFFIX: the file of its failure, if there is one
    find "$work/out/$1" -name "*.$2" 2>/dev/null | sort | head -n 1
}
told() { # NAME: lines of the scenario that was made of it, and how that ends
    local scenario
    scenario=$(made "$1" scn)
    [ -n "$scenario" ] || { echo -; return; }
    printf '%3d lines: %s\n' "$(wc -l <"$scenario")" "$(verdict run "$scenario")"
}
fuzz() { # NAME: prints what the fuzzer says, leaves its files in out/NAME
    rm -rf "$work/out/$1"
    "$work/build/bin/decree-sim" fuzz --seeds 1000000000 --time "${seconds}s" --jobs "$jobs" \
        --profile "$profile" --out "$work/out/$1" --json >"$work/out/$1.json" 2>"$work/out/$1.log"
}

build || { tail -n 20 "$work/build.log" >&2; exit 1; }
cp "$work/build/bin/decree-sim" "$work/decree-sim-sound"

missed=0
wrong=0
printf '%-46s %-7s %8s  %-22s %-17s %-28s %s\n' 'planted bug' found runs property \
    'shrunk: with, w/o' 'told: with, without' 'scenario: the same'
for patch in "${patches[@]}"; do
    name=$(basename "$patch" .patch)
    patch -s -p1 -d "$work/source" <"$patch"
    if build "$name"; then
        status=0
        fuzz "$name" || status=$?
        row=$(python3 scripts/mutant_row.py "$work/out/$name.json")
        choices=$(verdict replay "$(made "$name" choices)")
        scenario=$(shown "$name")
        [ "$status" -eq 1 ] || missed=$((missed + 1))
        [[ $scenario != *fails* ]] || wrong=$((wrong + 1))
        printf '%-46s %-7s %s %-17s %-28s %s\n' "$name" \
            "$([ "$status" -eq 1 ] && echo yes || echo NO)" "$row" "$choices" "$(told "$name")" \
            "$scenario"
    else
        printf '%-46s does not build: see %s\n' "$name" "$work/build.log"
        missed=$((missed + 1))
    fi
    patch -s -R -p1 -d "$work/source" <"$patch"
done
[ "$wrong" -eq 0 ] || { echo "$wrong scenarios do not show their bug" >&2; exit 1; }
[ "$missed" -eq 0 ] || { echo "$missed not found in $seconds s each" >&2; exit 1; }
