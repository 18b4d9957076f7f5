"""Runs tnbench and its peers in turn and prints one table: compare.sh."""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import build
import compare
from peer import KEPT, known

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent

EPILOG = """
examples:
  compare.sh                                       all peers on the repository's instances, or those in TNBENCH_SUITE
  compare.sh --list                                which peers are there, which not, and why
  compare.sh --peers numpy,cpueinsum net.json      these two, as they are and with kept memory
  compare.sh --rounds 9 --keep rounds --format json -o all.json suite/
  tnbench compare all.json later.json              what has changed since
  tnbench compare 'rounds/*-tnbench.json' 'rounds/*-numpy.json' --ignore alloc,backend

The first time, peers are installed and built: with all of them that takes up to an
hour and 8 GB. What can't be had is skipped, with its reason.
"""


@dataclass
class Program:
    """What takes a turn: tnbench, or a peer with its memory as it is or kept."""

    name: str
    peer: str = ""  # "" is tnbench
    kept: bool = False


def main(arguments: list[str]) -> int:
    options = parse(arguments)
    cache = build.cache_folder()
    if options.list:
        return show(cache)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    with tempfile.TemporaryDirectory() as scratch:
        options.scratch = Path(scratch)
        folder = options.keep or options.scratch / "results"
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob("[0-9]*-*.json"):  # of an earlier comparison
            old.unlink()
        skipped: list[str] = []
        interrupted = False
        try:
            options.tnbench = options.tnbench or built(options.scratch)
            programs = [Program(compare.OURS), *wanted(options, cache, skipped)]
            interrupted = not run(programs, options, cache, folder)
        except KeyboardInterrupt:
            interrupted = True
        code = compare.publish(folder, options.format, options.output, skipped, interrupted)
        return 130 if interrupted else code


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="compare.sh",
        description="Compares tnbench with its peers: one process for each program, instance and round, in shuffled order.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("instances", nargs="*", type=Path, metavar="INSTANCE", help="files or folders")
    parser.add_argument("--list", action="store_true", help="say which peers are there, which not and why, and install nothing")
    parser.add_argument("--peers", default="all", metavar="LIST", help="comma-separated (all)")
    parser.add_argument("--memory", choices=("plain", "kept", "both"), default="both", help="peers as they are, with glibc told to keep memory that was used once, or one after the other (both)")
    parser.add_argument("--rounds", type=positive, default=5, metavar="N", help="(5)")
    parser.add_argument("--runs", type=positive, default=15, metavar="N", help="timed contractions of a process (15)")
    parser.add_argument("--warmup", type=int, default=3, metavar="N", help="contractions before them (3)")
    parser.add_argument("--threads", type=positive, default=1, metavar="N", help="of every program (1)")
    parser.add_argument("--path", default="opt_flops", metavar="NAME", help="contraction path, or all (opt_flops)")
    parser.add_argument("--alloc", default="slab", metavar="NAME", help="tnbench's strategy (slab)")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="of the order (1)")
    parser.add_argument("--limit", type=positive, default=20, metavar="SECONDS", help="of contractions in a process, after which three will do (20)")
    parser.add_argument("--timeout", type=positive, default=120, metavar="SECONDS", help="for a process, which then is ended (120)")
    parser.add_argument("--max-time", type=positive, default=3600, metavar="SECONDS", help="for all rounds; then what was measured is printed (3600)")
    parser.add_argument("--mem-limit", type=gibibytes, default=None, metavar="GIB", help="for a process (80 %% of what is available)")
    parser.add_argument("--install-time", type=positive, default=600, metavar="SECONDS", help="for each peer, which else is skipped (600)")
    parser.add_argument("--again", action="store_true", help="try to install what could not be had before")
    parser.add_argument("--tnbench", type=Path, metavar="FILE", help="use this program instead of building it")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keep the results of all rounds there")
    compare.add_output(parser)
    options = parser.parse_args(arguments)
    if not options.list:
        options.instances = found(parser, options.instances or [Path(os.environ.get("TNBENCH_SUITE") or ROOT / "instances")])
    options.peers = list(known()) if options.peers == "all" else [name for name in options.peers.split(",") if name]
    for name in options.peers:
        if name not in known():
            parser.error(f"no peer {name!r}: there are {', '.join(known())}")
    if "," in options.alloc:
        parser.error("--alloc takes one strategy")
    options.mem_limit = options.mem_limit or available()
    return options


def positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{value} is less than 1")
    return value


def gibibytes(text: str) -> int:
    return int(float(text) * (1 << 30))


def available() -> int | None:
    try:
        for line in Path("/proc/meminfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024 * 8 // 10
    except OSError:
        pass
    return None


def found(parser: argparse.ArgumentParser, given: list[Path]) -> list[Path]:
    files = [file for path in given for file in (sorted(path.glob("*.json")) if path.is_dir() else [path])]
    for file in files:
        if not file.is_file():
            parser.error(f"{file}: no such file")
    if not files:
        parser.error(f"no instances in {', '.join(map(str, given))}")
    return files


def show(cache: Path) -> int:
    """Says of each peer whether it is there, and why not."""
    rows = [["peer", "here", "needs", "why not"]]
    for peer in known().values():
        reason = build.why_not(peer, cache)
        rows.append([peer.name, "no" if reason else "yes", ", ".join((*peer.packages, *peer.crates)), reason])
    print("\n".join(compare.markdown(rows, "llll")))
    print(f"\ncache: {cache}")
    return 0


def built(scratch: Path) -> Path:
    print("building tnbench", file=sys.stderr)
    program = scratch / "tnbench"
    if reason := build.bounded(["go", "build", "-o", str(program), "./cmd/tnbench"], 600, ROOT):
        sys.exit(f"compare.sh: tnbench can't be built: {reason}")
    return program


def wanted(options: argparse.Namespace, cache: Path, skipped: list[str]) -> list[Program]:
    """Installs the peers. Those that can't be had are skipped, and said to be."""
    if reason := build.environment(cache, options.install_time):
        skipped += [f"{name}: no environment for it: {reason}" for name in options.peers]
        return []
    programs = []
    for name in options.peers:
        if reason := build.install(known()[name], cache, options.install_time, options.again):
            skipped.append(f"{name}: {reason}")
            continue
        programs += [Program(name + (KEPT if kept else ""), name, kept) for kept in variants(options.memory, skipped)]
    for reason in skipped:
        print(f"skipped: {reason}", file=sys.stderr)
    return programs


def variants(memory: str, skipped: list[str]) -> list[bool]:
    kept = {"plain": [False], "kept": [True], "both": [False, True]}[memory]
    if platform.libc_ver()[0] == "glibc" or not any(kept):
        return kept
    reason = f"{KEPT}: only glibc can be told to keep memory"
    if reason not in skipped:
        skipped.append(reason)
    return [False]


def run(programs: list[Program], options: argparse.Namespace, cache: Path, folder: Path) -> bool:
    """Runs all rounds, and says whether time was enough for them."""
    deadline = time.monotonic() + options.max_time
    for round_, file, program in turns(programs, options.instances, options.rounds, options.seed):
        left = deadline - time.monotonic()
        if left <= 0:
            print(f"compare.sh: {options.max_time} s are over (--max-time)", file=sys.stderr)
            return False
        print(f"round {round_} of {options.rounds}: {file.stem}: {program.name}", file=sys.stderr)
        document = turn(program, file, options, cache, min(left, options.timeout))
        add(folder / f"{round_:02d}-{program.name}.json", document)
    return True


def turns(programs: list[Program], files: list[Path], rounds: int, seed: int) -> Iterator[tuple[int, Path, Program]]:
    """All programs on an instance come together, in a new order each time."""
    order = random.Random(seed)
    for round_ in range(1, rounds + 1):
        for file in files:
            yield from ((round_, file, program) for program in order.sample(programs, len(programs)))


def turn(program: Program, file: Path, options: argparse.Namespace, cache: Path, seconds: float) -> dict[str, Any]:
    """One process. A peer that dies leaves an error in its results."""
    output = options.scratch / "turn.json"
    output.unlink(missing_ok=True)
    reason = build.bounded(command(program, file, options, cache, output), seconds)
    try:
        document: dict[str, Any] = json.loads(output.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        document = {"results": []}
    if not document["results"]:
        name = json.loads(file.read_text(encoding="utf-8")).get("name", file.stem)
        reason = reason or "; ".join(warning["message"] for warning in document.get("warnings", [])) or "no results"
        document["results"] = [{"instance": name, "file": str(file), "path": options.path, "alloc": program.name, "error": reason}]
    return document


def command(program: Program, file: Path, options: argparse.Namespace, cache: Path, output: Path) -> list[str]:
    common = ["--path", options.path, "--runs", options.runs, "--warmup", options.warmup, "--threads", options.threads, "-o", output, file]
    if program.peer:
        words = [build.python(cache), HERE / "contract.py", "--peers", program.peer, "--limit", options.limit, *["--kept"] * program.kept]
        words += ["--memory-limit", options.mem_limit] if options.mem_limit else []
    else:
        words = [options.tnbench, "run", "-q", "--alloc", options.alloc, "--baseline", options.alloc, "--max-time", f"{options.limit}s", "--format", "json"]
        words += ["--mem-limit", options.mem_limit] if options.mem_limit else []
    return [str(word) for word in (*words, *common)]


def add(file: Path, document: dict[str, Any]) -> None:
    """Adds the results of an instance to those of the round, in one step."""
    if file.exists():
        before = json.loads(file.read_text(encoding="utf-8"))
        document = {**before, **document, "results": before["results"] + document["results"]}
    part = file.with_suffix(".part")
    part.write_text(json.dumps(document, ensure_ascii=False) + "\n", encoding="utf-8")
    part.replace(file)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
