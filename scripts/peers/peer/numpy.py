"""NumPy, in three ways: as one would write it for speed (planned.py), the same
without looking ahead for the layout of intermediates, and by numpy.einsum for
each step, as most programs do."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from peer import Contract, Peer, need

if TYPE_CHECKING:
    import numpy as np

    from network import Network, Pair


class NumPy(Peer):
    """Pairwise matrix products and broadcast products, compiled ahead."""

    name = "numpy"
    packages = ("numpy",)
    gives = True
    lookahead = True

    def load(self, threads: int, cache: Path) -> None:
        self.numpy = need("numpy")

    def version(self) -> str:
        blas = self.numpy.show_config(mode="dicts").get("Build Dependencies", {}).get("blas", {})
        return f"{self.numpy.__version__} ({blas.get('name', 'blas')} {blas.get('version', '')})"

    def prepare(self, network: Network, path: list[Pair], tensors: Sequence[np.ndarray]) -> Contract:
        import planned

        contract = planned.compile(network, path, self.lookahead, network.result())
        return lambda: contract(tensors)


class NumPyPlain(NumPy):
    name = "numpy_plain"
    lookahead = False


class NumPyEinsum(NumPy):
    """numpy.einsum, which since version 2.4 makes a matrix product of any pair
    of operands."""

    name = "numpy_einsum"
    gives = False

    def prepare(self, network: Network, path: list[Pair], tensors: Sequence[np.ndarray]) -> Contract:
        import pairwise

        contract = pairwise.compile(network, path, self.einsum)
        return lambda: self.numpy.asarray(contract(tensors), order="C")

    def einsum(self, equation: str, *operands: Any) -> Any:
        order = ["einsum_path", tuple(range(len(operands)))]
        return self.numpy.asarray(self.numpy.einsum(equation, *operands, optimize=order))


PEERS = (NumPy, NumPyPlain, NumPyEinsum)
