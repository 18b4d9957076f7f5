#!/usr/bin/env python3
"""Makes one table of the rounds that compare.sh ran.

    compare.py FOLDER [--format table|json] [-o FILE]

The folder holds tnbench/1 results named ROUND-PROGRAM.json, such as
03-numpy+kept.json. Ratios are taken within a round, where both programs met the
same machine, and their median and range over the rounds are printed: a ratio
above 1 is how many times slower than tnbench the peer is.

What a peer computed must agree with tnbench's result of the same network. A peer
that was wrong once on a network is named and not ranked there.
"""

from __future__ import annotations

import argparse
import json
import math
import re
import statistics
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import digest

OURS = "tnbench"

Json = dict[str, Any]
Cell = tuple[str, str, str]  # instance, path, file


@dataclass
class Entry:
    """A program on one instance and path, in all rounds."""

    rounds: dict[int, Json] = field(default_factory=dict)  # results that are right
    wrong: str = ""  # how a result differed, in whichever round
    failed: str = ""  # what went wrong, in whichever round
    unsupported: str = ""

    def median(self, figure: str) -> float | None:
        """Over the rounds; None where it was not measured."""
        values = [result[figure] for result in self.rounds.values() if result.get(figure) is not None]
        return statistics.median(values) if values else None

    def counts(self) -> bool:
        return bool(self.rounds) and not self.wrong


Table = dict[Cell, dict[str, Entry]]  # by program


@dataclass
class Standing:
    """A peer over all instances. Only who is right on all of them is ranked:
    means over different instances are no ranking."""

    program: str
    ratios: list[float]
    best: int  # on so many instances no peer is faster
    reason: str  # why it is not ranked

    def mean(self) -> float | None:
        return geometric_mean(self.ratios)


def geometric_mean(values: list[float]) -> float | None:
    return math.exp(statistics.fmean(map(math.log, values))) if values else None


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="compare.py", description="Makes one table of the rounds that compare.sh ran.")
    parser.add_argument("folder", type=Path)
    add_output(parser)
    options = parser.parse_args(arguments)
    return publish(options.folder, options.format, options.output, [])


def add_output(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--format", choices=("table", "json"), default="table", help="json is tnbench/1, for tnbench compare")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="default: standard output")


def publish(folder: Path, format_: str, output: Path | None, skipped: list[str], interrupted: bool = False) -> int:
    """Writes the table of a folder. Returns 0 if there was anything to compare."""
    documents = read(folder)
    table = tabulate(documents)
    text = written(documents, table, format_, skipped, interrupted)
    if output:
        output.write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text)
    for problem in (entry.failed for programs in table.values() for name, entry in programs.items() if name == OURS):
        if problem:
            print(f"compare.py: {OURS} failed: {problem}", file=sys.stderr)
    compared = any(ratios(programs, peer) for programs in table.values() for peer in programs if peer != OURS)
    return 0 if compared else 1


def read(folder: Path) -> dict[tuple[int, str], Json]:
    """All documents, by round and program."""
    documents: dict[tuple[int, str], Json] = {}
    for file in sorted(folder.glob("*.json")):
        if match := re.fullmatch(r"(\d+)-([\w+]+)", file.stem):
            documents[int(match[1]), match[2]] = json.loads(file.read_text(encoding="utf-8"))
    return documents


def tabulate(documents: dict[tuple[int, str], Json]) -> Table:
    table: Table = {}
    for (round_, program), document in documents.items():
        for result in document["results"]:
            cell = (result["instance"], result["path"], result.get("file", ""))
            entry = table.setdefault(cell, {}).setdefault(program, Entry())
            if result.get("unsupported"):
                entry.unsupported = result["error"]
            elif error := result.get("error"):
                wrong = error.startswith("digest")
                entry.wrong, entry.failed = (error, entry.failed) if wrong else (entry.wrong, error)
            elif result.get("median_ns") is not None:
                entry.rounds[round_] = result
    for programs in table.values():
        check(programs)
    return table


def check(programs: dict[str, Entry]) -> None:
    """Holds what the peers computed against tnbench's result."""
    ours = programs.get(OURS, Entry()).rounds.values()
    want = next((result["digest"] for result in ours if result.get("digest")), None)
    for program, entry in programs.items():
        for result in entry.rounds.values():
            if program == OURS or entry.wrong or want is None:
                continue
            if not result.get("digest"):
                entry.wrong = "digest: none"
            elif difference := digest.difference(result["digest"], want, result["dtype"]):
                entry.wrong = f"digest: {difference}"


def ratios(programs: dict[str, Entry], peer: str) -> list[float]:
    """Of a peer's time to tnbench's, one for each round that has both. None for
    wrong results: these are the times of other work."""
    ours, theirs = programs.get(OURS, Entry()), programs.get(peer, Entry())
    if not theirs.counts():
        return []
    return [theirs.rounds[n]["median_ns"] / own["median_ns"] for n, own in ours.rounds.items() if n in theirs.rounds]


def middle(programs: dict[str, Entry], peer: str) -> float:
    """The median ratio, for sorting: without one, a peer comes last."""
    found = ratios(programs, peer)
    return statistics.median(found) if found else math.inf


def standings(table: Table) -> list[Standing]:
    """The peers, the fastest first, those that are not ranked last."""
    cells = {cell: programs for cell, programs in table.items() if programs.get(OURS, Entry()).rounds}
    peers = sorted({name for programs in table.values() for name in programs if name != OURS})
    fastest = {cell: min((middle(programs, peer) for peer in peers), default=math.inf) for cell, programs in cells.items()}
    found = []
    for peer in peers:
        of = {cell: middle(programs, peer) for cell, programs in cells.items() if ratios(programs, peer)}
        best = sum(value == fastest[cell] for cell, value in of.items())
        found.append(Standing(peer, list(of.values()), best, unranked(cells.values(), peer, len(of))))
    return sorted(found, key=lambda standing: (bool(standing.reason), standing.mean() or math.inf))


def leaders(table: Table) -> list[tuple[float, str, Cell]]:
    """The fastest peer of each instance with its ratio, the smallest first."""
    compared = ([(middle(programs, peer), peer, cell) for peer in programs if peer != OURS] for cell, programs in table.items())
    return sorted(min(found) for found in compared if found and min(found)[0] < math.inf)


def unranked(cells: Iterable[dict[str, Entry]], peer: str, right: int) -> str:
    """Why a peer is not ranked, "" if it is."""
    entries = [programs.get(peer, Entry()) for programs in cells]
    wrong = sum(bool(entry.wrong) for entry in entries)
    if wrong:
        return f"wrong on {wrong} of {len(entries)}"
    if not right:
        return "nothing to compare"
    return f"measured on {right} of {len(entries)} only" if right < len(entries) else ""


def written(documents: dict[tuple[int, str], Json], table: Table, format_: str, skipped: list[str], interrupted: bool) -> str:
    if format_ == "json":
        document = merged(documents, table, skipped, interrupted)
        return json.dumps(document, ensure_ascii=False, indent=1) + "\n"
    blocks = [ranking(standings(table)), leading(table), figures(table), notes(table)]
    blocks.append([plain_text(f"skipped: {reason}") for reason in skipped] + warnings(documents))
    blocks.append(["interrupted: the rest was not measured"] * interrupted)
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def ranking(found: list[Standing]) -> list[str]:
    rows = [["rank", "peer", f"peer / {OURS}", "instances", "best on"]]
    for n, standing in enumerate(found, start=1):
        mean = standing.mean()
        row = [standing.reason or str(n), standing.program, f"{mean:.2f}" if mean else "", str(len(standing.ratios)), str(standing.best)]
        rows.append(row)
    return markdown(rows, "llrrr")


def leading(table: Table) -> list[str]:
    found = leaders(table)
    if not found:
        return []
    mean, (least, peer, cell) = geometric_mean([ratio for ratio, *_ in found]), found[0]
    text = f"The fastest peer of each instance: {mean:.2f} in the geometric mean of {len(found)}"
    return [plain_text(f"{text}; at the least {least:.2f}, {peer} on {title(cell, table)} {cell[1]}.")]


def figures(table: Table) -> list[str]:
    """A row for each program on each instance, the fastest first."""
    rows = [["instance", "path", "program", "wall ms", "cpu / wall", f"/ {OURS}", "range", "faults", "result memory"]]
    for cell, programs in table.items():
        for program in sorted(programs, key=lambda name: 1.0 if name == OURS else middle(programs, name)):
            entry = programs[program]
            if not entry.counts():
                continue
            found = [1.0] if program == OURS else ratios(programs, program)
            row = [title(cell, table), cell[1], program, milliseconds(entry.median("median_ns")), decimal(entry.median("cpus"))]
            row += [f"{statistics.median(found):.2f}", spread(found)] if found else ["", ""]
            memory = next(iter(entry.rounds.values())).get("result_memory", "given" if program == OURS else "")
            rows.append([*row, decimal(entry.median("minor_faults"), 0), memory])
    return markdown(rows, "lllrrrrrl")


def notes(table: Table) -> list[str]:
    lines = []
    for cell, programs in table.items():
        for program, entry in sorted(programs.items()):
            for kind, text in (("wrong", entry.wrong), ("failed", entry.failed), ("unsupported", entry.unsupported)):
                if text:
                    lines.append(plain_text(f"{kind}: {program} on {title(cell, table)} {cell[1]}: {text}"))
    return lines


def warnings(documents: dict[tuple[int, str], Json]) -> list[str]:
    """One of each kind: the first that any program gave."""
    given = [warning for document in documents.values() for warning in document.get("warnings", [])]
    kinds = {warning["code"]: warning["message"] for warning in reversed(given)}
    return [plain_text(f"warning: {message}") for message in reversed(kinds.values())]


def title(cell: Cell, table: Table) -> str:
    """The instance, and its file where another one has the same name."""
    instance, path, file = cell
    alone = sum(other[:2] == cell[:2] for other in table) == 1
    return instance if alone else f"{instance} ({file})"


def merged(documents: dict[tuple[int, str], Json], table: Table, skipped: list[str], interrupted: bool) -> Json:
    """One document of the schema tnbench/1: what tnbench said of the machine and
    the settings, and each program's samples of all rounds together."""
    frame = next((document for (_, program), document in documents.items() if program == OURS), {})
    return {
        **frame,
        "schema": "tnbench/1",
        "warnings": frame.get("warnings", []),
        "results": [pooled(cell, program, programs) for cell, programs in table.items() for program in programs],
        "interrupted": interrupted,
        "peers": [
            {"peer": s.program, "rank": None if s.reason else n, "ratio": s.mean(), "instances": len(s.ratios), "best_on": s.best, "not_ranked": s.reason}
            for n, s in enumerate(standings(table), start=1)
        ],
        "fastest_peers": [{"instance": c[0], "path": c[1], "file": c[2], "peer": peer, "ratio": ratio} for ratio, peer, c in leaders(table)],
        "skipped": skipped,
    }  # fmt: skip


def pooled(cell: Cell, program: str, programs: dict[str, Entry]) -> Json:
    """A program's rounds on one instance as one result."""
    entry = programs[program]
    whole: Json = {"instance": cell[0], "path": cell[1], "file": cell[2], "alloc": program}
    if not entry.counts():
        return whole | {"error": entry.wrong or entry.failed or entry.unsupported}
    rounds = list(entry.rounds.values())
    whole = {key: value for key, value in rounds[0].items() if key != "ratio" and not key.startswith("samples_")}
    for figure in ("median_ns", "q1_ns", "q3_ns", "cpu_ns", "cpus", "minor_faults", "gflops"):
        whole[figure] = entry.median(figure)
    for samples in ("samples_ns", "samples_cpu_ns"):
        whole[samples] = [value for result in rounds for value in result.get(samples) or []]
    if program != OURS and (found := ratios(programs, program)):
        ours = next(iter(programs[OURS].rounds.values()))
        whole |= {"ratio": {"to": ours["alloc"], "median": statistics.median(found)}, "round_ratios": found}
    return whole


def markdown(rows: list[list[str]], sides: str) -> list[str]:
    rows = [[plain_text(text).replace("|", "\\|") for text in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*rows)]
    rule = ["-" * (width - 1) + ("-" if side == "l" else ":") for width, side in zip(widths, sides)]
    padded = [[text.ljust(w) if side == "l" else text.rjust(w) for text, w, side in zip(row, widths, sides)] for row in rows]
    return ["| " + " | ".join(row) + " |" for row in [padded[0], rule, *padded[1:]]]


def plain_text(text: str) -> str:
    """Without what a terminal would act on: names are data."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def spread(values: list[float]) -> str:
    return f"{min(values):.2f}–{max(values):.2f}" if len(values) > 1 else ""


def decimal(value: float | None, digits: int = 2) -> str:
    return "" if value is None else f"{value:,.{digits}f}"


def milliseconds(nanoseconds: float | None) -> str:
    """To three digits that count."""
    value = (nanoseconds or 0) / 1e6
    digits = max(0, 2 - math.floor(math.log10(value))) if value > 0 else 0
    return f"{value:.{digits}f}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
