"""Speed and memory on this machine: `uprising bench`."""

from uprising.benchmark.table import Row, bench

__all__ = ["Row", "bench"]
