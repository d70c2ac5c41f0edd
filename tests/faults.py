"""Forty seeded faults, each of which some test has to catch: ``make faults``, or ``python tests/faults.py NAME...``.

A fault is a piece of source text, found by searching src/ and csrc/ and never by path, and what it is changed to. Each
is put into a copy of the tree under build/faults, the extension is built again where C++ changed, and the tests that
should see it are run until the first failure. All must be caught before tests are cut, and after it. Where a formula
has changed, ``tests/test_faults.py`` says which text to find anew; where one is gone, another fault takes its place.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
PLACE = ROOT / "build" / "faults"
COPIED = ("CMakeLists.txt", "pyproject.toml", "README.md", "csrc", "src", "tests", "examples")
SOURCES = (("src", ".py"), ("csrc", ".h"), ("csrc", ".cpp"))


class Fault(NamedTuple):
    """One fault.

    Attributes:
        name: What is wrong.
        room: Where, as a hint to the reader: csrc, kernels, reference, stats, data, ...
        text: What occurs exactly once in the sources.
        faulty: What it is changed to.
        tests: Names of the test files that should see it, space-separated; folders do not matter.
    """

    name: str
    room: str
    text: str
    faulty: str
    tests: str


FAULTS = [
    # -------------------------------------------------------------------------------------- kernels
    Fault(
        "peephole-owes-the-cell-nothing",
        "csrc",
        "dc += load(dmade + u) + so * peephole(e, 2, H, u, edge);",
        "dc += load(dmade + u);",
        "test_equations.py",
    ),
    Fault(
        "second-bias-outside-the-reset",
        "csrc",
        "if (bias_hh) packed[l.h_block[g] + u] += bias_hh[g * hidden + u];",
        "if (bias_hh) packed[l.x_block[g] + u] += bias_hh[g * hidden + u];",
        "test_equations.py",
    ),
    Fault(
        "reset-behind-the-first-step-in-reverse",
        "csrc",
        "bool due = false, begun = !reverse_;",
        "bool due = false, begun = true;",
        "test_equations.py",
    ),
    Fault(
        "chunk-of-one-row-dropped",
        "csrc",
        "if (depth > 0 && partial) weight_gradients(s, own, depth);",
        "if (depth > 1 && partial) weight_gradients(s, own, depth);",
        "test_equations.py",
    ),
    Fault(
        "last-block-of-rows-left-out-of-weights",
        "csrc",
        "for (int64_t block = 1; block < call.blocks.count; ++block) {",
        "for (int64_t block = 1; block + 1 < call.blocks.count; ++block) {",
        "test_equations.py",
    ),
    Fault(
        "half-a-panel-too-often",
        "csrc",
        "return 0 < rest && rest <= LANES<T> ? columns / PANEL<T> : -1;",
        "return 0 < rest && rest <= LANES<T> + 1 ? columns / PANEL<T> : -1;",
        "test_equations.py",
    ),
    Fault(
        "hard-sigmoid-has-a-slope-at-its-end",
        "csrc",
        "(Integers)(y > T(0)) & (Integers)(y < T(1)));",
        "(Integers)(y > T(0)) & (Integers)(y <= T(1)));",
        "test_equations.py",
    ),
    Fault(
        "layer-norm-with-another-epsilon",
        "csrc",
        "constexpr T EPSILON = T(1e-5);",
        "constexpr T EPSILON = T(2e-5);",
        "test_equations.py",
    ),
    Fault(
        "zoneout-shown-in-h",
        "csrc",
        "store(c + u, after), store(made + u, cell), block.store(gates + 3 * P + u, o);",
        "store(c + u, after), store(made + u, after), block.store(gates + 3 * P + u, o);",
        "test_equations.py",
    ),
    Fault(
        "cell-gradient-leaks-over-a-reset",
        "csrc",
        "clear(s.calendar.anew(t), at.state, own.begin, own.end - own.begin, s.dc);",
        "",
        "test_equations.py",
    ),
    Fault(
        "stretch-of-another-block",
        "csrc",
        "if (!kept.has(t)) return kept_state(f, model, stretch, rows.first + slot) + sizes.hidden;",
        "if (!kept.has(t)) return kept_state(f, model, stretch, slot) + sizes.hidden;",
        "test_bits.py",
    ),
    Fault(
        "peepholes-of-another-model",
        "csrc",
        "advance(e.peepholes, model * 3 * H)",
        "advance(e.peepholes, model * 2 * H)",
        "test_bits.py",
    ),
    Fault(
        "gates-of-masked-steps-not-cleared",
        "kernels",
        "steps.lengths is None\n            and steps.mask is None\n            and layout.width",
        "steps.lengths is None\n            and layout.width",
        "test_operator.py",
    ),
    Fault(
        "coupled-peephole-with-the-wrong-sign",
        "reference",
        "torch.cat([peepholes[:1], -peepholes[:1], peepholes[1:]])",
        "torch.cat([peepholes[:1], peepholes[:1], peepholes[1:]])",
        "test_variant.py",
    ),
    # -------------------------------------------------------------------------------------- statistics
    Fault(
        "satterthwaite-counts-one-too-many",
        "stats",
        "shares = sum(part * part / count for part, count in parts if count > 0)",
        "shares = sum(part * part / (count + 1) for part, count in parts if count > 0)",
        "test_variance.py",
    ),
    Fault(
        "choices-pay-for-a-group-too-many",
        "stats",
        "max(0.0, (between - (groups - 1) * noise) / (n - 1))",
        "max(0.0, (between - groups * noise) / (n - 1))",
        "test_variance.py",
    ),
    Fault(
        "holm-not-monotone",
        "stats",
        "running = max(running, (len(p_values) - rank) * p_values[k])",
        "running = (len(p_values) - rank) * p_values[k]",
        "test_multiple.py",
    ),
    Fault(
        "linear-form-without-the-reference",
        "stats",
        "whole + (part - whole * reference) / reference.mean()",
        "part / reference.mean()",
        "test_skill.py",
    ),
    Fault(
        "diebold-mariano-small-sample-factor",
        "stats",
        "factor = (n + 1 - 2 * h + h * (h - 1) / n) / n",
        "factor = (n + 1 - 2 * h + h * (h + 1) / n) / n",
        "test_forecasts.py",
    ),
    Fault(
        "resampled-share-of-all-not-of-training",
        "stats",
        "np.sqrt(1.0 / n + test_share / (1.0 - test_share))",
        "np.sqrt(1.0 / n + test_share)",
        "test_resampled.py",
    ),
    Fault(
        "a-look-forgets-what-was-spent",
        "stats",
        "step = max(wanted - already, LEAST)",
        "step = max(wanted, LEAST)",
        "test_spending.py",
    ),
    Fault(
        "not-worse-on-the-wrong-side",
        "stats",
        'found.append(Claim("not-worse", "first"))',
        'found.append(Claim("not-worse", "second"))',
        "test_decide.py",
    ),
    Fault(
        "one-cell-no-better-is-neither",
        "stats",
        "if over and all(at_most(one, margin) for one in over)",
        "if over and any(at_most(one, margin) for one in over)",
        "test_decide.py",
    ),
    Fault(
        "posterior-with-another-degree-of-freedom",
        "stats",
        "mean.standard_error, mean.freedom)",
        "mean.standard_error, mean.freedom + 1.0)",
        "test_posterior.py",
    ),
    Fault(
        "last-cosine-dropped",
        "stats",
        'norm="ortho")[1 : count + 1]',
        'norm="ortho")[1:count]',
        "test_longrun.py",
    ),
    Fault(
        "bootstrap-draws-n-of-n",
        "stats",
        "size = max(1, n - 1)",
        "size = n",
        "test_bootstrap.py",
    ),
    # -------------------------------------------------------------------------------------- splits and preparation
    Fault(
        "training-reaches-into-validation",
        "data",
        "ends[(at >= window) & (at <= middle - 2 * horizon)]",
        "ends[(at >= window) & (at <= middle - horizon)]",
        "test_windows.py",
    ),
    Fault(
        "last-test-window-lost",
        "data",
        "test = _spaced(max(window, border), end - horizon + 1, horizon, TEST_WINDOWS, timeline.count, seasons)",
        "test = _spaced(max(window, border), end - horizon, horizon, TEST_WINDOWS, timeline.count, seasons)",
        "test_windows.py",
    ),
    Fault(
        "short-last-block-stands-alone",
        "data",
        "whole = max(1, (steps.max() + 1 - steps.min()) // block)",
        "whole = max(1, (steps.max() + block - steps.min()) // block)",
        "test_windows.py",
    ),
    Fault(
        "last-known-target-lost",
        "data",
        "max(0, len(targets) - horizon + 1)",
        "max(0, len(targets) - horizon)",
        "test_windows.py",
    ),
    Fault(
        "validation-takes-a-whole-class",
        "data",
        "chosen[members[: min(wanted, len(members) - 1)]] = True",
        "chosen[members[: min(wanted, len(members))]] = True",
        "test_split.py",
    ),
    Fault(
        "missing-rows-count-in-the-spread",
        "data",
        "(rows - mean) ** 2)) / count)",
        "(rows - mean) ** 2)) / len(training))",
        "test_prepare.py",
    ),
    # -------------------------------------------------------------------------------------- readers
    Fault(
        "duplicates-in-reverse-order",
        "data",
        "np.lexsort((stamps, members))",
        "np.lexsort((-np.arange(len(stamps)), stamps, members))",
        "test_table.py",
    ),
    Fault(
        "mean-of-duplicates-counts-missing-ones",
        "data",
        "np.add.reduceat(known.astype(np.int64), starts, axis=0)",
        "np.add.reduceat(np.ones_like(known, dtype=np.int64), starts, axis=0)",
        "test_table.py",
    ),
    Fault(
        "two-decimal-marks-in-one-table",
        "data",
        "if len(places) == 2:",
        "if len(places) == 3:",
        "test_text.py",
    ),
    Fault(
        "last-row-of-a-table-lost",
        "data",
        """    if rest:
        yield rest""",
        """    if rest and not rest:
        yield rest""",
        "test_table.py",
    ),
    Fault(
        "rarest-distance-is-the-step",
        "data",
        "return values[counts.argmax()] if common",
        "return values[counts.argmin()] if common",
        "test_steps.py",
    ),
    Fault(
        "ts-lengths-not-compared-with-the-first",
        "data",
        "return len(sequence), sequence.shape[1] if equal else None, equal",
        "return len(sequence), steps, equal",
        "test_sequences.py",
    ),
    Fault(
        "own-split-counts-the-tested",
        "data",
        "test_start=int(len(tested) - tested.sum())",
        "test_start=int(tested.sum())",
        "test_sequences.py",
    ),
    Fault(
        "zoned-times-keep-their-clock",
        "data",
        "instants = wall - offsets * MINUTE",
        "instants = wall",
        "test_stamps.py",
    ),
]


def places(text: str, root: Path = ROOT) -> list[Path]:
    """The source files that hold a text, once for each time."""
    found = []
    for folder, ending in SOURCES:
        for path in sorted((root / folder).rglob(f"*{ending}")):
            if "tests" not in path.relative_to(root).parts:
                found += [path] * path.read_text("utf-8").count(text)
    return found


class Scratch:
    """A copy of the tree that faults are put into, kept from run to run so that little is compiled twice."""

    def __init__(self, place: Path) -> None:
        self.tree, self.build, self.cache = place / "tree", place / "cmake", place / "built"
        for folder in (self.tree, self.cache):
            folder.mkdir(parents=True, exist_ok=True)
        wanted: dict[Path, Path] = {}
        for name in COPIED:
            paths = (ROOT / name).rglob("*") if (ROOT / name).is_dir() else [ROOT / name]
            kept = (p for p in paths if p.is_file() and p.suffix not in (".pyc", ".so"))
            wanted |= {self.tree / p.relative_to(ROOT): p for p in kept}
        for old in self.tree.rglob("*"):
            if old.is_file() and old not in wanted:
                old.unlink()
        for to, source in wanted.items():
            write(to, source.read_bytes())

    def extension(self) -> None:
        """Put the extension built from this csrc beside the package."""
        digest = hashlib.sha256()
        for path in sorted([self.tree / "CMakeLists.txt", *(self.tree / "csrc").glob("*.*")]):
            digest.update(path.name.encode() + path.read_bytes())
        built = self.cache / digest.hexdigest()[:16]
        if not built.is_dir():
            tools = Path(sys.executable).parent
            hints = subprocess.check_output([sys.executable, "-m", "nanobind", "--cmake_dir"], text=True).strip()
            configure = [
                tools / "cmake", "-S", self.tree, "-B", self.build, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release",
                "-DCMAKE_CXX_FLAGS_RELEASE=-O1 -DNDEBUG", f"-DCMAKE_MAKE_PROGRAM={tools / 'ninja'}",
                f"-DPython_EXECUTABLE={sys.executable}", f"-Dnanobind_DIR={hints}",
            ]  # fmt: skip
            for command in (configure, [tools / "cmake", "--build", self.build]):
                done = subprocess.run(command, capture_output=True, text=True, check=False)
                if done.returncode:
                    raise SystemExit(f"the extension does not build:\n{done.stdout[-4000:]}{done.stderr[-4000:]}")
            (partial := built.with_suffix(".partial")).mkdir(exist_ok=True)
            for file in self.build.glob("_native*.so"):
                shutil.copy2(file, partial)
            partial.rename(built)
        for file in built.iterdir():
            shutil.copy2(file, self.tree / "src" / "gatewise")

    def test(self, names: str) -> tuple[str, str]:
        """Run test files until the first failure; pytest's word for it, none where all pass, and the test."""
        files = [str(path) for name in names.split() for path in sorted((self.tree / "tests").rglob(name))]
        # Without `site` (-S) an editable install's hook does not bring in the package that has no fault.
        packages = [entry for entry in sys.path if "-packages" in entry]
        environment = os.environ | {
            "PYTHONPATH": os.pathsep.join([str(self.tree / "src"), *packages]),
            "OMP_WAIT_POLICY": "passive",
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        command = [sys.executable, "-S", "-m", "pytest", "-x", "-q", "--no-header", "-p", "no:cacheprovider", *files]
        done = subprocess.run(
            command, cwd=self.tree, env=environment, capture_output=True, text=True, timeout=1200, check=False
        )
        failed = re.search(r"^(FAILED|ERROR) (?:\S*/)?(\S+\.py.*?)(?: - .*)?$", done.stdout, re.MULTILINE)
        if failed:
            return failed.group(1), failed.group(2)
        return ("ERROR", done.stdout[-300:] + done.stderr[-300:]) if done.returncode else ("", "")


def write(path: Path, data: bytes) -> None:
    """Write where something differs, with the time of now, by which ninja knows what to build."""
    if not path.is_file() or path.read_bytes() != data:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def seed(fault: Fault, scratch: Scratch) -> tuple[bool, str]:
    """Whether a fault is caught, and by which test."""
    found = places(fault.text, scratch.tree)
    if len(found) != 1:
        return False, f"its text occurs {len(found)} times"
    (path,), whole = found, found[0].read_bytes()
    write(path, whole.replace(fault.text.encode(), fault.faulty.encode()))
    try:
        scratch.extension()
        said, test = scratch.test(fault.tests)
    finally:
        write(path, whole)
    return said == "FAILED", test if said == "FAILED" else f"{said} {test}"  # in an error nothing was tested


def main() -> None:
    """Seed the faults that are named, or all, and tell which test catches each."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="of faults, or of rooms; all where none is given")
    parser.add_argument("--place", type=Path, default=PLACE, help="folder of the copy (default: build/faults)")
    asked = parser.parse_args()
    chosen = [fault for fault in FAULTS if not asked.names or {fault.name, fault.room} & set(asked.names)]
    scratch = Scratch(asked.place)
    missed = 0
    for fault in chosen:
        start = time.monotonic()
        caught, test = seed(fault, scratch)
        missed += not caught
        told = test if caught else f"NOT CAUGHT {test}"
        print(f"{fault.room:<10} {fault.name:<42} {told}  {time.monotonic() - start:.0f} s", flush=True)
    print(f"{len(chosen) - missed} of {len(chosen)} caught")
    sys.exit(missed > 0)


if __name__ == "__main__":
    main()
