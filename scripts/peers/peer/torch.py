"""PyTorch: torch.einsum for each step, without gradients."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from peer import Contract, Peer, need

if TYPE_CHECKING:
    import numpy as np

    from network import Network, Pair


class Torch(Peer):
    name = "torch"
    packages = ("torch", "numpy")

    def load(self, threads: int, cache: Path) -> None:
        self.library = need("torch")
        self.library.set_num_threads(threads)
        self.library.set_grad_enabled(False)

    def prepare(self, network: Network, path: list[Pair], tensors: Sequence[np.ndarray]) -> Contract:
        import pairwise

        held = [self.library.from_numpy(x) for x in tensors]
        contract = pairwise.compile(network, path, self.library.einsum)
        return lambda: contract(held).contiguous()

    def to_numpy(self, result: Any) -> np.ndarray:
        array: np.ndarray = result.numpy()
        return array


PEERS = (Torch,)
