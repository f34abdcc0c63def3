#!/usr/bin/env bash
# Makes DEST a copy of the tracked files below PATH..., in which only what differs is new, and so
# built again: also what an earlier call left planted there when it was stopped half way.
#
# scripts/copy_sources.sh DEST PATH...
set -euo pipefail
cd "$(dirname "$0")/.."
dest=$1
shift
mkdir -p "$dest"
files=$(git ls-files -- "$@" | sort)
(cd "$dest" && find . -type f -printf '%P\n' | sort | comm -23 - <(printf '%s\n' "$files") |
    xargs -r -d '\n' rm -f)
while IFS= read -r file; do
    cmp -s "$file" "$dest/$file" || cp --parents "$file" "$dest"
done <<<"$files"
