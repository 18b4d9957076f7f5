"""opt_einsum: a contraction expression made once, called with NumPy arrays."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from peer import Contract, Peer, need

if TYPE_CHECKING:
    import numpy as np

    from network import Network, Pair


class OptEinsum(Peer):
    name = "opt_einsum"
    packages = ("opt_einsum", "numpy")

    def load(self, threads: int, cache: Path) -> None:
        self.library = need("opt_einsum")
        self.numpy = need("numpy")

    def prepare(self, network: Network, path: list[Pair], tensors: Sequence[np.ndarray]) -> Contract:
        symbol = self.library.get_symbol
        terms = ["".join(map(symbol, labels)) for labels in (*network.inputs, network.output)]
        shapes = [network.shape(labels) for labels in network.inputs]
        order = [tuple(pair) for pair in path] or [(0,)]
        expression = self.library.contract_expression(f"{','.join(terms[:-1])}->{terms[-1]}", *shapes, optimize=order)
        return lambda: self.numpy.asarray(expression(*tensors, backend="numpy"), order="C")


PEERS = (OptEinsum,)
