#!/usr/bin/env bash
# Goal: a campaign does what it says: reports, shares out, stops, goes on, and costs nothing it
# should not.
# Method: small campaigns of the calm profile and of the default one, from outside.
set -euo pipefail
sim=${DECREE_BIN:?}/decree-sim
# shellcheck source=tests/e2e/_common.sh
. "$(dirname "${BASH_SOURCE[0]}")/_common.sh"
# field FILE NAME: of a JSON object.
field() {
    python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))[sys.argv[2]])' "$1" "$2"
}

# The report, for people and for programs.
"$sim" fuzz --seeds 40 --profile calm --jobs 2 >report 2>err || fail "calm: status $?: $(cat err)"
grep -q 'no violation' report || fail "no verdict"
for word in seeds events simulated 'rules taken' 'rules never taken' 'faults never injected'; do
    grep -q "$word" report || fail "the report does not tell: $word"
done
[ ! -e decree-failures ] || fail "a folder for no failure"
"$sim" fuzz --seeds 40 --profile calm --jobs 2 --json >json 2>err || fail "--json: status $?"
[ "$(field json seeds)" -eq 40 ] || fail "not 40 seeds: $(field json seeds)"
[ "$(field json failures)" = "[]" ] || fail "failures: $(field json failures)"
[ "$(field json events)" -gt 0 ] || fail "no events"

# Threads change nothing but the time.
"$sim" fuzz --seeds 40 --profile calm --jobs 1 --json >one 2>err
[ "$(field json events)" -eq "$(field one events)" ] || fail "--jobs changes what happens"
[ "$(field json rules)" = "$(field one rules)" ] || fail "--jobs changes the rules taken"

# Parts make the whole.
sum=0
for part in 1/3 2/3 3/3; do
    "$sim" fuzz --seeds 11..50 --profile calm --shard "$part" --json >part 2>err
    sum=$((sum + $(field part seeds)))
done
[ "$sum" -eq 40 ] || fail "shards have $sum seeds together, not 40"

# Time ends it, and so does Ctrl-C: both soon.
SECONDS=0
"$sim" fuzz --time 1s --profile calm >report 2>err || fail "--time 1s: status $?"
[ "$SECONDS" -le 20 ] || fail "--time 1s took $SECONDS s"
for signal in INT TERM; do
    "$sim" fuzz --time 1000s --profile calm --out kept.$signal >report 2>err &
    sleep 1
    kill -"$signal" $!
    kill -"$signal" $! # As from whoever tells a process and its group.
    wait $! || fail "SIG$signal: status $?: $(cat err)"
    grep -q '^to go on: the same command again' report || fail "SIG$signal: not how to go on"
done
"$sim" fuzz --seeds 1000000000 --profile calm >report 2>err &
sleep 1
kill -INT $!
wait $! || fail "SIGINT: status $?"
grep -Eq '^to go on: .*--seeds [0-9]+\.\.1000000000$' report || fail "no seeds to go on with"

# What is done is not done again.
"$sim" fuzz --seeds 64 --profile calm --out done --json >first 2>err || fail "--out: status $?"
"$sim" fuzz --seeds 64 --profile calm --out done --json >second 2>err || fail "again: status $?"
[ "$(field second seeds)" -eq 0 ] || fail "seeds done again: $(field second seeds)"
[ "$(field second seeds_before)" -eq 64 ] || fail "forgot $(field second seeds_before)"
status=0
"$sim" fuzz --seeds 65 --profile calm --out done >out 2>err || status=$?
[ "$status" -eq 2 ] || fail "another campaign in the same folder: status $status"
printf '{' >done/progress.json
status=0
"$sim" fuzz --seeds 64 --profile calm --out done >out 2>err || status=$?
[ "$status" -eq 2 ] || fail "damaged progress: status $status"

# Only "there is none" means that there is none.
mkdir -p unreadable/progress.json
status=0
"$sim" fuzz --seeds 16 --profile calm --out unreadable >out 2>err || status=$?
[ "$status" -eq 2 ] || fail "progress that cannot be read: status $status"
[ "$(wc -l <err)" -eq 1 ] || fail "progress that cannot be read: $(cat err)"
[ ! -s out ] || fail "fuzzed all the same: $(cat out)"

# earlier BUILD FAILURES: the progress of a call that did all seeds from 1 to 64.
earlier() {
    cat >"kept runs/progress.json" <<END
{"decree_progress": 2, "profile": "calm", "nodes": 0, "build": $1, "first_seed": 1,
 "last_seed": 64, "shard": [1, 1], "seeds_in_chunk": 16, "chunks_done": [[0, 3]],
 "failures": [$2]}
END
}
failure='{"signature": "Agreement: x", "property": "Agreement", "details": "x", "seeds": [5, 9]}'
"$sim" fuzz --seeds 64 --profile calm --out "kept runs" >out 2>err || fail "kept runs: $(cat err)"
build=$(field "kept runs/progress.json" build)

# With nothing left but an old failure, the last line makes it again, quoted where it must be.
earlier "$build" "$failure"
: >"kept runs/calm-5.choices"
status=0
"$sim" fuzz --seeds 64 --profile calm --out "kept runs" >out 2>err || status=$?
[ "$status" -eq 1 ] || fail "an old failure: status $status"
[ "$(tail -n 1 out)" = "decree-sim replay 'kept runs/calm-5.choices'" ] ||
    fail "an old failure: the last line is $(tail -n 1 out)"
grep -q 'Agreement: 2 times' out || fail "an old failure: not counted by seed: $(cat out)"
! grep -q never out || fail "tells what never happened in no run"

# Another build: what failed is run again, and no seed is taken for done.
earlier 1 "$failure"
"$sim" fuzz --seeds 64 --profile calm --out "kept runs" --json >json 2>err ||
    fail "another build: status $?"
grep -q 'by another build.* of its 2 failing seeds, run again, 2 pass now' err ||
    fail "another build: not told: $(cat err)"
[ "$(field json seeds)" -eq 64 ] || fail "another build: not begun anew: $(field json seeds)"
[ "$(field json failures)" = "[]" ] || fail "another build: $(field json failures)"
[ "$(field "kept runs/progress.json" build)" = "$build" ] || fail "another build: not noted"
"$sim" fuzz --seeds 64 --profile calm --out "kept runs" --json >json 2>err
[ "$(field json seeds)" -eq 0 ] || fail "another build: begun anew twice"

# A signal that ends the program leaves the seed behind.
"$sim" digest --seeds 1000000 --profile crash --nodes 3 >out 2>err &
sleep 1
kill -SEGV $!
status=0
wait $! || status=$?
[ "$status" -ne 0 ] || fail "a crash: status 0"
line='decree-sim: seed ([0-9]+) of profile crash crashed the program \(signal 11\); again: '
line+='decree-sim digest --profile crash --nodes 3 --seeds \1\.\.\1'
grep -Eq "^$line\$" err || fail "a crash: not which seed: $(cat err)"

# Same seed, same line.
"$sim" digest --seeds 3..6 >a
"$sim" digest --seeds 3..6 >b
cmp -s a b || fail "digests differ"
[ "$(wc -l <a)" -eq 4 ] || fail "not a line for each seed"
grep -Eq '^default 3 [0-9a-f]{16}' a || fail "not PROFILE SEED DIGEST: $(head -n 1 a)"

# A seed that does not fail has nothing to shrink.
status=0
"$sim" shrink --seed 1 --profile calm >out 2>err || status=$?
[ "$status" -eq 1 ] || fail "shrink of a passing seed: status $status"

# A run without any choice is the calmest there is.
printf 'decree-choices 1\nprofile calm\nnodes 3\nseed 0\ncheck edited\n' >calmest
"$sim" replay calmest >out 2>err || fail "the calmest run: status $?: $(cat out err)"
grep -q 'no violation' out || fail "the calmest run: $(cat out)"
exit "$failed"
