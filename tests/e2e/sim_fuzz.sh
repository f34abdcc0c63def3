#!/usr/bin/env bash
# Goal: a campaign does what it says: reports, shares out, stops, goes on, and costs nothing it
# should not.
# Method: small campaigns of the calm profile and of the default one, from outside.
set -euo pipefail
sim=${DECREE_BIN:?}/decree-sim
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
failed=0

fail() {
    echo "FAIL: $*" >&2
    failed=1
}
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
