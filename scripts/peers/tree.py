"""A network contracted along a path, step by step: which labels each pairwise
contraction keeps, sums and shares. Independent of any array library.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from network import Labels, Network, Pair


@dataclass(frozen=True)
class Step:
    """One pairwise contraction of tensors left and right into tensor out. Ids
    count the inputs first, then the results; none is used twice. Each label of
    the operands is in exactly one class, distinct, in the operands' order."""

    left: int
    right: int
    out: int
    batch: Labels  # in both, kept
    contracted: Labels  # in both, dropped
    left_free: Labels
    right_free: Labels
    left_sum: Labels  # in the left only, dropped
    right_sum: Labels

    @property
    def kept(self) -> Labels:
        return self.batch + self.left_free + self.right_free

    @property
    def dropped(self) -> Labels:
        return self.contracted + self.left_sum + self.right_sum


def ssa(inputs: int, path: list[Pair]) -> list[Pair]:
    """Turns positions in a shrinking list into ids that are never reused."""
    alive = list(range(inputs))
    pairs: list[Pair] = []
    for i, j in path:
        high, low = (i, j) if i > j else (j, i)
        second, first = alive.pop(high), alive.pop(low)
        pairs.append((first, second))
        alive.append(inputs + len(pairs) - 1)
    if len(alive) != 1:
        raise ValueError(f"the path leaves {len(alive)} tensors, want 1")
    return pairs


def steps(network: Network, path: list[Pair]) -> list[Step]:
    """Classifies the labels of every step of a path."""
    labels: dict[int, Labels] = {t: tuple(dict.fromkeys(x)) for t, x in enumerate(network.inputs)}
    uses = [0] * len(network.dims)  # tensors alive that have a label; the output counts as one
    for held in [*labels.values(), network.output]:
        for label in held:
            uses[label] += 1
    result: list[Step] = []
    for n, (left, right) in enumerate(ssa(len(network.inputs), path)):
        a, b = labels.pop(left), labels.pop(right)
        in_a, in_b = set(a), set(b)
        for label in (*a, *b):
            uses[label] -= 1
        step = Step(
            left=left,
            right=right,
            out=len(network.inputs) + n,
            batch=tuple(x for x in a if x in in_b and uses[x]),
            contracted=tuple(x for x in a if x in in_b and not uses[x]),
            left_free=tuple(x for x in a if x not in in_b and uses[x]),
            right_free=tuple(x for x in b if x not in in_a and uses[x]),
            left_sum=tuple(x for x in a if x not in in_b and not uses[x]),
            right_sum=tuple(x for x in b if x not in in_a and not uses[x]),
        )
        for label in step.kept:
            uses[label] += 1
        labels[step.out] = step.kept
        result.append(step)
    return result


def flops(network: Network, step: Step) -> int:
    """Two per multiply-add; one per element for a product without a sum."""
    work = math.prod(network.shape(step.kept + step.dropped))
    return 2 * work if step.dropped else work
