"""JAX: jax.numpy.einsum for each step, the whole contraction under jit. The
result is waited for inside the clock."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from peer import Contract, Peer, need

if TYPE_CHECKING:
    import numpy as np

    from network import Network, Pair


class Jax(Peer):
    name = "jax"
    packages = ("jax", "numpy")

    def environment(self, threads: int) -> dict[str, str]:
        settings = {"NPROC": str(threads), "JAX_PLATFORMS": "cpu"}  # the first is the size of XLA's pool
        return settings | ({"XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false"} if threads == 1 else {})

    def load(self, threads: int, cache: Path) -> None:
        self.library = need("jax")
        self.library.config.update("jax_enable_x64", True)

    def prepare(self, network: Network, path: list[Pair], tensors: Sequence[np.ndarray]) -> Contract:
        import pairwise

        jax = self.library
        held = [jax.numpy.asarray(x) for x in tensors]
        contract = jax.jit(pairwise.compile(network, path, jax.numpy.einsum))
        return lambda: contract(held).block_until_ready()


PEERS = (Jax,)
