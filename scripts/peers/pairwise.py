"""A contraction by one einsum call for each step, its equation made ahead."""

from __future__ import annotations

import functools
import string
from collections.abc import Callable, Sequence
from typing import Any

import tree
from network import Labels, Network, Pair


def compile(
    network: Network, path: list[Pair], einsum: Callable[..., Any], result: Any = None
) -> Callable[[Sequence[Any]], Any]:
    """Returns the function from the inputs to the result. The last call is given
    the memory of the result, if there is any, as out."""
    last = functools.partial(einsum, out=result) if result is not None else einsum
    if not path:
        alone = equation(network.inputs[0], None, network.output)
        return lambda tensors: last(alone, tensors[0])
    labels = dict(enumerate(network.inputs))
    program: list[tuple[Callable[..., Any], str, int, int]] = []
    steps = tree.steps(network, path)
    for step in steps:
        kept, call = (network.output, last) if step is steps[-1] else (step.kept, einsum)
        program.append((call, equation(labels[step.left], labels[step.right], kept), step.left, step.right))
        labels[step.out] = kept

    def contract(tensors: Sequence[Any]) -> Any:
        alive: list[Any] = list(tensors)
        for call, text, left, right in program:
            alive.append(call(text, alive[left], alive[right]))
            alive[left] = alive[right] = None
        return alive[-1]

    return contract


def equation(left: Labels, right: Labels | None, out: Labels) -> str:
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
