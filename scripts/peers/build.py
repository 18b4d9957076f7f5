"""What peers need is installed and built in a cache folder, where the next
comparison finds it again. What can't be had is remembered with its reason."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

from peer import Peer

HERE = Path(__file__).resolve().parent


def cache_folder() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "tnbench-peers"


def python(cache: Path) -> Path:
    return cache / "venv" / "bin" / "python"


def library(peer: Peer, cache: Path) -> Path:
    """The shared library of a peer in Rust. Other sources make another name."""
    return cache / "rust" / f"{peer.name}-{fingerprint(peer)}.so"


def fingerprint(peer: Peer) -> str:
    text = repr(peer.packages) + "".join(sources(peer).values())
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def sources(peer: Peer) -> dict[str, str]:
    """The files that cargo builds, by name."""
    if not peer.crates:
        return {}
    files = {f"{name}.rs": (HERE / "peer" / f"{name}.rs").read_text() for name in (peer.source, "network")}
    return files | {"Cargo.toml": manifest(peer)}


def manifest(peer: Peer) -> str:
    crates = "".join(f'{name} = "{version}"\n' for name, version in peer.crates.items())
    features = "".join(f"{name} = []\n" for name in peer.features)
    return (
        f'[package]\nname = "{peer.name}_peer"\nversion = "0.0.0"\nedition = "2021"\n\n'
        f'[lib]\npath = "{peer.source}.rs"\ncrate-type = ["cdylib"]\n\n'
        f"[dependencies]\n{crates}\n[features]\ndefault = {json.dumps(peer.features)}\n{features}"
    )


def why_not(peer: Peer, cache: Path) -> str:
    """Why a peer can't be used now, "" if it can."""
    if told := refusal(peer, cache):
        return told
    absent = [package for package in peer.packages if package not in installed(cache)]
    if absent:
        return f"not installed yet: {', '.join(absent)}"
    if peer.crates and not library(peer, cache).exists():
        return f"not built yet: {next(iter(peer.crates))}"
    return ""


def refusal(peer: Peer, cache: Path) -> str:
    """Why it could not be had the last time that was tried."""
    file = _refused(peer, cache)
    return file.read_text(encoding="utf-8").strip() if file.exists() else ""


def _refused(peer: Peer, cache: Path) -> Path:
    return cache / "refused" / f"{peer.name}-{fingerprint(peer)}"


def normal(package: str) -> str:
    return re.sub(r"[-_.]+", "-", package).lower()


def installed(cache: Path) -> set[str]:
    """The packages of the virtual environment, under the names that peers use."""
    names = {normal(file.name.split("-")[0]) for file in (cache / "venv").glob("lib/python*/site-packages/*.dist-info")}
    return names | {name.replace("-", "_") for name in names}


def install(peer: Peer, cache: Path, seconds: float, again: bool) -> str:
    """Installs and builds what a peer needs, within a time for each of both.
    Returns why it can't be used, "" if it can."""
    if again:
        _refused(peer, cache).unlink(missing_ok=True)
    if not why_not(peer, cache) or refusal(peer, cache):
        return refusal(peer, cache)
    print(f"installing {peer.name}, for up to {seconds:.0f} s: {', '.join((*peer.packages, *peer.crates))}", file=sys.stderr)
    reason = _packages(peer, cache, seconds) or _crates(peer, cache, seconds)
    if reason:
        file = _refused(peer, cache)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(reason + "\n", encoding="utf-8")
    return reason


def environment(cache: Path, seconds: float) -> str:
    """Makes the virtual environment, with what contract.py itself needs."""
    if not python(cache).exists():
        reason = bounded([sys.executable, "-m", "venv", str(cache / "venv")], seconds)
        if reason:
            shutil.rmtree(cache / "venv", ignore_errors=True)
            return reason
    return "" if "numpy" in installed(cache) else _pip(["numpy"], cache, seconds)


def _packages(peer: Peer, cache: Path, seconds: float) -> str:
    absent = [package for package in peer.packages if package not in installed(cache)]
    return _pip(absent, cache, seconds) if absent else ""


def _pip(packages: list[str], cache: Path, seconds: float) -> str:
    return bounded([str(python(cache)), "-m", "pip", "install", "--quiet", *packages], seconds)


def _crates(peer: Peer, cache: Path, seconds: float) -> str:
    if not peer.crates:
        return ""
    folder = cache / "rust" / "sources" / f"{peer.name}-{fingerprint(peer)}"
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in sources(peer).items():
        (folder / name).write_text(text, encoding="utf-8")
    # One folder for all, as they share many of their crates.
    settings = {"CARGO_TARGET_DIR": str(cache / "rust" / "target"), "RUSTFLAGS": "-C target-cpu=native"}
    reason = bounded(["cargo", "build", "--release", "--quiet"], seconds, folder, settings)
    if reason:
        return reason
    for old in library(peer, cache).parent.glob(f"{peer.name}-*.so"):  # of other sources
        old.unlink()
    ending = "dylib" if sys.platform == "darwin" else "so"
    shutil.copyfile(cache / "rust" / "target" / "release" / f"lib{peer.name}_peer.{ending}", library(peer, cache))
    return ""


def bounded(command: list[str], seconds: float, folder: Path | None = None, settings: dict[str, str] | None = None) -> str:
    """Runs a command and all that it starts. Returns why it failed, "" if it didn't."""
    program = Path(command[0]).name
    try:
        process = subprocess.Popen(
            command, cwd=folder, env=os.environ | (settings or {}), start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, errors="replace",
        )  # fmt: skip
    except OSError as error:
        return f"{program} can't be run: {error.strerror}"
    try:
        said = process.communicate(timeout=seconds)[1]
    except subprocess.TimeoutExpired:
        return f"{program} took more than {seconds:.0f} s"
    finally:
        end(process)
    if process.returncode == 0:
        return ""
    if process.returncode < 0:  # what it said last is a stack, if anything
        return f"{program} was ended by {signal.Signals(-process.returncode).name}"
    return summary(said) or f"{program} ended with {process.returncode}"


def end(process: subprocess.Popen[str]) -> None:
    """Ends a process and its children, if they still run."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def summary(said: str) -> str:
    """What a failing program said, in a line: its last error and what belongs to
    it, else its last two lines."""
    lines = [line.strip() for line in said.splitlines() if line.strip() and not line.strip().startswith(("Either", "note", "warning"))]
    starts = [n for n, line in enumerate(lines) if line.lower().startswith("error")]
    return re.sub(r"\w+://\S+", "…", " ".join(lines[starts[-1] :][:3] if starts else lines[-2:]))
