#!/usr/bin/env python3
"""Contracts tensor networks with NumPy and its peers, as tnbench does with Go.

    contract.py FILE... [--peers numpy,torch] [-o results.json]
    contract.py --check FILE... [--reference digests.json]

Same files, same path, same fill, same clock: inputs are made outside it,
intermediates inside it, and the result is dropped outside it. The result's
memory is made and touched outside the clock, as tnbench's is, where the peer can
be given any (result_memory "given"). Others make it inside ("own"): mostly of the
pages that the last result left if glibc is told to keep them (--kept), else of
new ones. minor_faults tells.

The results are JSON of the schema tnbench/1, so that tools for tnbench's results
read them. The peer's name is in the field "alloc", its version in "settings".

Exit codes: 0 done, 1 a contraction or a check failed, 2 usage.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import build
import digest
from peer import KEEPING, KEPT, Peer, Unavailable, Unsupported, named

if TYPE_CHECKING:
    from network import Network, Pair

SCHEMA = "tnbench/1"

Json = dict[str, Any]


def main(arguments: list[str]) -> int:
    options = parse(arguments)
    peers = [named(name) for name in options.peers]
    keep_memory(options.kept)
    limit_memory(options.memory_limit)
    warnings = settle_environment(peers, options.threads)
    # Only now: the numerical libraries read the environment when they load.
    import network

    results: list[Json] = []
    versions: dict[str, str] = {}
    failed = False
    reference = read_reference(options)
    for peer in peers:
        try:
            peer.load(options.threads, build.cache_folder())
        except Unavailable as missing:
            warnings.append(warning("peer-missing", f"{peer.name} is skipped: {missing}", "compare.sh installs it"))
            continue
        versions[peer.name] = peer.version()
        for file in options.files:
            for net, path in selected(network.load(file), options.path):
                result = {"file": str(file)} | measure(peer, net, path, options)
                difference = compare(result, reference, net.dtype)
                if difference:
                    result["error"] = difference
                failed |= "error" in result
                results.append(result)
                progress(options, result, difference, reference)
    document = {
        "schema": SCHEMA,
        "tool": {"name": "scripts/peers/contract.py", "version": ", ".join(f"{k} {v}" for k, v in versions.items())},
        "host": host(),
        "settings": {
            "runs": options.runs,
            "warmup": options.warmup,
            "threads": options.threads,
            "streams": 1,
            "backend": "python",
            "fill": options.fill,
            "seed": options.seed,
            "peers": versions,
        },
        "warnings": warnings,
        "results": results,
    }
    for entry in warnings:
        print(f"warning: {entry['message']} ({entry['remedy']})", file=sys.stderr)
    if not options.check:
        write(document, options.output)
    return 1 if failed or not results else 0


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="contract.py",
        description="Contracts tensor networks with NumPy and its peers and times them as tnbench does.",
    )
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="instance files, or folders of them")
    parser.add_argument("--peers", default="numpy", metavar="LIST", help="comma-separated; compare.sh --list tells which there are")
    parser.add_argument("--kept", action="store_true", help="glibc keeps memory that was used once (named with a +kept)")
    parser.add_argument("--memory-limit", type=int, metavar="BYTES", help="for this process")
    parser.add_argument("--path", default="opt_flops", help="the path's name, or all")
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--warmup", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument(
        "--limit", type=float, default=60, metavar="SECONDS", help="for one instance, after which three runs will do"
    )
    parser.add_argument("--fill", default="balanced", choices=("balanced", "uniform", "ones", "zeros"))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="default: standard output")
    parser.add_argument("--reference", type=Path, metavar="FILE", help="digests that the results must have")
    parser.add_argument("--check", action="store_true", help="one contraction each, compared to the reference; no timing")
    options = parser.parse_args(arguments)
    options.peers = [name for name in options.peers.split(",") if name]
    options.files = [file for given in options.files for file in expand(given)]
    if options.check:
        options.runs, options.warmup = 1, 0
    if not options.files:
        parser.error("no instance files found")
    if options.runs < 1 or options.warmup < 0 or options.threads < 1:
        parser.error("--runs and --threads are at least 1, --warmup at least 0")
    return options


def expand(given: Path) -> list[Path]:
    return sorted(given.glob("*.json")) if given.is_dir() else [given]


def keep_memory(kept: bool) -> None:
    """Starts anew with the settings that glibc reads when a process begins."""
    if kept and any(os.environ.get(name) != value for name, value in KEEPING.items()):
        os.execve(sys.executable, [sys.executable, *sys.argv], os.environ | KEEPING)


def limit_memory(limit: int | None) -> None:
    """Allocations beyond the limit fail. What is only reserved does not count."""
    if limit is not None:
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))


def settle_environment(peers: list[Peer], threads: int) -> list[Json]:
    """Sets what peers read when they load, and undoes settings that would keep a
    library from choosing the best kernels for this processor."""
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
        os.environ[name] = str(threads)
    for peer in peers:
        os.environ.update(peer.environment(threads))
    undone = [name for name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "NPY_DISABLE_CPU_FEATURES") if name in os.environ]
    for name in undone:
        del os.environ[name]
    if not undone:
        return []
    return [warning("blas-environment", f"ignored {', '.join(undone)}: peers choose their own kernels", "unset them")]


def warning(code: str, message: str, remedy: str) -> Json:
    return {"code": code, "message": message, "remedy": remedy}


def selected(net: Network, path: str) -> list[tuple[Network, str]]:
    if path == "all":
        return [(net, name) for name in net.paths]
    if path not in net.paths:
        raise SystemExit(f"{net.name}: no path {path!r}: it has {', '.join(net.paths)}")
    return [(net, path)]


def measure(peer: Peer, net: Network, path: str, options: argparse.Namespace) -> Json:
    """Times one peer on one path."""
    import network
    import tree

    pairs: list[Pair] = net.paths[path]
    steps = tree.steps(net, pairs)
    result: Json = {
        "instance": net.name,
        "path": path,
        "dtype": net.dtype,
        "alloc": peer.name + (KEPT if options.kept else ""),
        "steps": len(steps),
        "flops": sum(tree.flops(net, step) for step in steps),
        "result_memory": "given" if peer.gives else "own",
    }
    try:
        if net.dtype not in peer.dtypes:
            raise Unsupported(f"knows {', '.join(peer.dtypes)} only")
        contract = peer.prepare(net, pairs, network.fill(net, options.fill, options.seed))
        samples, last = sample(contract, options.warmup, options.runs, options.limit)
        result["digest"] = network.digest(peer.to_numpy(last))
    except Unsupported as error:
        result |= {"error": f"{peer.name}: {error}", "unsupported": True}
        return result
    except (RuntimeError, ValueError, TypeError, MemoryError) as error:
        result["error"] = f"{peer.name}: {type(error).__name__}: {error}"
        return result
    return result | figures(samples, result["flops"])


Sample = tuple[int, int, int]  # nanoseconds, nanoseconds of processor time, minor faults


def figures(samples: list[Sample], flops: int) -> Json:
    times, cpus, faults = zip(*samples)
    ordered = statistics.quantiles(times, n=4, method="inclusive") if len(times) > 1 else [times[0]] * 3
    cpu = statistics.median(cpus)
    return {
        "samples_ns": times,
        "q1_ns": ordered[0],
        "median_ns": ordered[1],
        "q3_ns": ordered[2],
        "samples_cpu_ns": cpus,
        "cpu_ns": cpu,
        "cpus": sum(cpus) / sum(times),
        "minor_faults": statistics.median(faults),
        "gflops": flops / ordered[1],
    }


def sample(contract: Any, warmup: int, runs: int, limit: float) -> tuple[list[Sample], Any]:
    """Returns what each run took, and the last result, which the caller drops,
    as all before it were dropped, outside the clock. After limit seconds one
    warm-up and three samples are enough."""
    result = None
    samples: list[Sample] = []
    deadline = time.monotonic() + limit
    for run in range(warmup + runs):
        if time.monotonic() > deadline and (len(samples) >= 3 or 0 < run < warmup):
            continue
        del result
        faults, cpu, start = minor_faults(), time.process_time_ns(), time.perf_counter_ns()
        result = contract()
        elapsed = time.perf_counter_ns() - start
        cpu, faults = time.process_time_ns() - cpu, minor_faults() - faults
        if run >= warmup:
            samples.append((elapsed, cpu, faults))
    return samples, result


def minor_faults() -> int:
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt


def host() -> Json:
    """What the results were measured on, as far as Python knows."""
    facts: Json = {
        "cpu": platform.processor() or platform.machine(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "os": sys.platform,
        "arch": {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine()),
        "kernel": platform.release(),
        "python": platform.python_version(),
    }
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                facts["cpu"] = line.partition(":")[2].strip()
                break
        modes = Path("/sys/kernel/mm/transparent_hugepage/enabled").read_text(encoding="utf-8")
        facts["thp"] = modes.partition("[")[2].partition("]")[0]
    except OSError:
        pass
    return facts


def read_reference(options: argparse.Namespace) -> Json:
    """The digests that results must have: those given, else those beside the
    instances. They hold for one fill and seed only."""
    file = options.reference or options.files[0].parent / "reference" / "digests.json"
    if not file.exists():
        if options.reference or options.check:
            raise SystemExit(f"no reference digests at {file}: give them by --reference")
        return {}
    reference: Json = json.loads(file.read_text(encoding="utf-8"))
    if (reference["fill"], reference["seed"]) != (options.fill, options.seed):
        return {}
    return dict(reference["digests"])


def compare(result: Json, reference: Json, dtype: str) -> str:
    """Says how a result differs from its reference, "" if it does not or there
    is none."""
    want = reference.get(result["instance"], {}).get(result["path"])
    if want is None or "digest" not in result:
        return ""
    difference = digest.difference(result["digest"], want, dtype)
    return f"digest: {difference}" if difference else ""


def progress(options: argparse.Namespace, result: Json, difference: str, reference: Json) -> None:
    known = result["path"] in reference.get(result["instance"], {})
    verdict = result.get("error") or difference or ("digest right" if known else "no reference digest")
    figure = f"{result['median_ns'] / 1e6:10.3f} ms  " if "median_ns" in result and not options.check else ""
    print(
        f"{result['instance']:45} {result['path']:10} {result['alloc']:10} {figure}{verdict}",
        file=sys.stdout if options.check else sys.stderr,
        flush=True,
    )


def write(document: Json, output: Path | None) -> None:
    text = json.dumps(document, ensure_ascii=False) + "\n"
    if output is None:
        sys.stdout.write(text)
    else:
        output.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except (OSError, ValueError, KeyError) as problem:
        sys.exit(f"contract.py: {problem}")
