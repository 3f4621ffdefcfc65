"""Speed and memory on this machine: `uprising bench`."""

from uprising.benchmark.table import Row, bench, beside

__all__ = ["Row", "bench", "beside"]
