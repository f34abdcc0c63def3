#!/usr/bin/env bash
# Goal: decree-trace refuses what it cannot do with status 2 and one clear line, and writes to
# whatever it is told to: files, links, pipes, devices.
# Method: one recorded run; each wrong argument; each kind of output.
set -euo pipefail
sim=${DECREE_BIN:?}/decree-sim
trace=${DECREE_BIN:?}/decree-trace
# shellcheck source=tests/e2e/_common.sh
. "$(dirname "${BASH_SOURCE[0]}")/_common.sh"

# refused WORDS... : status 2, nothing on stdout, one line on stderr, no new file.
refused() {
    local status=0 before
    before=$(ls -A)
    "$trace" "$@" >out 2>err || status=$?
    [ "$status" -eq 2 ] || fail "decree-trace $*: status $status, not 2"
    [ ! -s out ] || fail "decree-trace $*: writes to stdout: $(head -c 200 out)"
    [ "$(wc -l <err)" -eq 1 ] || fail "decree-trace $*: not one line: $(cat err)"
    grep -q '^decree-trace: ' err || fail "decree-trace $*: does not say who speaks: $(cat err)"
    [ "$before" = "$(ls -A)" ] || fail "decree-trace $*: leaves something behind: $(ls -A)"
}
says() { grep -q -e "$1" err || fail "does not say \"$1\": $(cat err)"; }

touch out err
"$sim" record --seed 7 --profile calm -o run >told || fail "record: status $?"
grep -q 'no violation' told || fail "record does not say how it ended: $(cat told)"
"$sim" record --seed 7 --profile calm -o - >same || fail "record to standard output: status $?"
cmp -s run same || fail "record writes something else to standard output"

# What makes no sense, or is not there.
refused
refused html run
says html
refused text
refused text absent
says 'check the name'
refused text /dev/zero
says 'no trace'
refused text .
refused text run --slots 7..3
refused text run --slots 9999
says 'the last is'
refused text run --nodes N99
says 'there is no N99'
for format in dot svg; do
    refused "$format" run --nodes N99
    refused "$format" run --nodes N1,N99
    refused "$format" run --slots 9999
done
refused dot run --nodes N0
refused text run --nodes x
refused text run --from 9s --to 1s
refused text run --from 9000s
refused dot run --scale days
says 'events or time'
lesson=${DECREE_SOURCE:?}/traces/gallery/01-the-instant-of-choice.scn
"$sim" run "$lesson" --trace hand >told || fail "run $lesson: status $?"
refused text hand --from 1ms
says 'time stands still'
refused dot hand --scale time
rm hand
refused explain run --step -1
refused explain run --step 0
refused explain run --step 99999999
says 'numbered 1 to'
refused png run
says '-o FILE'
refused text run -o absent/run.txt
says 'make the folder'
! grep -q '\.new' err || fail "speaks of its own temporary file: $(cat err)"
refused text run -o .
refused text run -o /dev/full
says '[Nn]o space'
refused text run --nodes ""
refused text run --slots ""

# Wherever it is to go.
"$trace" text run >told || fail "text: status $?"
"$trace" text run -o - >out && cmp -s told out || fail "text -o -"
grep -q '^Left out: ' told || fail "text leaves out what says nothing, and does not say so"
"$trace" text run --all >out || fail "text --all: status $?"
[ "$(wc -l <out)" -gt "$(wc -l <told)" ] || fail "text --all tells no more"
"$trace" text run -o /dev/null || fail "text -o /dev/null: status $?"
[ -c /dev/null ] || fail "/dev/null is no device any more"
mkfifo pipe
cat pipe >out &
"$trace" text run -o pipe || fail "text into a pipe: status $?"
wait
[ -p pipe ] || fail "the pipe was replaced"
cmp -s told out || fail "something else went through the pipe"
echo old >file
ln -s file link
"$trace" text run -o link || fail "text behind a link: status $?"
[ -L link ] || fail "the link was replaced"
cmp -s told file || fail "something else stands behind the link"
ln -s later dangling
"$trace" text run -o dangling && cmp -s told later || fail "text behind a dangling link"
chmod 600 file
"$trace" text run -o file
[ "$(stat -c %a file)" = 600 ] || fail "changes who may read a file: $(stat -c %a file)"
"$sim" record --seed 7 --profile calm -o /dev/null >out || fail "record to /dev/null"
if neato -V 2>/dev/null; then
    "$trace" svg run -o picture.svg || fail "svg: status $?"
    "$trace" svg run -o - >out && cmp -s picture.svg out || fail "svg -o -"
    "$trace" svg run -o /dev/null || fail "svg -o /dev/null: status $?"
    "$trace" png run -o picture.png || fail "png: status $?"
    [ -c /dev/null ] || fail "/dev/null is no device any more"
fi
status=0
"$sim" replay run >/dev/full 2>err || status=$?
[ "$status" -eq 2 ] || fail "replay to a full disk: status $status"
find . -name '*.new' | grep -q . && fail "left a part of a file behind"

# For programs.
"$trace" check run --json | python3 -c '
import json, sys
all = json.load(sys.stdin)
assert all["replays"] is True and all["events"] >= all["steps"] > 0, all' || fail "check --json"
"$trace" explain run --step 40 --json | python3 -c '
import json, sys
all = json.load(sys.stdin)
assert all["event"] == 40 and all["chain"][-1]["event"] == 40, all' || fail "explain --json"

"$trace" --help >help || fail "--help: status $?"
for command in text dot svg png explain check; do
    grep -q "^  $command " help || fail "--help does not name $command"
done
exit "$failed"
