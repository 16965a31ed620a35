"""`rf-ray-local NODES COMMAND…`: a cluster of node processes on this machine, for as long as a
command runs; the command finds it by $RAY_ADDRESS. For trials and tests.
"""

import os
import subprocess
import sys

from ray.cluster_utils import Cluster


def main() -> None:
    """Starts the nodes, each with one CPU, runs the command, returns its exit code."""
    nodes, command = int(sys.argv[1]), sys.argv[2:]
    own = {"num_cpus": 1, "object_store_memory": 80_000_000, "include_dashboard": False}
    cluster = Cluster(initialize_head=True, head_node_args=own)
    try:
        for _ in range(nodes - 1):
            cluster.add_node(**{k: v for k, v in own.items() if k != "include_dashboard"})
        cluster.wait_for_nodes()
        environment = os.environ | {"RAY_ADDRESS": cluster.address}
        code = subprocess.run(command, env=environment, check=False).returncode
    finally:
        cluster.shutdown()
    sys.exit(code)


if __name__ == "__main__":
    main()
