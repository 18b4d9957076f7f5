#!/usr/bin/env python3
"""Tests of the peers, in the environment that compare.sh made: test_peers.py

Each peer that is there contracts random small networks of every kind (hyperedges,
diagonals, one-sided sums, disconnected parts, scalars) and must agree with one
einsum over the whole network. What a peer refuses is left out, and strided is:
it is known to be wrong.
"""

from __future__ import annotations

import random
import unittest

import numpy as np

import build
import network
import planned
import tree
from network import Network, Pair
from peer import Peer, Unavailable, Unsupported, known


def random_network(rng: random.Random, dtype: str) -> Network:
    dims = tuple(rng.choice((1, 2, 2, 3, 4)) for _ in range(rng.randint(1, 7)))
    inputs = tuple(
        tuple(rng.randrange(len(dims)) for _ in range(rng.randint(0, 4))) for _ in range(rng.randint(1, 6))
    )
    present = sorted({label for labels in inputs for label in labels})
    ids = {label: i for i, label in enumerate(present)}
    output = rng.sample(present, rng.randint(0, len(present)))
    path: list[Pair] = []
    for alive in range(len(inputs), 1, -1):
        i, j = rng.sample(range(alive), 2)
        path.append((i, j))
    return Network(
        name="random",
        dtype=dtype,
        dims=tuple(dims[label] for label in present),
        inputs=tuple(tuple(ids[label] for label in labels) for labels in inputs),
        output=tuple(ids[label] for label in output),
        paths={"some": path},
    )


def oracle(net: Network, tensors: list[np.ndarray]) -> np.ndarray:
    operands = [x for labels, tensor in zip(net.inputs, tensors) for x in (tensor, list(labels))]
    return np.asarray(np.einsum(*operands, list(net.output)))


def here() -> list[Peer]:
    found = []
    for peer in known().values():
        try:
            peer.load(1, build.cache_folder())
            found.append(peer)
        except Unavailable:
            pass
    return found


class PeersAgreeWithOneEinsum(unittest.TestCase):
    def test_random_networks(self) -> None:
        for peer in here():
            if peer.name == "strided":
                continue
            refused = 0
            # Compiling is slow in some peers: they get fewer networks.
            seeds = range(40 if peer.name in ("jax", "opt_einsum", "etops") else 600)
            for seed in seeds:
                rng = random.Random(seed)
                net = random_network(rng, rng.choice(peer.dtypes))
                with self.subTest(peer=peer.name, seed=seed, network=net):
                    try:
                        self.check(peer, net)
                    except (Unsupported, RuntimeError):
                        refused += 1
            self.assertLess(refused, len(seeds) / 4, peer.name)

    def check(self, peer: Peer, net: Network) -> None:
        tensors = network.fill(net, "uniform", seed=7)
        want = oracle(net, tensors)
        contract = peer.prepare(net, net.paths["some"], tensors)
        for _ in range(2):  # a second contraction meets the same inputs
            got = peer.to_numpy(contract())
            self.assertEqual(got.shape, want.shape)
            self.assertEqual(got.dtype, want.dtype)
            tolerance = 1e-4 if net.dtype in ("float32", "complex64") else 1e-12
            scale = max(1.0, float(np.abs(want).max(initial=0)))
            np.testing.assert_allclose(got, want, rtol=0, atol=tolerance * scale)


class NumPyPlans(unittest.TestCase):
    def layouts(self, order: str, batch: str, rows: str, columns: str) -> str | None:
        as_labels = lambda letters: tuple(map(ord, letters))
        return planned._layout(*map(as_labels, (order, batch, rows, columns)))

    def test_groups_that_lie_together_need_no_copy(self) -> None:
        self.assertEqual(self.layouts("bmk", "b", "m", "k"), "brc")
        self.assertEqual(self.layouts("kbm", "b", "m", "k"), "cbr")
        self.assertEqual(self.layouts("km", "", "m", "k"), "cr")

    def test_mixed_groups_and_inner_batches_need_one(self) -> None:
        self.assertIsNone(self.layouts("mkb", "b", "m", "k"))
        self.assertIsNone(self.layouts("mkn", "", "mn", "k"))


class Paths(unittest.TestCase):
    def test_linear_positions_become_ids(self) -> None:
        self.assertEqual(tree.ssa(4, [(3, 1), (0, 1), (1, 0)]), [(1, 3), (0, 2), (4, 5)])

    def test_a_path_that_is_too_short_is_refused(self) -> None:
        with self.assertRaisesRegex(ValueError, "leaves 2 tensors"):
            tree.ssa(3, [(0, 1)])

    def test_labels_fall_into_classes(self) -> None:
        b, k, m, n, p, q = range(6)
        net = Network("x", "float64", (2, 3, 5, 7, 11, 13), ((b, m, k, p), (k, b, n, q)), (n, b, m), {})
        (step,) = tree.steps(net, [(0, 1)])
        classes = (step.batch, step.contracted, step.left_free, step.right_free, step.left_sum, step.right_sum)
        self.assertEqual(classes, ((b,), (k,), (m,), (n,), (p,), (q,)))
        self.assertEqual(tree.flops(net, step), 2 * 2 * 3 * 5 * 7 * 11 * 13)

    def test_a_product_without_a_sum_costs_one_per_element(self) -> None:
        net = Network("x", "float64", (2, 3), ((0,), (1,)), (0, 1), {})
        (step,) = tree.steps(net, [(0, 1)])
        self.assertEqual(tree.flops(net, step), 6)


class Fills(unittest.TestCase):
    # The formula of the balanced fill once more, element by element.
    def balanced(self, seed: int, t: int, i: int) -> float:
        mask = (1 << 64) - 1

        def mix(z: int) -> int:
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 & mask
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB & mask
            return z ^ (z >> 31)

        z = mix((seed + (t + 1) * 0x9E3779B97F4A7C15 + (i + 1) * 0xD1B54A32D192ED03) & mask)
        return (z >> 11) * 2.0**-53

    def test_balanced_follows_its_formula(self) -> None:
        net = Network("x", "float64", (2, 3), ((0, 1), (1, 1)), (0,), {})
        first, second = network.fill(net, "balanced", 5)
        for i, value in enumerate(first.reshape(-1)):
            self.assertAlmostEqual(value, (0.5 + self.balanced(5, 0, i)) * 2**-1.0 * 3**-0.5, places=14)
        for i, value in enumerate(second.reshape(-1)):
            self.assertAlmostEqual(value, (0.5 + self.balanced(5, 1, i)) * 3**-0.5, places=14)

    def test_ones_and_zeros(self) -> None:
        net = Network("x", "complex64", (2,), ((0,),), (0,), {})
        for kind, value in (("ones", 1), ("zeros", 0)):
            (x,) = network.fill(net, kind)
            self.assertEqual((x.tolist(), x.dtype), ([value, value], np.dtype("complex64")))


class Digests(unittest.TestCase):
    def test_row_major_weights(self) -> None:
        x = np.arange(6.0).reshape(3, 2).T  # not contiguous
        want = {"shape": [2, 3], "sum": 15.0, "l2": 55**0.5, "wsum": 0 + 2 * 2 + 4 * 3 + 1 * 4 + 3 * 5 + 5 * 6.0}
        self.assertEqual(network.digest(x), want)


if __name__ == "__main__":
    unittest.main()
