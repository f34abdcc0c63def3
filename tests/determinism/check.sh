#!/usr/bin/env bash
# Same seed, same bytes: compares the run digests that each decree-sim prints with seeds.txt.
#
#   check.sh            DECREE_SIM_BUILDS names the programs; else g++ -O0, g++ -O2 and clang++ -O2
#                       builds are made here, in build/.
#   check.sh --renew    writes seeds.txt anew, with the first of them. Look at the difference: a
#                       table changes only when what nodes or the world do was meant to change.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
table=$here/seeds.txt

# Profile, first and last seed, options.
plan="
default 1..12
default 101..104 --nodes 5
calm 1..3
network 1..6
crash 1..6
storage 1..6
membership 1..6
reads 1..4
clock 1..4
founding 1..4
store 1..6
"

builds=${DECREE_SIM_BUILDS:-}
if [ -z "$builds" ]; then
    cd "$root"
    for preset in release gcc-O0 clang; do
        scripts/build_one.sh "$preset" "build/determinism/$preset" decree-sim
    done
    builds="build/bin/decree-sim build/determinism/gcc-O0/bin/decree-sim"
    builds="$builds build/determinism/clang/bin/decree-sim"
fi

digests() {
    printf '%s\n' "$plan" | while read -r profile seeds options; do
        [ -n "$profile" ] || continue
        # shellcheck disable=SC2086  # Several options, or none.
        "$1" digest --profile "$profile" --seeds "$seeds" $options
    done
}

if [ "${1:-}" = --renew ]; then
    digests "${builds%% *}" >"$table.new"
    mv "$table.new" "$table"
    echo "determinism: $(wc -l <"$table") digests written to ${table#"$root"/}"
    exit 0
fi

status=0
for program in $builds; do
    if difference=$(digests "$program" | diff "$table" -); then
        echo "determinism: $program: $(wc -l <"$table") runs as in the table"
    else
        echo "determinism: $program differs from ${table#"$root"/} (<: table, >: program):" >&2
        printf '%s\n' "$difference" >&2
        status=1
    fi
done
exit "$status"
