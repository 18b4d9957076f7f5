"""The programs that tnbench is compared with, one file for each: what it needs,
how it is loaded, and how it contracts a network. Nothing is imported before a
peer is loaded, so that a list of all peers needs none of them.

Each is used as its own documentation would have it, and each does the same steps
along the same path.
"""

from __future__ import annotations

import importlib
import importlib.metadata
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    from network import Network, Pair

Contract = Callable[[], Any]  # one contraction; returns a finished result

KEPT = "+kept"  # ends the name of a peer whose memory glibc keeps

# Told to do so, glibc maps no memory for a block alone and gives none back, so
# that pages are touched once and not in every contraction.
KEEPING = {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": str(1 << 40), "MALLOC_TOP_PAD_": str(64 << 20)}

FILES = ("cpueinsum", "numpy", "opt_einsum", "cotengra", "pytblis", "etops", "strided", "tenferro", "torch", "jax")


class Unavailable(Exception):
    """A peer that can't be loaded here."""


class Unsupported(Exception):
    """A network that a peer has no way to contract."""


class Peer:
    """A program that contracts networks. prepare() does, outside the clock, all
    that depends on labels and dimensions only, and moves the inputs to where the
    peer wants them."""

    name = ""
    packages: tuple[str, ...] = ()  # for pip; the first has the peer's version
    crates: dict[str, str] = {}  # for cargo; the first has the peer's version
    features: tuple[str, ...] = ()  # of the peer's own Rust source
    dtypes: tuple[str, ...] = ("float32", "float64", "complex64", "complex128")
    gives = False  # whether it writes its result into memory that it is given

    def environment(self, threads: int) -> dict[str, str]:
        """What must be in the environment before the peer is loaded."""
        return {}

    def load(self, threads: int, cache: Path) -> None:
        """Loads the peer's libraries; raises Unavailable."""

    def version(self) -> str:
        return importlib.metadata.version(self.packages[0])

    def prepare(self, network: Network, path: list[Pair], tensors: Sequence[np.ndarray]) -> Contract:
        raise NotImplementedError

    def to_numpy(self, result: Any) -> np.ndarray:
        import numpy as np

        return np.asarray(result)


def need(module: str) -> Any:
    try:
        return importlib.import_module(module)
    except (ImportError, OSError) as error:
        raise Unavailable(f"{module}: {error}") from error


def known() -> dict[str, Peer]:
    """All peers by name, in the order in which they are listed."""
    modules = [importlib.import_module(f"peer.{file}") for file in FILES]
    return {kind.name: kind() for module in modules for kind in module.PEERS}


def named(name: str) -> Peer:
    peers = known()
    if name not in peers:
        raise ValueError(f"peer {name!r}: there are {', '.join(peers)}")
    return peers[name]
