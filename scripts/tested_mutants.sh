#!/usr/bin/env bash
# tested_mutants.sh FOLDER LABEL: plants each mistake of props/mutants/FOLDER/ in a copy of the
# sources and runs the tests of that label (`make mutants`): which of them see it?
#
# ONLY=CK-03 for some of them.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
folder=$1
label=$2
only=${ONLY:-}
jobs=${JOBS:-$(nproc)}
compgen -G "props/mutants/$folder/*$only*.patch" >/dev/null || exit 0
work=$root/build/${folder}_mutants
mkdir -p "$work"

scripts/copy_sources.sh "$work/source" core props traces sim net tests CMakeLists.txt \
    CMakePresets.json
cmake -S "$work/source" -B "$work/build" -G Ninja -DCMAKE_BUILD_TYPE=Release \
    -DDECREE_UNITY=ON >"$work/configure.log"

build() {
    cmake --build "$work/build" -j "$jobs" --target "${label}_tests" >"$work/build.log" 2>&1
}
# The tests that fail, one a line; a test that never ends is ended, and fails.
failing() {
    (cd "$work/build" && timeout 60 ctest -L "^$label\$" -V >"$work/tests.log" 2>&1) || true
    sed -n 's/^.*\[  FAILED  \] \([A-Za-z]*[.][A-Za-z]*\).*$/\1/p' "$work/tests.log" | sort -u
}

build || { tail -n 20 "$work/build.log" >&2; exit 1; }
sound=$(failing)
[ -z "$sound" ] || { echo "fails without any mistake: $sound" >&2; exit 1; }
grep -q '100% tests passed' "$work/tests.log" || { tail -n 20 "$work/tests.log" >&2; exit 1; }

missed=0
printf '%-40s %s\n' 'planted mistake' "seen by (tests of ctest -L $label)"
for patch in "props/mutants/$folder"/*${only}*.patch; do
    name=$(basename "$patch" .patch)
    patch -s -p1 -d "$work/source" <"$patch"
    if build; then
        seen=$(failing | tr '\n' ' ')
        if ! grep -q '100% tests passed' "$work/tests.log"; then
            seen=${seen:-"all of them: they crash, or never end"}
        fi
        printf '%-40s %s\n' "$name" "${seen:-NOTHING}"
        [ -n "$seen" ] || missed=$((missed + 1))
    else
        printf '%-40s does not build: see %s\n' "$name" "$work/build.log"
        missed=$((missed + 1))
    fi
    patch -s -R -p1 -d "$work/source" <"$patch"
done
[ "$missed" -eq 0 ] || { echo "$missed not seen" >&2; exit 1; }
