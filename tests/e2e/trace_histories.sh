#!/usr/bin/env bash
# Goal: decree-trace judges histories: 0 linearizable, 1 not, 2 with one clear line where there is
# no verdict; and a run's own history can be written and judged.
# Method: all recorded histories from outside; wrong arguments and files; a hostile history; SIGINT.
set -euo pipefail
sim=${DECREE_BIN:?}/decree-sim
trace=${DECREE_BIN:?}/decree-trace
data=${DECREE_SOURCE:?}/tests/data/histories
# shellcheck source=tests/e2e/_common.sh
. "$(dirname "${BASH_SOURCE[0]}")/_common.sh"

# judged STATUS WORDS... : what check-history WORDS ends with; nothing on stderr.
judged() {
    local wanted=$1 status=0
    shift
    "$trace" check-history "$@" >out 2>err || status=$?
    [ "$status" -eq "$wanted" ] || fail "check-history $*: status $status, not $wanted"
    [ ! -s err ] || fail "check-history $*: says $(cat err)"
}
# refused WORDS... : status 2, nothing on stdout, one line on stderr.
refused() {
    local status=0
    "$trace" "$@" >out 2>err || status=$?
    [ "$status" -eq 2 ] || fail "decree-trace $*: status $status, not 2"
    [ ! -s out ] || fail "decree-trace $*: writes to stdout: $(head -c 200 out)"
    [ "$(wc -l <err)" -eq 1 ] || fail "decree-trace $*: not one line: $(cat err)"
    grep -q '^decree-trace: ' err || fail "decree-trace $*: does not say who speaks: $(cat err)"
}
says() { grep -qF -e "$1" "${2:-err}" || fail "does not say \"$1\": $(cat "${2:-err}")"; }

# The verdicts that came from outside.
python3 - "$data" >verdicts <<'PYTHON'
import json, sys
with open(sys.argv[1] + "/index.json", encoding="utf-8") as file:
    for each in json.load(file)["files"]:
        model = "kv" if each["model"] == "kv-append" else each["model"]
        print(0 if each["linearizable"] else 1, model, each["file"])
PYTHON
[ "$(wc -l <verdicts)" -eq 74 ] || fail "not all histories are there"
while read -r status model file; do
    judged "$status" --model "$model" "$data/$file"
    [ "$status" -eq 0 ] || says 'These two contradict each other' out
done <verdicts

# What a person and a program learn.
judged 1 --model cas-register "$data/jepsen/etcd_001.log"
says 'the first 74 of 172 events, up to line 74, have no order' out
says 'lines 70 to 71: process 5: write 1, done' out
says 'lines 73 to 74: process 7: read, told 4' out
judged 1 --model kv "$data/kv/c01-bad.txt" --json
python3 -c '
import json
with open("out", encoding="utf-8") as file:
    all = json.load(file)
found = all["contradiction"]
assert all["linearizable"] is False and found["prefix_events"] == 60, all
assert [each["returned"]["line"] for each in found["calls"]] == [56, 60], all' || fail "--json"
judged 0 --model kv --json "$data/kv/c50-ok.txt"
says '"linearizable":true' out

# What cannot be judged.
refused check-history
refused check-history "$data/kv/c01-ok.txt"
says '--model'
refused check-history --model store "$data/kv/c01-ok.txt"
says 'cas-register or kv'
refused check-history --model kv absent
says 'check the name'
refused check-history --model kv /dev/zero
says '/dev/zero:1: no event of a history'
refused check-history --model kv "$data/jepsen/etcd_001.log"
says 'etcd_001.log:1: the model kv has no '
refused check-history --model cas-register "$data/kv/c01-ok.txt"
head -n 4 "$data/jepsen/etcd_001.log" >broken
echo 'INFO  jepsen.util - 3 :ok :swap 1' >>broken
refused check-history --model cas-register broken
says 'broken:5: no function: ":swap"; write'

# Hostile: sixty clients write at once, and two reads see two of these values, one after the other.
# That takes more states than there is room for; somebody may want an end sooner.
python3 - >hostile <<'PYTHON'
for i in range(60):
    print(f'{{"process":{i},"type":"invoke","f":"write","value":{i}}}')
for i in range(60):
    print(f'{{"process":{i},"type":"ok","f":"write"}}')
for value in (10, 20):
    print('{"process":0,"type":"invoke","f":"read"}')
    print(f'{{"process":0,"type":"ok","f":"read","value":{value}}}')
PYTHON
"$trace" check-history --model cas-register hostile >out 2>err &
sleep 0.5
kill -INT $!
status=0
wait $! || status=$?
[ "$status" -eq 2 ] || fail "SIGINT: status $status, not 2"
says 'interrupted after'
[ ! -s out ] || fail "SIGINT: writes to stdout: $(cat out)"
[ "$(wc -l <err)" -eq 1 ] || fail "SIGINT: not one line: $(cat err)"

# A run's own history.
"$sim" record --seed 7 --profile calm -o run >out || fail "record: status $?"
"$trace" history run -o run.jsonl || fail "history: status $?"
"$trace" history run >same && cmp -s run.jsonl same || fail "history to standard output"
judged 0 --model kv run.jsonl
[ "$(wc -l <run.jsonl)" -gt 50 ] || fail "the run's history is short: $(wc -l <run.jsonl)"
sed 's/\("type":"ok","f":"get","key":"log","value":\)"[^"]*"/\1"none"/' run.jsonl >wrong.jsonl
judged 1 --model kv wrong.jsonl
refused history absent
refused history "$data/kv/c01-ok.txt"

"$trace" --help >help || fail "--help: status $?"
for command in history check-history; do
    grep -q "^  $command " help || fail "--help does not name $command"
done
exit "$failed"
