"""etops (einsum_ir): a tensor operation compiled ahead for each step. What it has
no kernel for, such as a batch label that lies innermost, is left to NumPy."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from peer import Contract, Peer, need

if TYPE_CHECKING:
    import numpy as np

    from network import Labels, Network, Pair
    from tree import Step


class Etops(Peer):
    name = "etops"
    packages = ("etops", "numpy")
    dtypes = ("float64",)
    gives = True

    def load(self, threads: int, cache: Path) -> None:
        self.library = need("etops")
        self.numpy = need("numpy")
        self.options = self.library.backend.tpp.get_default_optimization_config()
        self.options["num_threads"] = threads

    def prepare(self, network: Network, path: list[Pair], tensors: Sequence[np.ndarray]) -> Contract:
        import pairwise
        import tree

        result = network.result()
        if not path:
            alone = pairwise.compile(network, path, self.numpy.einsum, result)
            return lambda: alone(tensors)
        labels = dict(enumerate(network.inputs))
        program = []
        steps = tree.steps(network, path)
        for step in steps:
            given = result if step is steps[-1] else None
            run, labels[step.out] = self.step(network, step, labels[step.left], labels[step.right], given)
            program.append((run, step.left, step.right))

        def contract() -> np.ndarray:
            alive: list[Any] = list(tensors)
            for run, left, right in program:
                alive.append(run(alive[left], alive[right]))
                alive[left] = alive[right] = None
            return alive[-1]

        return contract

    def step(
        self, network: Network, step: Step, left: Labels, right: Labels, result: Any
    ) -> tuple[Callable[..., Any], Labels]:
        """The function for a step, and the labels of what it returns."""
        repeats = len(set(left)) < len(left) or len(set(right)) < len(right)
        out = network.output if result is not None else step.batch + step.right_free + step.left_free
        left_sum, right_sum = ((), ()) if repeats else (step.left_sum, step.right_sum)
        sum_a, a = tuple(left.index(label) for label in left_sum), tuple(label for label in left if label not in left_sum)
        sum_b, b = tuple(right.index(label) for label in right_sum), tuple(label for label in right if label not in right_sum)
        # The fast dimensions of the result are those of the first operand.
        swap = bool(b and a) and b[-1] in step.right_free and a[-1] not in step.left_free
        first, second = (b, a) if swap else (a, b)
        if swap and result is None:
            out = step.batch + step.left_free + step.right_free
        product = None if repeats else self.kernel(network, first, second, out)
        product = product or self.einsum(first, second, out)
        shape, empty = network.shape(out), self.numpy.empty

        def run(x: Any, y: Any) -> Any:
            made = empty(shape) if result is None else result
            x = x.sum(axis=sum_a) if sum_a else x
            y = y.sum(axis=sum_b) if sum_b else y
            product(y, x, made) if swap else product(x, y, made)
            return made

        return run, out

    def kernel(self, network: Network, first: Labels, second: Labels, out: Labels) -> Callable[..., Any] | None:
        library, dim = self.library, self.library.dim
        strides = [_strides(network, order) for order in (first, second, out)]
        sums = tuple(label for label in second if label not in out)
        places = {(True, True): 0, (False, True): 1, (True, False): 2}  # batch outermost, m innermost
        order = sorted(out, key=lambda label: places[label in first, label in second]) + list(sums)

        def kind(label: int) -> Any:
            if label not in out:
                return dim.k
            return dim.c if label in first and label in second else dim.m if label in first else dim.n

        rows = [(kind(label), network.dims[label], tuple(s.get(label, 0) for s in strides)) for label in order]
        for missing, steps in ((dim.m, (1, 0, 1)), (dim.n, (0, 1, 1)), (dim.k, (1, 1, 0))):
            if all(row[0] != missing for row in rows):
                rows.append((missing, 1, steps))  # a kernel needs one of each
        kinds, sizes, steps_of = zip(*rows)
        config = library.TensorOperationConfig(
            backend="tpp", data_type=library.float64,
            prim_first=library.prim.zero, prim_main=library.prim.gemm, prim_last=library.prim.none,
            dim_types=kinds, exec_types=(library.exec.seq,) * len(rows), dim_sizes=sizes,
            strides=(tuple(zip(*steps_of)),),
        )  # fmt: skip
        try:
            operation = library.TensorOperation(library.optimize(config, self.options))
        except Exception:  # of several kinds: there is no kernel for it
            return None
        halves = self.numpy.float32

        def run(x: Any, y: Any, made: Any) -> None:
            # execute() takes the first operand and the result for float32, and
            # would convert: it is handed the same bytes under that name.
            operation.execute(x.reshape(-1).view(halves), y, made.reshape(-1).view(halves))

        return run

    def einsum(self, first: Labels, second: Labels, out: Labels) -> Callable[..., Any]:
        import pairwise

        equation = pairwise.equation(first, second, out)
        return lambda x, y, made: self.numpy.einsum(equation, x, y, out=made, optimize=True)


def _strides(network: Network, order: Labels) -> dict[int, int]:
    return {label: math.prod(network.shape(order[i + 1 :])) for i, label in enumerate(order)}


PEERS = (Etops,)
