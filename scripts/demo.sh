#!/usr/bin/env bash
# Shows what there is, in a minute: fuzz for a few seconds, one run as a picture, then three real
# nodes that elect a master and lose their leader. However it ends, no node stays.
# `make demo` has built the programs before it calls this.
set -euo pipefail
cd "$(dirname "$0")/.."
bin=build/bin
out=build/demo
mkdir -p "$out"

say() { printf '\n== %s\n\n' "$*"; }
show() { printf '$ %s\n' "$*" && "$bin/$@"; }

cluster=  # The process of `decree local`, which takes its nodes with it.
finish() { [ -z "$cluster" ] || { kill "$cluster" || true; wait "$cluster" || true; } 2>/dev/null; }
trap finish EXIT
trap 'exit 130' INT TERM

for program in decree decree-sim decree-trace; do
    if [ ! -x "$bin/$program" ]; then
        echo "demo: the programs are not built; run make demo" >&2
        exit 1
    fi
done

say "Clusters under partitions, crashes and bad disks, checked after every step"
"$bin/decree-sim" fuzz --time 10s --out "$out/failures" | tail -n 40

say "One of those runs, told and drawn"
# The first of some seeds whose picture shows a leader, a choice, a crash and a loss: what a seed
# leads to changes with the code.
for seed in 35 4 53 2 40 57 8 27 39 7; do
    "$bin/decree-sim" record --seed "$seed" --nodes 3 -o "$out/run.trace" >"$out/recorded"
    "$bin/decree-trace" dot "$out/run.trace" -o "$out/run.dot"
    whole=yes
    for sight in '>leads ' CHOSEN '>crash<' 'label="x"'; do
        grep -q "$sight" "$out/run.dot" || whole=
    done
    [ -z "$whole" ] || break
done
cat "$out/recorded"
"$bin/decree-trace" text "$out/run.trace" -o "$out/run.txt"
head -n 24 "$out/run.txt" | cut -c 1-160
"$bin/decree-trace" svg "$out/run.trace" -o "$out/run.svg"
"$bin/decree-trace" png "$out/run.trace" -o "$out/run.png"


say "Three real nodes, each with a disk and sockets of its own"
rm -rf "$out/cluster" "$out/cluster.txt"
"$bin/decree" local 3 --record --data "$out/cluster" >"$out/cluster.txt" &
cluster=$!
until grep -qs ^ready "$out/cluster.txt"; do
    kill -0 "$cluster" 2>/dev/null || { echo "demo: the nodes do not run" >&2; exit 1; }
    sleep 0.1
done
DOOZER_URI=$(sed -n "s/^ready: .*='\(.*\)'/\1/p" "$out/cluster.txt")
export DOOZER_URI
show decree status

say "Two want to be master: revision 0 says that there is none yet, and only one is right"
for who in ada bob; do
    show decree set /master 0 "$who" && echo "$who is master" || echo "$who is not"
done

say "The leader is killed with SIGKILL; the others elect one, and go on"
leader=$("$bin/decree" status | sed -n '1s/.*leader //p')
address=$("$bin/decree" status | awk -v leader="$leader" '$1 == leader { print $NF }')
process=$(sed -n "s/.*clients at $address, .*process \([0-9]*\),.*/\1/p" "$out/cluster.txt")
kill -9 "$process"
show decree get /master && echo " is master yet"
show decree set /master -1 bob
show decree status

say "What the three recorded, as one run: how they came to agree, message by message"
finish
cluster=
"$bin/decree-trace" join "$out"/cluster/node*.trace -o "$out/nodes.trace" 2>"$out/recorded"
"$bin/decree-trace" text "$out/nodes.trace" -o "$out/nodes.txt"
"$bin/decree-trace" svg "$out/nodes.trace" -o "$out/nodes.svg"
grep -E "PhaseOneQuorum|is asked for 'set /master" "$out/nodes.txt" | cut -c 1-160

say "Where to look"
cat <<END
$out/run.svg, run.png, run.txt  the simulated run: drawn, and all of it in words
$out/nodes.svg, nodes.txt       what happened to the three real nodes, drawn and in words
$out/cluster/node*.log          what the three nodes said
README.md, "Three nodes"                the same by hand, with a lock, a watch, and a new node
build/bin/decree local 3                a cluster to play with
END
