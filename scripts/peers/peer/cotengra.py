"""cotengra: a contractor made ahead from the path, on NumPy arrays."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from peer import Contract, Peer, need

if TYPE_CHECKING:
    import numpy as np

    from network import Network, Pair


class Cotengra(Peer):
    name = "cotengra"
    packages = ("cotengra", "numpy")

    def load(self, threads: int, cache: Path) -> None:
        self.library = need("cotengra")
        self.numpy = need("numpy")

    def prepare(self, network: Network, path: list[Pair], tensors: Sequence[np.ndarray]) -> Contract:
        symbol = self.library.get_symbol
        *inputs, output = (tuple(map(symbol, labels)) for labels in (*network.inputs, network.output))
        sizes = {symbol(label): dim for label, dim in enumerate(network.dims)}
        tree = self.library.ContractionTree.from_path(inputs, output, sizes, path=[tuple(pair) for pair in path])
        contract = tree.get_contractor(implementation="cotengra")
        return lambda: self.numpy.asarray(contract(*tensors), order="C")


PEERS = (Cotengra,)
