#!/usr/bin/env bash
# Goal: decree-sim refuses what it cannot do, with status 2 and one clear line, before it starts.
# Method: each wrong argument; each unreadable file; help for everything.
set -euo pipefail
sim=${DECREE_BIN:?}/decree-sim
# shellcheck source=tests/e2e/_common.sh
. "$(dirname "${BASH_SOURCE[0]}")/_common.sh"

# refused WORDS... : status 2, nothing on stdout, one line on stderr, nothing left behind.
refused() {
    local status=0
    "$sim" "$@" >out 2>err || status=$?
    [ "$status" -eq 2 ] || fail "decree-sim $*: status $status, not 2"
    [ ! -s out ] || fail "decree-sim $*: writes to stdout: $(cat out)"
    [ "$(wc -l <err)" -eq 1 ] || fail "decree-sim $*: not one line: $(cat err)"
    grep -q '^decree-sim: ' err || fail "decree-sim $*: does not say who speaks: $(cat err)"
    [ ! -e decree-failures ] || fail "decree-sim $*: left a folder behind"
}

refused
refused explore
refused fuzz --frobnicate
refused fuzz extra
for seeds in "" abc 0 10..5 5.. ..5 1-4 -3 9223372036854775807; do
    refused fuzz "--seeds=$seeds"
done
for nodes in 0 8 9 x -1; do refused fuzz --seeds 1 "--nodes=$nodes"; done
for time in 60 5x 0s -5s 1.5s; do refused fuzz "--time=$time"; done
for shard in 3/2 0/2 1/0 1 a/b; do refused fuzz --seeds 1 "--shard=$shard"; done
for jobs in 0 x 5000; do refused fuzz --seeds 1 "--jobs=$jobs"; done
refused fuzz --seeds 1 --profile nonsense
grep -q default err || fail "an unknown profile: does not say which there are"
refused fuzz --seeds
refused shrink
refused shrink --seed x
refused shrink --seed 1 --time 0s
refused digest
refused digest --seeds 5..1
refused replay
refused replay absent.trace
refused shrink --seed 1 -o /dev/full
refused frobnicate
grep -q 'no command "frobnicate"' err || fail "an unknown command: $(cat err)"
for words in "fuzz --seeds 4" "fuzz --seeds 4 --json" "digest --seeds 1..2" \
    "record --seed 1 -o -"; do
    status=0
    # shellcheck disable=SC2086
    "$sim" $words >/dev/full 2>err || status=$?
    [ "$status" -eq 2 ] || fail "decree-sim $words to a full disk: status $status"
    grep -q 'cannot write to standard output' err || fail "$words to a full disk: $(cat err)"
done

refused run
refused run absent.scn
refused run .
printf 'nodes N1\n' >good.scn
refused run good.scn --seed x
refused run good.scn --trace absent/x.trace
refused run good.scn --trace /proc/nowhere
"$sim" run good.scn >/dev/null || fail "the shortest scenario: status $?"
head -c 3000 /dev/urandom >noise.scn
refused run noise.scn
printf 'nodes N1\ncrash N2\n' >bad.scn
refused run bad.scn
grep -q '^decree-sim: bad.scn:2: there is no N2' err || fail "no line number: $(cat err)"
"$sim" run good.scn --trace - >shown 2>said || fail "a trace to standard output: status $?"
"$sim" replay shown >/dev/null || fail "the trace on standard output does not replay"
grep -q passed said || fail "the report is not on standard error: $(cat said)"

printf 'neither' >neither
refused replay neither
: >empty
refused replay empty
refused replay .
printf 'decree-choices 1\nprofile calm\nnodes 0\nseed 1\ncheck 0000000000000000\n' >damaged
refused replay damaged
printf 'decree-choices 1\nprofile nonsense\nnodes 0\nseed 1\ncheck edited\n' >unknown
refused replay unknown
printf 'decree-choices 1\nprofile calm\nnodes 99\nseed 1\ncheck edited\n' >crowd
refused replay crowd

: >file
refused fuzz --seeds 1 --out ""
refused shrink --seed 1 -o ""
refused shrink --seed 1 -o small.trace
refused fuzz --seeds 1 --out file
refused fuzz --seeds 1 --out file/below
refused shrink --seed 1 -o file/below/x.choices
refused fuzz --seeds 1 --out /proc/nowhere
if [ "$(id -u)" -ne 0 ]; then
    mkdir locked && chmod a-w locked
    refused fuzz --seeds 1 --out locked
fi

"$sim" --help >help || fail "--help: status $?"
for command in fuzz run replay shrink digest bench; do
    grep -q "^  $command " help || fail "--help does not name $command"
    "$sim" "$command" --help >out 2>err || fail "$command --help: status $?"
    [ -s out ] || fail "$command --help says nothing"
done
! grep -q explore help || fail "--help names explore"
exit "$failed"
