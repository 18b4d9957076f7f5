"""pytblis: TBLIS, which contracts without transposing, for each step."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from peer import Contract, Peer, Unsupported, need

if TYPE_CHECKING:
    import numpy as np

    from network import Network, Pair


class PyTblis(Peer):
    name = "pytblis"
    packages = ("pytblis", "numpy")
    gives = True

    def load(self, threads: int, cache: Path) -> None:
        self.library = need("pytblis")
        self.library.set_num_threads(threads)

    def prepare(self, network: Network, path: list[Pair], tensors: Sequence[np.ndarray]) -> Contract:
        import pairwise

        if not path:
            raise Unsupported("contracts pairs only")
        contract = pairwise.compile(network, path, self.einsum, network.result())
        return lambda: contract(tensors)

    def einsum(self, equation: str, a: Any, b: Any, out: Any = None) -> Any:
        return self.library.contract(equation, a, b, out=out, allow_partial_trace=True)


PEERS = (PyTblis,)
