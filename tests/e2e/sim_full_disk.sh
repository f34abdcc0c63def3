#!/usr/bin/env bash
# Goal: a full disk is told in one line, with status 2, and leaves nothing half-written.
# Method: a file system of a few pages, filled before and while a campaign runs. Needs root.
set -euo pipefail
sim=${DECREE_BIN:?}/decree-sim
work=$(mktemp -d)
mkdir "$work/small"
mount -t tmpfs -o size=16k,mode=777 none "$work/small" 2>/dev/null || {
    rm -rf "$work"
    echo "cannot mount a small file system here: skipped"
    exit 77
}
trap 'umount "$work/small"; rm -rf "$work"' EXIT
cd "$work"
failed=0

fail() {
    echo "FAIL: $*" >&2
    failed=1
}

head -c 16384 /dev/zero >small/full 2>/dev/null || true
status=0
"$sim" fuzz --seeds 16 --profile calm --out small/out >out 2>err || status=$?
[ "$status" -eq 2 ] || fail "full from the beginning: status $status"
[ "$(wc -l <err)" -eq 1 ] || fail "not one line: $(cat err)"
grep -qi 'no space left' err || fail "does not say why: $(cat err)"
grep -q 'small/out' err || fail "does not say where: $(cat err)"
[ ! -e small/out ] || fail "left something behind: $(ls -R small/out)"
[ ! -s out ] || fail "fuzzed all the same: $(cat out)"

rm small/full
"$sim" fuzz --time 100s --profile calm --out small/out >out 2>err &
sleep 1
head -c 16384 /dev/zero >small/full 2>/dev/null || true
sleep 4
kill -INT $!
status=0
wait $! || status=$?
[ "$status" -eq 2 ] || fail "full in between: status $status: $(cat err)"
[ "$(grep -c 'no space left' -i err)" -eq 1 ] || fail "not said once: $(cat err)"
find small/out -name '*.new' | grep -q . && fail "left a part of a file behind"
exit "$failed"
