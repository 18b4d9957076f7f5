#!/usr/bin/env python3
"""Makes one table of the rounds that compare.sh ran.

    compare.py FOLDER [--ours tnbench]

The folder holds tnbench/1 results named ROUND-PROGRAM.json, such as
03-numpy.json. Ratios are taken within a round, where both programs met the same
machine, and their median and range over the rounds are printed: a ratio above 1
is how many times slower than tnbench the peer is.
"""

from __future__ import annotations

import argparse
import json
import math
import re
import statistics
import sys
from collections import defaultdict
from pathlib import Path

USUAL = ("numpy", "numpy_plain", "numpy_einsum", "opt_einsum")  # peers that always run come first

Cell = tuple[str, str]  # instance and path
Medians = dict[int, float]  # by round, in nanoseconds
Table = dict[str, dict[Cell, Medians]]  # by program


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="compare.py", description="Makes one table of the rounds that compare.sh ran.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--ours", default="tnbench", metavar="PROGRAM", help="the program that ratios refer to")
    options = parser.parse_args(arguments)
    table, problems = read(options.folder)
    if options.ours not in table:
        sys.exit(f"compare.py: {options.folder}: no results of {options.ours}")
    peers = sorted((name for name in table if name != options.ours), key=lambda name: (name not in USUAL, name))
    print("\n".join(render(table, options.ours, peers)))
    for problem in problems:
        print(f"error: {problem}", file=sys.stderr)
    return 1 if problems or not peers else 0


def read(folder: Path) -> tuple[Table, list[str]]:
    """Reads all rounds. Results with an error are left out and reported."""
    table: Table = {}
    problems: list[str] = []
    for file in sorted(folder.glob("*.json")):
        match = re.fullmatch(r"(\d+)-(\w+)", file.stem)
        if not match:
            continue
        round_, program = int(match[1]), match[2]
        for result in json.loads(file.read_text(encoding="utf-8"))["results"]:
            cell = (result["instance"], result["path"])
            if result.get("error"):
                problems.append(f"{file.name}: {cell[0]} {cell[1]}: {result['error']}")
            elif "median_ns" in result:
                table.setdefault(program, defaultdict(dict))[cell][round_] = result["median_ns"]
    return table, problems


def render(table: Table, ours: str, peers: list[str]) -> list[str]:
    """The table in Markdown: times in milliseconds, one row per instance and
    path, the geometric mean of the ratios last."""
    header = ["instance", "path", f"{ours} ms"]
    for peer in peers:
        header += [f"{peer} ms", f"{peer}/{ours} (range)"]
    rows = [header, ["---", "---"] + ["--:"] * (len(header) - 2)]
    logs: dict[str, list[float]] = {peer: [] for peer in peers}
    for cell, own in table[ours].items():
        row = [*cell, milliseconds(own)]
        for peer in peers:
            theirs = table[peer].get(cell, {})
            ratios = [theirs[r] / own[r] for r in own if r in theirs]
            if not ratios:
                row += ["", ""]
                continue
            middle = statistics.median(ratios)
            logs[peer].append(math.log(middle))
            row += [milliseconds(theirs), f"{middle:.2f} ({min(ratios):.2f}–{max(ratios):.2f})"]
        rows.append(row)
    last = ["geometric mean", "", ""]
    for peer in peers:
        last += ["", f"{math.exp(statistics.fmean(logs[peer])):.2f} (n={len(logs[peer])})" if logs[peer] else ""]
    rows.append(last)
    return ["| " + " | ".join(row) + " |" for row in rows]


def milliseconds(medians: Medians) -> str:
    """The median of the rounds' medians, to three digits that count."""
    value = statistics.median(medians.values()) / 1e6
    digits = max(0, 2 - math.floor(math.log10(value))) if value > 0 else 0
    return f"{value:.{digits}f}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
