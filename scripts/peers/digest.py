"""Whether two digests are of the same result. Knows no array library."""

from __future__ import annotations

import math
from typing import Any

TOLERANCE = {"float64": 1e-10, "complex128": 1e-10, "float32": 1e-4, "complex64": 1e-4}


def difference(got: dict[str, Any], want: dict[str, Any], dtype: str) -> str:
    """Says how two digests differ, "" if they agree. Sums may cancel, so they
    are compared on the scale of the numbers that went into them."""
    if got["shape"] != want["shape"]:
        return f"shape {got['shape']}, want {want['shape']}"
    size = math.prod(want["shape"])
    for field in ("sum", "l2", "wsum"):
        if field not in got or field not in want:
            return f"{field} is not finite"
        scale = abs(_complex(want[field]))
        if field != "l2":
            scale = max(scale, float(want["l2"]) * math.sqrt(size))
        error = abs(_complex(got[field]) - _complex(want[field]))
        if not error <= TOLERANCE[dtype] * scale:
            return f"{field} {got[field]}, want {want[field]}: off by {error / scale if scale else math.inf:.1e}"
    return ""


def _complex(x: float | list[float]) -> complex:
    return complex(*x) if isinstance(x, list) else complex(x)
