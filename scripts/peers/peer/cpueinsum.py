"""cpueinsum, with its own kernels, and with MKL for the steps that are large."""

from __future__ import annotations

import ctypes
import sys
from pathlib import Path

from peer import Unavailable
from peer.rust import RustPeer


class Cpueinsum(RustPeer):
    name = "cpueinsum"
    source = "cpueinsum"
    crates = {"cpueinsum": "=0.9.1", "threadteam": "0.3"}


class CpueinsumMkl(Cpueinsum):
    """The library asks for CBLAS and finds MKL's, which is loaded before it."""

    name = "cpueinsum_mkl"
    packages = ("mkl",)
    crates = Cpueinsum.crates | {"cpueinsum-blas": "=0.9.1"}
    features = ("blas",)

    def environment(self, threads: int) -> dict[str, str]:
        layer = {"MKL_THREADING_LAYER": "SEQUENTIAL" if threads == 1 else "INTEL", "MKL_DYNAMIC": "FALSE"}
        return super().environment(threads) | layer

    def load(self, threads: int, cache: Path) -> None:
        found = sorted(Path(sys.prefix, "lib").glob("libmkl_rt.so*"))
        if not found:
            raise Unavailable(f"no libmkl_rt.so in {Path(sys.prefix, 'lib')}")
        ctypes.CDLL(str(found[-1]), mode=ctypes.RTLD_GLOBAL)
        super().load(threads, cache)


PEERS = (Cpueinsum, CpueinsumMkl)
