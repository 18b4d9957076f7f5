#!/usr/bin/env python3
"""Tests of what needs no peer: python3 test_compare.py

Statistics, ranking, refusing wrong results, the order of turns, and that whatever
a process does the others' results are kept."""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import sys
import tempfile
import time
import unittest
from pathlib import Path
from unittest import mock

import build
import compare
import digest
import peer
import rounds

RIGHT = {"shape": [2], "sum": 3.0, "l2": 2.5, "wsum": 5.0}
WRONG = {"shape": [2], "sum": 3.0, "l2": 2.5, "wsum": 6.0}


def result(instance: str, median: float, digest_: object = RIGHT, **more: object) -> dict[str, object]:
    return {
        "instance": instance, "path": "p", "dtype": "float64", "alloc": "x", "median_ns": median,
        "samples_ns": [median], "cpus": 1.0, "minor_faults": 0, "digest": digest_, **more,
    }  # fmt: skip


class Folder(unittest.TestCase):
    def setUp(self) -> None:
        held = tempfile.TemporaryDirectory()
        self.addCleanup(held.cleanup)
        self.folder = Path(held.name)

    def write(self, name: str, *results: object) -> None:
        document = {"schema": "tnbench/1", "host": {"cpu": "c"}, "settings": {"threads": 1}, "warnings": [], "results": results}
        (self.folder / f"{name}.json").write_text(json.dumps(document), encoding="utf-8")

    def table(self) -> compare.Table:
        return compare.tabulate(compare.read(self.folder))

    def published(self, format_: str = "table", **more: object) -> tuple[int, str]:
        out = io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
            code = compare.publish(self.folder, format_, None, **{"skipped": [], **more})  # type: ignore[arg-type]
        return code, out.getvalue()


class Statistics(Folder):
    def test_ratios_are_paired_within_rounds(self) -> None:
        for n, (own, theirs) in enumerate([(1e6, 2e6), (10e6, 40e6), (1e6, 3e6)], start=1):
            self.write(f"0{n}-tnbench", result("a", own))
            self.write(f"0{n}-numpy+kept", result("a", theirs))
        self.write("04-numpy+kept", result("a", 1e3))  # has no partner
        self.assertEqual(compare.ratios(self.table()["a", "p", ""], "numpy+kept"), [2, 4, 3])
        code, text = self.published()
        self.assertEqual(code, 0)
        self.assertRegex(text, r"numpy\+kept +\| +2.50 \| +1.00 \| +3.00 \| 2.00–4.00")

    def test_the_ranking_is_by_the_geometric_mean(self) -> None:
        self.write("01-tnbench", result("a", 1e6), result("b", 1e6))
        self.write("01-slow", result("a", 4e6), result("b", 4e6))
        self.write("01-quick", result("a", 1e6), result("b", 9e6))
        first, second = compare.standings(self.table())
        self.assertEqual((first.program, first.best, second.program, second.best), ("quick", 1, "slow", 1))
        self.assertAlmostEqual(first.mean() or 0, 3)
        self.assertAlmostEqual(second.mean() or 0, 4)
        self.assertEqual([(ratio, name, cell[0]) for ratio, name, cell in compare.leaders(self.table())], [(1, "quick", "a"), (4, "slow", "b")])
        self.assertIn("The fastest peer of each instance: 2.00 in the geometric mean of 2; at the least 1.00, quick on a p.", self.published()[1])

    def test_two_files_with_instances_of_one_name_stay_apart(self) -> None:
        self.write("01-tnbench", result("a|\x1b", 1e6, file="x"), result("a|\x1b", 2e6, file="y"))
        self.write("01-peer", result("a|\x1b", 3e6, file="x"), result("a|\x1b", 4e6, file="y"))
        self.assertEqual(compare.standings(self.table())[0].ratios, [3, 2])
        self.assertRegex(self.published()[1], r"\| a\\\|\\x1b \(y\) +\| p +\| peer")

    def test_milliseconds_have_three_digits(self) -> None:
        self.assertEqual([compare.milliseconds(x) for x in (1234567, 99e6, 5e3, 0)], ["1.23", "99.0", "0.00500", "0"])


class WrongResults(Folder):
    def test_who_is_wrong_is_named_and_not_ranked(self) -> None:
        for n in (1, 2):
            self.write(f"0{n}-tnbench", result("a", 1e6), result("b", 1e6))
            self.write(f"0{n}-right", result("a", 2e6), result("b", 2e6))
        self.write("01-once", result("a", 1e5), result("b", 1e5))
        self.write("02-once", result("a", 1e5), result("b", 1e5, WRONG))  # one of two rounds will do
        self.assertEqual(compare.ratios(self.table()["b", "p", ""], "once"), [])
        first, second = compare.standings(self.table())
        self.assertEqual((first.program, first.reason, first.best), ("right", "", 1))
        self.assertEqual([name for _, name, _ in compare.leaders(self.table())], ["once", "right"])
        self.assertEqual((second.program, second.reason, second.best), ("once", "wrong on 1 of 2", 1))
        _, text = self.published()
        self.assertIn("wrong: once on b p: digest: wsum 6.0", text)
        self.assertNotRegex(text, r"\| b +\| p +\| once")

    def test_what_a_peer_found_wrong_itself_counts(self) -> None:
        self.write("01-tnbench", result("a", 1e6))
        self.write("01-peer", result("a", 1e6, error="digest: sum 1, want 2"))
        self.assertEqual(compare.standings(self.table())[0].reason, "wrong on 1 of 1")

    def test_a_result_without_a_digest_is_wrong(self) -> None:
        self.write("01-tnbench", result("a", 1e6))
        self.write("01-peer", result("a", 1e6, None))
        self.assertEqual(compare.ratios(self.table()["a", "p", ""], "peer"), [])

    def test_digests(self) -> None:
        self.assertEqual(digest.difference(RIGHT, RIGHT, "float64"), "")
        near = {**RIGHT, "sum": 3.0 + 1e-6}
        self.assertEqual(digest.difference(near, RIGHT, "float32"), "")
        self.assertIn("sum", digest.difference(near, RIGHT, "float64"))
        for field, value in (("shape", [1, 2]), ("sum", [4, 2.1]), ("l2", 3.0), ("wsum", [float("nan"), 0])):
            self.assertIn(field, digest.difference({**RIGHT, field: value}, RIGHT, "complex128"))


class Missing(Folder):
    def test_who_was_not_measured_everywhere_is_not_ranked(self) -> None:
        self.write("01-tnbench", result("a", 1e6), result("b", 1e6))
        self.write("01-part", result("a", 1e5), {"instance": "b", "path": "p", "error": "knows float64 only", "unsupported": True})
        self.write("01-dead", result("a", 1e5), {"instance": "b", "path": "p", "error": "ended by SIGABRT"})
        reasons = {standing.program: standing.reason for standing in compare.standings(self.table())}
        self.assertEqual(reasons, {"part": "measured on 1 of 2 only", "dead": "measured on 1 of 2 only"})
        noisy = json.loads((self.folder / "01-part.json").read_text()) | {"warnings": [{"code": "load", "message": "busy"}]}
        (self.folder / "01-part.json").write_text(json.dumps(noisy))
        code, text = self.published(skipped=["absent: no compiler"], interrupted=True)
        self.assertEqual(code, 0)
        for line in ("unsupported: part on b p: knows", "failed: dead on b p: ended", "skipped: absent: no compiler", "warning: busy", "interrupted:"):
            self.assertIn(line, text)

    def test_nothing_to_compare_is_a_failure(self) -> None:
        self.write("01-peer", result("a", 1e6))
        self.assertEqual(compare.standings(self.table())[0].reason, "nothing to compare")
        self.assertEqual(self.published()[0], 1)

    def test_json_is_one_document_of_tnbench(self) -> None:
        for n in (1, 2):
            self.write(f"0{n}-tnbench", result("a", n * 1e6, alloc="slab"))
            self.write(f"0{n}-bad", result("a", 1e3, WRONG, alloc="bad"))
            self.write(f"0{n}-peer", result("a", 3e6, alloc="peer"))
        document = json.loads(self.published("json")[1])
        self.assertEqual((document["schema"], document["settings"]), ("tnbench/1", {"threads": 1}))
        ours, bad, theirs = sorted(document["results"], key=lambda r: ("slab", "bad", "peer").index(r["alloc"]))
        self.assertEqual((ours["samples_ns"], ours["median_ns"]), ([1e6, 2e6], 1.5e6))
        self.assertEqual((theirs["ratio"], theirs["round_ratios"]), ({"to": "slab", "median": 2.25}, [3, 1.5]))
        self.assertIn("wsum", bad["error"])
        self.assertNotIn("median_ns", bad)
        self.assertEqual([(p["peer"], p["rank"]) for p in document["peers"]], [("peer", 1), ("bad", None)])


class Turns(Folder):
    def options(self, **more: object) -> argparse.Namespace:
        usual = {"rounds": 2, "seed": 1, "instances": self.files("a", "b"), "max_time": 60, "timeout": 60, "path": "p", "scratch": self.folder}
        return argparse.Namespace(**{**usual, **more})

    def files(self, *names: str) -> list[Path]:
        (self.folder / "in").mkdir(exist_ok=True)
        for name in names:
            (self.folder / "in" / f"{name}.json").write_text(json.dumps({"name": name}), encoding="utf-8")
        return [self.folder / "in" / f"{name}.json" for name in names]

    def run_(self, script: str, **more: object) -> tuple[bool, dict[str, dict[str, str]]]:
        """Runs a Python script with the names of output, instance and program for
        every turn. Returns what is said of each instance in a program's round."""

        def command(program: rounds.Program, file: Path, _: object, __: object, output: Path) -> list[str]:
            return [sys.executable, "-c", script, str(output), file.stem, program.name]

        programs = [rounds.Program("tnbench"), rounds.Program("peer+kept", "peer", True)]
        with mock.patch.object(rounds, "command", command), contextlib.redirect_stderr(io.StringIO()):
            done = rounds.run(programs, self.options(**more), self.folder, self.folder)
        said = {}
        for file in sorted(self.folder.glob("0*.json")):
            said[file.stem] = {r["instance"]: r.get("error", "") for r in json.loads(file.read_text())["results"]}
        return done, said

    SCRIPT = """
import json, os, sys
output, instance, program = sys.argv[1:]
if (instance, program) == ("a", "peer+kept"):
    %s
json.dump({"results": [{"instance": instance, "path": "p", "median_ns": 1}]}, open(output, "w"))
"""

    def test_all_take_their_turns(self) -> None:
        done, said = self.run_(self.SCRIPT % "pass")
        self.assertTrue(done)
        self.assertEqual(said, {f"0{n}-{p}": {"a": "", "b": ""} for n in (1, 2) for p in ("peer+kept", "tnbench")})

    def test_who_dies_takes_nobody_along(self) -> None:
        for death, reason in (("os.abort()", "ended by SIGABRT"), ("sys.exit('error: no room')", "error: no room"), ("sys.exit(0)", "no results")):
            _, said = self.run_(self.SCRIPT % death, rounds=1)
            self.assertIn(reason, said["01-peer+kept"].pop("a"))
            self.assertEqual(said, {"01-peer+kept": {"b": ""}, "01-tnbench": {"a": "", "b": ""}})
            for file in self.folder.glob("0*.json"):
                file.unlink()

    def test_who_hangs_is_ended(self) -> None:
        start = time.monotonic()
        _, said = self.run_(self.SCRIPT % "import time; time.sleep(60)", rounds=1, timeout=3)
        self.assertIn("took more than 3 s", said["01-peer+kept"]["a"])
        self.assertLess(time.monotonic() - start, 50)

    def test_time_is_bounded(self) -> None:
        done, said = self.run_(self.SCRIPT % "pass", max_time=0)
        self.assertEqual((done, said), (False, {}))

    def test_an_interrupt_keeps_what_was_measured(self) -> None:
        turns = iter([{"results": [result("a", 1e6)]}, KeyboardInterrupt])

        def turn(*_: object) -> object:
            value = next(turns)
            if value is KeyboardInterrupt:
                raise KeyboardInterrupt
            return value

        (file,) = self.files("a")
        words = ["--tnbench", "x", "--peers", "numpy", "--keep", str(self.folder), str(file)]
        out = io.StringIO()
        with (
            mock.patch.object(rounds, "turn", turn),
            mock.patch.object(rounds, "wanted", lambda *_: [rounds.Program("numpy", "numpy")]),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(io.StringIO()),
        ):
            self.assertEqual(rounds.main(words), 130)
        self.assertIn("interrupted", out.getvalue())
        self.assertEqual(len(list(self.folder.glob("01-*.json"))), 1)

    def test_the_order_is_shuffled_and_complete(self) -> None:
        programs = [rounds.Program(name) for name in "abcdefgh"]
        files = self.files("x", "y")
        order = list(rounds.turns(programs, files, 2, 7))
        self.assertEqual(order, list(rounds.turns(programs, files, 2, 7)))
        groups = ["".join(p.name for *_, p in order[n : n + 8]) for n in range(0, 32, 8)]
        self.assertEqual([(n, f.stem) for n, f, _ in order[::8]], [(1, "x"), (1, "y"), (2, "x"), (2, "y")])
        self.assertTrue(all(sorted(group) == list("abcdefgh") for group in groups))
        self.assertGreater(len(set(groups)), 1)


class Installing(Folder):
    def test_what_can_not_be_had_is_remembered_with_its_reason(self) -> None:
        class Odd(peer.Peer):
            name = "odd"
            packages = ("odd",)

        calls = []

        def pip(packages: list[str], cache: Path, seconds: float) -> str:
            calls.append(packages)
            return "ERROR: No matching distribution"

        with mock.patch.object(build, "_pip", pip), contextlib.redirect_stderr(io.StringIO()):
            self.assertEqual(build.why_not(Odd(), self.folder), "not installed yet: odd")
            for again, tries in ((False, 1), (False, 1), (True, 2)):
                self.assertIn("No matching", build.install(Odd(), self.folder, 5, again))
                self.assertIn("No matching", build.why_not(Odd(), self.folder))
                self.assertEqual(len(calls), tries)

    def test_reasons_are_a_line_without_addresses(self) -> None:
        said = "warning: x\nerror: failed\nCaused by:\n  can't reach proto://somewhere/x\nnote: y\n"
        self.assertEqual(build.summary(said), "error: failed Caused by: can't reach …")
        self.assertEqual(build.summary("a\nb\nc\n"), "b c")
        self.assertIn("can't be run", build.bounded([str(self.folder / "none")], 5))

    def test_a_list_needs_nothing(self) -> None:
        out = io.StringIO()
        with mock.patch.object(build, "cache_folder", lambda: self.folder), contextlib.redirect_stdout(out):
            self.assertEqual(rounds.main(["--list"]), 0)
        for name in peer.known():
            self.assertRegex(out.getvalue(), rf"\| {name} +\| no ")

    def test_manifests_name_what_is_built(self) -> None:
        for each in peer.known().values():
            if each.crates:
                files = build.sources(each)
                self.assertEqual(len(files), 3)
                for crate in each.crates:
                    self.assertIn(f"{crate} = ", files["Cargo.toml"])


if __name__ == "__main__":
    unittest.main()
