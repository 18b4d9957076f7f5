"""Tensor networks as the benchmark suite's JSON files describe them: loading,
the deterministic fill of the inputs, and the digest that results are checked by.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

Labels = tuple[int, ...]
Pair = tuple[int, int]

DTYPES = ("float32", "float64", "complex64", "complex128")


@dataclass(frozen=True)
class Network:
    """A network by metadata. Labels are small integers, dense from 0."""

    name: str
    dtype: str
    dims: tuple[int, ...]  # dims[label]
    inputs: tuple[Labels, ...]  # row-major; a label may repeat
    output: Labels
    paths: dict[str, list[Pair]]  # linear: positions in a shrinking list

    def shape(self, labels: Labels) -> tuple[int, ...]:
        return tuple(self.dims[label] for label in labels)

    def result(self) -> np.ndarray:
        """Memory for the result, touched, and filled with what is no result."""
        return np.full(self.shape(self.output), np.nan, dtype=self.dtype)


def load(file: Path) -> Network:
    """Reads an instance; ValueError says what is wrong with it."""
    data = json.loads(file.read_text(encoding="utf-8"))
    left, arrow, right = data["format_string"].replace(" ", "").partition("->")
    if not arrow:
        raise ValueError(f"{file}: format_string has no '->'")
    if data["dtype"] not in DTYPES:
        raise ValueError(f"{file}: dtype {data['dtype']!r}: supported are {', '.join(DTYPES)}")
    ids: dict[str, int] = {}
    dims: dict[int, int] = {}
    inputs: list[Labels] = []
    terms = left.split(",")
    if len(terms) != len(data["shapes"]):
        raise ValueError(f"{file}: {len(terms)} tensors in format_string, {len(data['shapes'])} shapes")
    for t, (term, shape) in enumerate(zip(terms, data["shapes"])):
        labels = tuple(ids.setdefault(letter, len(ids)) for letter in term)
        if len(labels) != len(shape):
            raise ValueError(f"{file}: tensor {t} has {len(labels)} labels and {len(shape)} dimensions")
        for label, dim in zip(labels, shape):
            if dims.setdefault(label, dim) != dim:
                raise ValueError(f"{file}: tensor {t}: a label has dimensions {dims[label]} and {dim}")
        inputs.append(labels)
    paths = {name: [(i, j) for i, j, *_ in _pairs(p["path"])] for name, p in data["paths"].items()}
    return Network(
        name=data["name"],
        dtype=data["dtype"],
        dims=tuple(dims[label] for label in range(len(dims))),
        inputs=tuple(inputs),
        output=tuple(ids[letter] for letter in right),
        paths=paths,
    )


def _pairs(path: list[list[int]]) -> list[list[int]]:
    """Drops the [[0]] that some writers give a network of one tensor."""
    return [] if path == [[0]] else path


_GOLDEN = 0x9E3779B97F4A7C15
_STRIDE = 0xD1B54A32D192ED03
_MASK = (1 << 64) - 1


def _mix64(z: np.ndarray) -> np.ndarray:
    """The finaliser of SplitMix64, on uint64 modulo 2^64."""
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z ^= z >> np.uint64(31)
    return z


def _unit(z: np.ndarray) -> np.ndarray:
    """The upper 53 bits as a double in [0, 1)."""
    unit: np.ndarray = (z >> np.uint64(11)).astype(np.float64) * 2.0**-53
    return unit


def fill(network: Network, kind: str = "balanced", seed: int = 1) -> list[np.ndarray]:
    """Makes the inputs, element for element those of tnbench with that fill."""
    multiplicity = Counter(label for labels in network.inputs for label in set(labels))
    tensors = [_tensor(network, t, multiplicity, kind, seed) for t in range(len(network.inputs))]
    return _in_range(network, multiplicity, tensors) if kind == "balanced" else tensors


def _scale(network: Network, labels: tuple[int, ...], multiplicity: Counter[int]) -> float:
    return math.prod(network.dims[label] ** (-1.0 / multiplicity[label]) for label in dict.fromkeys(labels))


def _in_range(network: Network, multiplicity: Counter[int], tensors: list[np.ndarray]) -> list[np.ndarray]:
    """Multiplies tensors by powers of two where the network would leave its range: docs/fill.md."""
    limit = 100 if network.dtype in ("float32", "complex64") else 960
    if len(tensors) <= limit:
        return tensors
    products: dict[int, np.ndarray] = {}
    drifts = []
    for labels, tensor in zip(network.inputs, tensors, strict=True):
        distinct = list(dict.fromkeys(labels))
        wide = np.complex128 if tensor.dtype.kind == "c" else np.float64
        dense = np.einsum(tensor.astype(wide), [distinct.index(label) for label in labels], list(range(len(distinct))))
        mean = dense.mean()
        drift = math.log2(abs(mean) / _scale(network, labels, multiplicity))
        for axis, label in enumerate(distinct):
            along = dense.mean(axis=tuple(a for a in range(dense.ndim) if a != axis)) / mean
            before = products.get(label, np.ones_like(along))
            after = before * along
            drift += math.log2(abs(after.mean()) / abs(before.mean()))
            products[label] = after * 2.0 ** -math.frexp(abs(after).max())[1]
        drifts.append(drift)
    if abs(sum(drifts)) <= limit:
        return tensors
    total, done = 0.0, 0
    for t, drift in enumerate(drifts):
        total += drift
        exponent = round(-total) - done
        done += exponent
        tensors[t] = tensors[t] * tensors[t].dtype.type(2.0**exponent)
    return tensors


def _tensor(network: Network, t: int, multiplicity: Counter[int], kind: str, seed: int) -> np.ndarray:
    labels = network.inputs[t]
    shape = network.shape(labels)
    if kind in ("ones", "zeros"):
        return np.full(shape, 1 if kind == "ones" else 0, dtype=network.dtype)
    if kind not in ("balanced", "uniform"):
        raise ValueError(f"fill {kind!r}: there are balanced, uniform, ones, zeros")
    position = np.arange(1, math.prod(shape) + 1, dtype=np.uint64)
    z = _mix64(np.uint64((seed + (t + 1) * _GOLDEN) & _MASK) + position * np.uint64(_STRIDE))
    offset, scale = 0.0, 1.0
    if kind == "balanced":
        offset = 0.5
        scale = _scale(network, labels, multiplicity)
    values: np.ndarray = (offset + _unit(z)) * scale
    if network.dtype.startswith("complex"):
        values = values + 1j * ((_unit(_mix64(z)) - 0.5) * 0.5 * scale)
    return values.astype(network.dtype).reshape(shape)


def digest(result: np.ndarray) -> dict[str, Any]:
    """Condenses a result, in double precision, elements in row-major order."""
    wide = np.complex128 if result.dtype.kind == "c" else np.float64
    x = np.asarray(result, order="C").reshape(-1).astype(wide)
    weights = (np.arange(x.size) % 97 + 1).astype(np.float64)
    return {
        "shape": list(result.shape),
        "sum": _number(x.sum()),
        "l2": float(np.sqrt(np.sum(x.real**2 + x.imag**2))),
        "wsum": _number((x * weights).sum()),
    }


def _number(x: Any) -> float | list[float]:
    return [float(x.real), float(x.imag)] if isinstance(x, complex) else float(x)
