"""The code behind a result: a digest of what it does, blind to paths, and the changes that do not matter to it.

A result holds while the rules it was made by are the present ones. Rules are named by groups of files. The digest of a
group counts every definition in its files, wherever it stands and in whatever order; imports, comments and docstrings
are not counted. So a file may move or be split without any harm.

A change that leaves every result as it was, such as a new name for a variable, gives another digest all the same.
``python benchmarks/verdicts/rules.py neutral "why"`` declares it neutral: older results hold on. Every other change is
noted with ``python benchmarks/verdicts/rules.py changed``, and results of the old code are stale from then on.
"""

from __future__ import annotations

import ast
import hashlib
import json
from functools import cache
from pathlib import Path
from typing import TypedDict

import gatewise

FOLDERS = {"gatewise": Path(gatewise.__file__).parent, "benchmarks": Path(__file__).parents[1]}

RULES = tuple(sorted(path.stem for path in (FOLDERS["gatewise"] / "rules").glob("*.py")))
"""All simple rules and the tuple that lists them: a new one is one more to beat."""

TRAINED = (
    "gatewise/metrics.py",
    *(
        f"gatewise/{room}/{name}.py"
        for room, names in {
            "data": ("prepare", "split", "terms", "timeline", "windows"),
            "tasks": ("classify", "forecast", "sequences", "windows"),
            "rules": RULES,
            "model": ("losses", "network"),
            "experiment": (
                "outline",
                "match",
                "plan",
                "choice",
                "tune",
                "learner",
                "second",
                "train",
                "runner",
                "confirm",
            ),
            "experiment/loops": ("protocol", "plain"),
        }.items()
        for name in names
    ),
)
"""What fits are made by: metrics, parts of the data, models and losses, the plan, the choice of configurations, the
training.

Left out, so that hours of training are not thrown away for nothing: `nn`, `kernels`, `csrc` and the loop that calls
them, which their own tests hold to the same equations and initial weights, so that a change moves bits and not what is
learned; `seeds`, for any draw is as good as another; readers of files, whose work the tests of `data` fix; options,
whose values count by themselves. Of `gatewise.judge.looks` only `CAPPED` reaches the fits of a pool: who changes it
trains anew."""

SYMBOLS = (
    *(f"gatewise/tasks/{name}.py" for name in ("next_frame", "next_symbol", "pieces", "stretches")),
    *(f"gatewise/data/{name}.py" for name in ("alphabet", "mel", "sounds", "symbols", "texts", "words")),
    "gatewise/experiment/loops/lanes.py",
    "gatewise/experiment/loops/streamed.py",
)
"""What fits of texts, events, music and sounds are made by beside these."""

MADE = tuple(
    f"gatewise/made/{name}.py"
    for name in (
        *("family", "file", "noise", "linear", "tent_map", "delayed_echo"),
        *("shuffled_labels", "counting", "parity", "adding", "anbn", "copy_memory"),
    )
)
"""What makes the data of planted truths."""

RULE = ("decide", "interval", "longrun", "posterior", "reach", "spending", "variance")
"""Files of `stats` that the rule is in."""

JUDGED = (
    "gatewise/arms.py",
    *(f"gatewise/judge/{name}.py" for name in ("cheaper", "looks", "seen", "tables")),
    *(f"gatewise/stats/{name}.py" for name in (*RULE, "skill")),
)
"""What makes a verdict of fits. The rest of `stats` is second opinions."""

DEALT = ("benchmarks/verdicts/_exhaustive.py", "benchmarks/verdicts/_redeal.py")
"""What reads a pool and deals comparisons from it."""

CONCLUDED = ("gatewise/judge/advice.py", "gatewise/judge/conclude.py")
"""What recommends a cell at the end of a run."""

SIMULATED = (
    *(f"gatewise/stats/{name}.py" for name in RULE),
    *(f"benchmarks/verdicts/{name}.py" for name in ("_simulate", "_simulate_choices")),
)
"""What makes and judges simulated comparisons."""

KINDS = (*SIMULATED, "benchmarks/verdicts/_simulate_kinds.py", "gatewise/stats/skill.py")
"""What makes and judges simulated right and wrong answers in blocks of many sizes."""

PANELS = (
    *SIMULATED,
    "benchmarks/verdicts/_simulate_panels.py",
    *(f"gatewise/judge/{name}.py" for name in ("looks", "seen", "tables")),
    "gatewise/stats/skill.py",
    *(f"gatewise/data/{name}.py" for name in ("split", "timeline", "windows")),
    "gatewise/tasks/forecast.py",
)
"""What makes and judges simulated forecasts of several series: windows and test blocks are the task's."""

GROUPS = {
    "trained": TRAINED,
    "trained on made data": TRAINED + MADE,
    "trained on symbols": TRAINED + SYMBOLS,
    "judged, pools": JUDGED + DEALT,
    "judged, runs": JUDGED + CONCLUDED,
    "simulated": SIMULATED,
    "simulated choices": (*SIMULATED, "gatewise/experiment/choice.py"),
    "simulated kinds": KINDS,
    "simulated panels": PANELS,
}
"""What results hang on, by name."""

LEDGER = Path(__file__).parent / "rules.json"
"""Present digest of every group, and the neutral changes: each old digest, the one it became, and why nothing changed.

It is one file, so that a change of the code and what it means for the results stand in the same commit."""


def present(group: str) -> str:
    """The digest of a group of files as they are here."""
    return digest(GROUPS[group])


def up_to_date(name: str, ledger: Path | None = None) -> str:
    """The digest that ``name`` has become by neutral changes; ``name`` itself where none followed."""
    held, seen = read(ledger), [name]
    for digest in seen:  # which grows: changes that were merged each begin at the digest before both
        if digest in held["present"].values():
            return digest
        seen += [each["to"] for each in held["neutral"] if each["from"] == digest and each["to"] not in seen]
    return seen[-1]


class Ledger(TypedDict):
    """What `LEDGER` holds."""

    present: dict[str, str]  # group -> digest
    neutral: list[dict[str, str]]  # from, to, why; in their order


def read(ledger: Path | None = None) -> Ledger:
    """The ledger; by default the committed one."""
    found: Ledger = json.loads((ledger or LEDGER).read_text("utf-8"))
    return found


# --------------------------------------------------------------------------------------------------
# Digests


@cache
def digest(names: tuple[str, ...]) -> str:
    """A name for what files do together.

    Files are read once: a process goes on with the code that it began with, however they change meanwhile.
    """
    return hashlib.sha256(repr(sorted(part for name in names for part in _definitions(name))).encode()).hexdigest()[:12]


def _definitions(name: str) -> list[str]:
    """Every definition of a file as text without layout."""
    folder, _, file = name.partition("/")
    tree = ast.parse((FOLDERS[folder] / file).read_bytes())
    return [repr(_meaning(node)) for node in tree.body if not (_is_text(node) or _is_import(node))]


def _meaning(node: object) -> object:
    """A syntax tree as nested tuples, the same for every version of Python: what is empty is left out."""
    if isinstance(node, ast.AST):
        fields = [(name, value) for name, value in ast.iter_fields(node) if value is not None and value != []]
        return type(node).__name__, *((name, _meaning(value)) for name, value in fields)
    if isinstance(node, list):
        return tuple(_meaning(item) for item in node if not _is_text(item))
    return repr(node)


def _is_text(node: object) -> bool:
    """Whether it is a docstring, or another text that stands alone."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _is_import(node: ast.stmt) -> bool:
    """Whether it imports, for everybody or for the type checker alone."""
    return isinstance(node, (ast.Import, ast.ImportFrom)) or (
        isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
    )
