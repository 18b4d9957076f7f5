"""What all peers in Rust have in common: a shared library that build.py made of
NAME.rs and network.rs, called in this process."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from peer import Contract, Peer, Unavailable

if TYPE_CHECKING:
    import numpy as np

    from network import Network, Pair


class RustPeer(Peer):
    source = ""  # the file beside this one, without .rs
    dtypes = ("float64",)
    gives = True

    def environment(self, threads: int) -> dict[str, str]:
        return {"RAYON_NUM_THREADS": str(threads)}

    def load(self, threads: int, cache: Path) -> None:
        import build

        self.threads = threads
        try:
            self.library = ctypes.CDLL(str(build.library(self, cache)))
        except OSError as error:
            raise Unavailable(str(error)) from error
        self.library.prepare.restype = ctypes.c_void_p

    def version(self) -> str:
        return next(iter(self.crates.values())).strip("=")

    def prepare(self, network: Network, path: list[Pair], tensors: Sequence[np.ndarray]) -> Contract:
        words = describe(network, path, self.threads)
        numbers = (ctypes.c_size_t * len(words))(*words)
        addresses = (ctypes.c_void_p * len(tensors))(*(x.ctypes.data for x in tensors))
        text = ctypes.create_string_buffer(1000)
        made = self.library.prepare(numbers, ctypes.c_size_t(len(words)), addresses, text, ctypes.c_size_t(len(text)))
        if not made:
            raise RuntimeError(text.value.decode(errors="replace"))
        result = network.result()
        call, peer, size = self.library.contract, ctypes.c_void_p(made), ctypes.c_size_t(result.size)
        address, room = ctypes.c_void_p(result.ctypes.data), ctypes.c_size_t(len(text))

        def contract() -> np.ndarray:
            if not call(peer, address, size, text, room):
                raise RuntimeError(text.value.decode(errors="replace"))
            return result

        contract.inputs = tensors  # type: ignore[attr-defined] # the peer has their addresses only
        return contract


def describe(network: Network, path: list[Pair], threads: int) -> list[int]:
    """The network as network.rs reads it: counts before what they count, labels
    in reversed order."""
    import tree

    words = [threads, len(network.dims), *network.dims, len(network.inputs)]
    for labels in (*network.inputs, network.output):
        words += [len(labels), *reversed(labels)]
    pairs = tree.ssa(len(network.inputs), path)
    return words + [len(pairs), *(i for pair in pairs for i in pair)]


PEERS = ()
