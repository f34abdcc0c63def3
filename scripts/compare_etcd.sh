#!/bin/bash
# Measures three nodes of decree and three of etcd here, in turn, with the same generator of load,
# and prints medians and their ratios.
#
#     scripts/compare_etcd.sh [-r ROUNDS] [-s SECONDS] [-d FOLDER] [-p COMMAND] [-l]
#
# Connections are spread over all nodes; with -l all of them go to the leader.
# etcd is Debian's: packages etcd-server and etcd-client. FOLDER (default: build/compare) gets the
# data, and must be on a disk, so that syncs are real. COMMAND is put before each program, for both
# alike: on a machine with other work to do, -p "chrt -r 10" shows what the programs do, and not
# what the neighbours leave them.
set -euo pipefail
cd "$(dirname "$0")/.."

rounds=3 seconds=3 folder=build/compare prefix=() to_leader=
while getopts r:s:d:p:l option; do
    case $option in
    r) rounds=$OPTARG ;;
    s) seconds=$OPTARG ;;
    d) folder=$OPTARG ;;
    p) read -ra prefix <<<"$OPTARG" ;;
    l) to_leader=1 ;;
    *) exit 2 ;;
    esac
done
die() { echo "compare_etcd: $*" >&2; exit 2; }

decree=build/bin/decree
etcd_load=build/release/tests/decree_etcd_load
for program in "$decree" "$etcd_load"; do
    [ -x "$program" ] || die "$program is missing; build it first (make test builds all)"
done
for program in etcd etcdctl; do
    command -v "$program" >/dev/null ||
        die "$program is missing: apt-get install etcd-server etcd-client"
done
rm -rf "$folder"
mkdir -p "$folder"
[ "$(stat -f -c %T "$folder")" != tmpfs ] || die "$folder is in memory: syncs there are none"

port=20100
decree_pids=() etcd_pids=()
join() { local IFS=,; echo "$*"; }
stop() { kill "${decree_pids[@]}" "${etcd_pids[@]}" 2>/dev/null || true; wait; }
trap stop EXIT

peers="" uri="doozer:?" etcd_clients=() etcd_cluster=""
for i in 1 2 3; do
    peers+="127.0.0.1:$((port + i)),"
    uri+="ca=127.0.0.1:$((port + 10 + i))&"
    etcd_clients+=("127.0.0.1:$((port + 30 + i))")
    etcd_cluster+="n$i=http://127.0.0.1:$((port + 20 + i)),"
done
for i in 1 2 3; do
    "${prefix[@]}" "$decree" serve --data "$folder/decree$i" --peers "${peers%,}" \
        --peer "127.0.0.1:$((port + i))" --client "127.0.0.1:$((port + 10 + i))" \
        2>"$folder/decree$i.log" &
    decree_pids+=($!)
    peer=http://127.0.0.1:$((port + 20 + i)) client=http://127.0.0.1:$((port + 30 + i))
    "${prefix[@]}" etcd --name "n$i" --data-dir "$folder/etcd$i" --log-level warn --logger zap \
        --listen-peer-urls "$peer" --initial-advertise-peer-urls "$peer" \
        --listen-client-urls "$client" --advertise-client-urls "$client" \
        --initial-cluster "${etcd_cluster%,}" --initial-cluster-state new \
        >"$folder/etcd$i.log" 2>&1 &
    etcd_pids+=($!)
done
for attempt in $(seq 60); do
    [ "$attempt" -lt 60 ] || die "a cluster did not come up; see the logs in $folder"
    ETCDCTL_API=3 etcdctl --endpoints "${etcd_clients[0]}" put up 1 >/dev/null 2>&1 &&
        "$decree" -a "$uri" bench --time 1ms --warm-up 0 --keys 1 >/dev/null 2>&1 && break
    sleep 0.5
done

leader_of_decree() {
    "$decree" -a "$uri" status --json | python3 -c 'import json, sys
status = json.load(sys.stdin)
for node in status["nodes"][0]["cluster"]["nodes"]:
    if node["id"] == status["leader"]:
        print(node["client"])'
}
leader_of_etcd() {
    ETCDCTL_API=3 etcdctl --endpoints "$(join "${etcd_clients[@]}")" endpoint status -w json |
        python3 -c 'import json, sys
for node in json.load(sys.stdin):
    if node["Status"]["leader"] == node["Status"]["header"]["member_id"]:
        print(node["Endpoint"])'
}

# A load: name, connections, in flight of each, writes or reads.
loads="lone-write:1:1:writes 64-clients:64:1:writes 256-over-8:8:32:writes
lone-read:1:1:reads 64-readers:64:1:reads 256-reads-over-8:8:32:reads"
for _ in $(seq "$rounds"); do
    if [ -n "$to_leader" ]; then
        decree_uri="doozer:?ca=$(leader_of_decree)" etcd_nodes=("$(leader_of_etcd)")
    else
        decree_uri=$uri etcd_nodes=("${etcd_clients[@]}")
    fi
    for load in $loads; do
        IFS=: read -r name connections in_flight kind <<<"$load"
        echo "decree $name $("${prefix[@]}" "$decree" -a "$decree_uri" bench --json "--$kind" \
            --time "${seconds}s" --connections "$connections" --in-flight "$in_flight" \
            --servers "$(join "${decree_pids[@]}")")"
        echo "etcd $name $("${prefix[@]}" "$etcd_load" "$kind" "$connections" "$in_flight" \
            "$seconds" 256 "$(join "${etcd_pids[@]}")" "${etcd_nodes[@]}")"
    done
done >"$folder/runs"
python3 - "$folder/runs" <<'EOF'
import collections
import json
import statistics
import sys

figures = collections.defaultdict(lambda: collections.defaultdict(list))
for line in open(sys.argv[1], encoding="utf-8"):
    system, name, report = line.split(" ", 2)
    report = json.loads(report)
    kind = report.get("writes") or report.get("reads")
    row = figures[name, system]
    row["per second"].append(kind["per_second"])
    row["p50 ms"].append(kind["p50_ms"])
    row["p99 ms"].append(kind["p99_ms"])
    row["server us"].append(report["server_us_per_operation"])
    row["client us"].append(report["client_us_per_operation"])
columns = ["per second", "p50 ms", "p99 ms", "server us", "client us"]
print(f"{'load':<18}{'':<8}" + "".join(f"{column:>12}" for column in columns))
for name in dict.fromkeys(name for name, _ in figures):
    medians = {}
    for system in "decree", "etcd":
        medians[system] = [statistics.median(figures[name, system][c]) for c in columns]
        print(f"{name:<18}{system:<8}" + "".join(f"{figure:>12.3f}" for figure in medians[system]))
    ratios = [a / b for a, b in zip(medians["decree"], medians["etcd"])]
    print(f"{'':<18}{'ratio':<8}" + "".join(f"{ratio:>12.3f}" for ratio in ratios))
EOF
