"""Goal: a node that joins over a slow link takes over what the cluster has, without being sent the
same again and again.

Method: a real node that has some megabytes, in values that take longer over the link than a node
waits before it asks again; another one joins by way of a proxy that is slow. It has all in the end,
and not much more was carried than that.
"""

from _cluster import Cluster, Problems, finish, until
from _proxy import Proxy

FILES = 24
BYTES = 130_000
RATE = 400_000
PATIENCE = 120  # Seconds; it takes about ten.


def main():
    problems = Problems()
    with Cluster(1) as cluster:
        has = cluster.nodes[0]
        joins = cluster.new()
        with Proxy([node.peer_port for node in cluster.nodes]) as proxy:
            has.start("--advertise-peer", proxy.address(0))
            problems.check(cluster.works([has]), "no node: " + has.said())
            for file in range(FILES):
                has.call("SET", path=f"/big/{file}", value="x" * BYTES, rev=-1)
            proxy.rate = RATE
            joins.start("--join", proxy.address(0), "--advertise-peer", proxy.address(1))
            last = f"/big/{FILES - 1}"
            came = until(lambda: (joins.call("GET", path=last, local=True) or {}).get("value"),
                         PATIENCE)
            problems.check(len(came or "") == BYTES, "it does not come: " + joins.said())
            problems.check(proxy.carried < 2 * FILES * BYTES,
                           f"{proxy.carried} bytes are sent for {FILES * BYTES}")
            print(f"{proxy.carried} bytes are sent for {FILES * BYTES}")
    finish(problems)


if __name__ == "__main__":
    main()
