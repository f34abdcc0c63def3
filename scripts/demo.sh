#!/usr/bin/env bash
# Shows what there is, in a minute: fuzz for a few seconds, then one run as a picture.
# `make demo` has built the programs before it calls this.
set -euo pipefail
cd "$(dirname "$0")/.."
bin=build/bin
out=build/demo
mkdir -p "$out"

say() { printf '\n== %s\n\n' "$*"; }

if [ ! -x "$bin/decree-sim" ] || [ ! -x "$bin/decree-trace" ]; then
    echo "demo: the programs are not built; run make demo" >&2
    exit 1
fi

say "Clusters under partitions, crashes and bad disks, checked after every step"
"$bin/decree-sim" fuzz --time 10s --out "$out/failures" | tail -n 40

say "One of those runs, told and drawn"
# The first of some seeds whose picture shows a leader, a choice, a crash and a loss: what a seed
# leads to changes with the code.
for seed in 35 4 53 2 40 57 8 27 39 7; do
    "$bin/decree-sim" record --seed "$seed" --nodes 3 -o "$out/run.trace" >"$out/recorded"
    "$bin/decree-trace" dot "$out/run.trace" -o "$out/run.dot"
    whole=yes
    for sight in '>leads ' CHOSEN '>crash<' 'label="x"'; do
        grep -q "$sight" "$out/run.dot" || whole=
    done
    [ -z "$whole" ] || break
done
cat "$out/recorded"
"$bin/decree-trace" text "$out/run.trace" -o "$out/run.txt"
head -n 24 "$out/run.txt" | cut -c 1-160
"$bin/decree-trace" svg "$out/run.trace" -o "$out/run.svg"
"$bin/decree-trace" png "$out/run.trace" -o "$out/run.png"

say "Look at $out/run.svg (or run.png); all of the run in words is in $out/run.txt"
