"""The same ensemble on many machines, with Dask. Workers need nothing but this package.

pip install 'uprising[cluster]'
dask scheduler                                            # on one machine
dask worker tcp://SCHEDULER:8786 --nthreads 1             # on each of the others, once a core
python examples/cluster.py tcp://SCHEDULER:8786           # or without an address: on this machine alone
"""

import sys

from distributed import Client

import uprising


def main() -> None:
    address = sys.argv[1] if len(sys.argv) > 1 else None
    with Client(address) if address else Client(n_workers=2, threads_per_worker=1) as client:
        study = uprising.ensemble(
            "hungary-1956",
            runs=8,
            scale=0.01,
            until="1956-10-26",
            out="runs/cluster",
            resume=True,  # begins, or goes on where an earlier attempt was stopped
            executor=client.get_executor(pure=False),
        )
    print(study)
    print(study.runs[["seed", "outcome", "peak_crowd", "dead_civilian"]])


if __name__ == "__main__":
    main()
