#!/bin/sh
# build_one.sh PRESET FOLDER TARGET: builds one target as PRESET says, in FOLDER, without the tests.
set -eu
cmake --preset "$1" -B "$2" -DDECREE_TESTS=OFF >/dev/null
cmake --build "$2" --target "$3"
