#!/bin/sh
# Runs the benchmarks that `make bench` has built.
set -eu
cd "$(dirname "$0")/.."
ran=0
if [ -x build/release/tests/decree_bench ]; then
    build/release/tests/decree_bench
    ran=1
fi
if [ -x build/bin/decree-sim ] && build/bin/decree-sim --help | grep -q '^ *bench'; then
    build/bin/decree-sim bench
    ran=1
fi
if [ -x build/bin/decree ]; then
    DECREE_BIN=$PWD/build/bin DECREE_SOURCE=$PWD python3 tests/e2e/serve_memory.py
    ran=1
fi
[ "$ran" -eq 1 ] || { echo "bench: nothing to measure yet" >&2; exit 1; }
