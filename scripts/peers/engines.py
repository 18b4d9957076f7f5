"""The programs that contractions are timed with. Each is used as its own
documentation would have it; each does the same steps along the same path.

An engine's prepare() does, outside the clock, all that depends on labels and
dimensions only, and moves the inputs to where the engine wants them.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import string
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import numpy_engine
import tree
from network import Labels, Network, Pair

Contract = Callable[[], Any]  # one contraction; returns a finished result


class Unavailable(Exception):
    """An engine that is not installed here."""


class Engine:
    """A way to contract a network. name is the alloc field of the results."""

    name = ""

    def version(self) -> str:
        raise NotImplementedError

    def prepare(self, network: Network, path: list[Pair], tensors: Sequence[np.ndarray]) -> Contract:
        raise NotImplementedError

    def to_numpy(self, result: Any) -> np.ndarray:
        return np.asarray(result)


class NumPy(Engine):
    """Pairwise matrix products and broadcast products: numpy_engine.py."""

    def __init__(self, name: str, lookahead: bool) -> None:
        self.name = name
        self.lookahead = lookahead

    def version(self) -> str:
        return numpy_engine.version()

    def prepare(self, network: Network, path: list[Pair], tensors: Sequence[np.ndarray]) -> Contract:
        contract = numpy_engine.compile(network, path, self.lookahead)
        return lambda: contract(tensors)


class NumPyEinsum(Engine):
    """numpy.einsum for each step, which since version 2.4 makes a matrix product
    of any pair of operands."""

    name = "numpy_einsum"

    def version(self) -> str:
        return numpy_engine.version()

    def prepare(self, network: Network, path: list[Pair], tensors: Sequence[np.ndarray]) -> Contract:
        contract = _pairwise(network, path, self.einsum)
        return lambda: np.asarray(contract(tensors), order="C")

    @staticmethod
    def einsum(equation: str, *operands: np.ndarray) -> np.ndarray:
        order = ["einsum_path", tuple(range(len(operands)))]
        return np.asarray(np.einsum(equation, *operands, optimize=order))


class OptEinsum(Engine):
    """A contraction expression made once, called with NumPy arrays."""

    name = "opt_einsum"

    def __init__(self) -> None:
        self.library = _need("opt_einsum")

    def version(self) -> str:
        return importlib.metadata.version("opt_einsum")

    def prepare(self, network: Network, path: list[Pair], tensors: Sequence[np.ndarray]) -> Contract:
        symbol = self.library.get_symbol
        terms = ["".join(symbol(label) for label in labels) for labels in (*network.inputs, network.output)]
        equation = f"{','.join(terms[:-1])}->{terms[-1]}"
        shapes = [network.shape(labels) for labels in network.inputs]
        order = [tuple(pair) for pair in path] or [(0,)]
        expression = self.library.contract_expression(equation, *shapes, optimize=order)
        return lambda: np.asarray(expression(*tensors, backend="numpy"), order="C")


class Torch(Engine):
    """torch.einsum for each step, without gradients."""

    name = "torch"

    def __init__(self, threads: int) -> None:
        self.library = _need("torch")
        self.library.set_num_threads(threads)
        self.library.set_grad_enabled(False)

    def version(self) -> str:
        return str(self.library.__version__)

    def prepare(self, network: Network, path: list[Pair], tensors: Sequence[np.ndarray]) -> Contract:
        held = [self.library.from_numpy(x) for x in tensors]
        contract = _pairwise(network, path, self.library.einsum)
        return lambda: contract(held).contiguous()

    def to_numpy(self, result: Any) -> np.ndarray:
        return np.asarray(result.numpy())


class Jax(Engine):
    """jax.numpy.einsum for each step, the whole contraction under jit. The
    result is waited for inside the clock."""

    name = "jax"

    def __init__(self) -> None:
        self.library = _need("jax")
        self.library.config.update("jax_enable_x64", True)

    def version(self) -> str:
        return str(self.library.__version__)

    def prepare(self, network: Network, path: list[Pair], tensors: Sequence[np.ndarray]) -> Contract:
        jax = self.library
        held = [jax.numpy.asarray(x) for x in tensors]
        contract = jax.jit(_pairwise(network, path, jax.numpy.einsum))
        return lambda: contract(held).block_until_ready()


NAMES = ("numpy", "numpy_plain", "numpy_einsum", "opt_einsum", "torch", "jax")


def open_engine(name: str, threads: int) -> Engine:
    """Returns the engine called name; raises Unavailable if it is not installed."""
    if name == "numpy":
        return NumPy(name, lookahead=True)
    if name == "numpy_plain":
        return NumPy(name, lookahead=False)
    if name == "numpy_einsum":
        return NumPyEinsum()
    if name == "opt_einsum":
        return OptEinsum()
    if name == "torch":
        return Torch(threads)
    if name == "jax":
        return Jax()
    raise ValueError(f"peer {name!r}: there are {', '.join(NAMES)}")


def _need(module: str) -> Any:
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise Unavailable(f"{module}: {error}") from error


def _pairwise(network: Network, path: list[Pair], einsum: Callable[..., Any]) -> Callable[[Sequence[Any]], Any]:
    """A contraction by one einsum call for each step, its equation made ahead."""
    if not path:
        alone = _equation(network.inputs[0], None, network.output)
        return lambda tensors: einsum(alone, tensors[0])
    labels = dict(enumerate(network.inputs))
    program: list[tuple[str, int, int]] = []
    steps = tree.steps(network, path)
    for step in steps:
        kept = network.output if step is steps[-1] else step.kept
        program.append((_equation(labels[step.left], labels[step.right], kept), step.left, step.right))
        labels[step.out] = kept

    def contract(tensors: Sequence[Any]) -> Any:
        alive: list[Any] = list(tensors)
        for equation, left, right in program:
            alive.append(einsum(equation, alive[left], alive[right]))
            alive[left] = alive[right] = None
        return alive[-1]

    return contract


def _equation(left: Labels, right: Labels | None, out: Labels) -> str:
    """An einsum equation with letters of its own: einsum knows only 52."""
    letters = iter(string.ascii_letters)
    ids: dict[int, str] = {}
    terms = [left] if right is None else [left, right]
    for label in (label for term in terms for label in term):
        if label not in ids:
            ids[label] = next(letters)

    def write(term: Labels) -> str:
        return "".join(ids[label] for label in term)

    return f"{','.join(map(write, terms))}->{write(out)}"
