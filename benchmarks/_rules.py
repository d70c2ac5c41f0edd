"""Names for the code behind a result: digests of the files whose change would make it another one."""

from __future__ import annotations

import ast
import hashlib
import subprocess
from functools import cache
from pathlib import Path

import gatewise

FOLDERS = {"gatewise": Path(gatewise.__file__).parent, "benchmarks": Path(__file__).parent}

TRAINED = (
    *(f"gatewise/data/{name}.py" for name in ("prepare", "split", "windows")),
    *(f"gatewise/tasks/{name}.py" for name in ("baselines", "classify", "forecast", "network")),
    *(f"gatewise/experiment/{name}.py" for name in ("outline", "match", "plan", "tune", "train", "runner", "confirm")),
)
"""What fits are made by: parts of the data, models and losses, the plan, the choice of configurations, the training.

Left out, so that hours of training are not thrown away for nothing: `nn`, `kernels` and `csrc`, which their own tests
hold to the same equations and initial weights, so that a change moves bits and not what is learned; `seeds`, for any
draw is as good as another; readers of files, whose work the tests of `data` fix; options, whose values count by
themselves. Of `gatewise.judge` only `CAPPED` reaches the fits of a pool: who changes it trains anew."""

MADE = ("gatewise/data/synthetic.py",)
"""What makes the data of planted truths."""

JUDGED = (
    "gatewise/cells.py",
    "gatewise/judge.py",
    *(f"gatewise/stats/{name}.py" for name in ("blocks", "decide", "skill", "variance")),
)
"""What makes a verdict of fits. The rest of `stats` is second opinions."""

DEALT = ("benchmarks/_exhaustive.py", "benchmarks/_redeal.py")
"""What reads a pool and deals comparisons from it."""

CONCLUDED = ("gatewise/conclude.py",)
"""What recommends a cell at the end of a run."""


@cache
def digest(names: tuple[str, ...], commit: str | None = None) -> str:
    """A name for what files do, in a commit or here: comments, docstrings and line breaks are not counted.

    Files are read once: a process goes on with the code that it began with, however they change meanwhile.
    """
    return _hash([(name, _meaning(ast.parse(_source(name, commit)))) for name in names])


def _source(name: str, commit: str | None) -> bytes:
    folder, _, file = name.partition("/")
    if commit is None:
        return (FOLDERS[folder] / file).read_bytes()
    path = f"src/{name}" if folder == "gatewise" else name
    show = ["git", "-C", str(FOLDERS["benchmarks"]), "show", f"{commit}:{path}"]
    return subprocess.run(show, check=True, capture_output=True).stdout


def _hash(content: object) -> str:
    return hashlib.sha256(repr(content).encode()).hexdigest()[:12]


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
