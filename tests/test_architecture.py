"""The shape of the house: imports go down only, files and functions stay small."""

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "gatewise"

# From the ground up. A file may import from floors below its own, and within its own room.
FLOORS = [
    {"errors", "seeds"},
    {"languages"},
    {"text"},
    {"stats", "data", "display"},
    {"made", "reference"},
    {"arms", "kernels", "metrics"},
    {"run", "nn"},
    {"convert", "judge", "understand"},
    {"tasks"},
    {"rules"},
    {"model"},
    {"experiment", "explain"},
    {"report"},
    {"comparison", "estimators", "patched"},
    {"cli"},
    {"__main__"},
    {"__init__"},
]
FLOOR = {room: level for level, rooms in enumerate(FLOORS) for room in rooms}

# Rooms that must work on a machine that cannot train.
WITHOUT_TORCH = [
    "errors",
    "seeds",
    "languages",
    "text",
    "arms",
    "metrics",
    "stats",
    "data",
    "display",
    "made",
    "run",
    "judge",
    "understand",
    "tasks",
    "report",
]

FILE_LINES, FUNCTION_LINES, MOST_FUNCTIONS, SHARE = 400, 70, 45, 0.95

FILES = sorted(PACKAGE.rglob("*.py"))

MOST_AT_ROOT = 10


def room(path: Path) -> str:
    """The top-level module or package a file belongs to."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def where(path: Path) -> str:
    """The file, for a message."""
    return str(path.relative_to(PACKAGE))


@cache
def text(path: Path) -> str:
    """What a file says."""
    return path.read_text("utf-8")


@cache
def tree(path: Path) -> ast.Module:
    """It, parsed."""
    return ast.parse(text(path))


@cache
def imports(path: Path, *, top_only: bool = False, typing: bool = False) -> set[str]:
    """Modules that a file imports; those for the type checker alone count only where ``typing`` says so."""
    skipped = {
        id(inner)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING" and not typing
        for inner in ast.walk(node)
    }
    nodes = tree(path).body if top_only else ast.walk(tree(path))
    found: set[str] = set()
    for node in nodes:
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def within(path: Path, *, typing: bool) -> set[Path]:
    """Files of the same room that a file reaches by its imports and theirs."""
    seen: set[Path] = set()
    waiting = list(imports(path, typing=typing))
    while waiting:
        name = waiting.pop()
        file = _file(name) or _file(name.rpartition(".")[0])
        if file is not None and file not in seen and room(file) == room(path):
            seen.add(file)
            waiting += imports(file, typing=typing)
    return seen


def _file(module: str) -> Path | None:
    path = PACKAGE.joinpath(*module.split(".")[1:]).with_suffix(".py")
    return path if module.startswith("gatewise.") and path.is_file() else None


def test_imports_go_down_only() -> None:
    """Nothing reaches up to a floor above, or across to a neighbour on the same floor."""
    upwards = [
        f"{where(path)} imports {name}"
        for path in FILES
        for name in imports(path)
        if name.startswith("gatewise.") and name.split(".")[1] != room(path)
        if FLOOR[name.split(".")[1]] >= FLOOR[room(path)]
    ]

    assert upwards == []


def test_no_circles_within_a_room() -> None:
    """Files of one room do not import each other in a circle, for the type checker neither."""
    for typing in (False, True):
        circles = [where(p) for p in FILES if p in within(p, typing=typing)]
        assert circles == []


def test_reading_judging_and_drawing_need_no_torch() -> None:
    """A comparison can be read, judged and drawn on a machine that cannot train."""
    heavy = ("torch", "safetensors", "sklearn", "loky")
    files = [path for path in FILES if room(path) in WITHOUT_TORCH]

    assert [where(p) for p in files if any(name.split(".")[0] in heavy for name in imports(p))] == []


def test_imports_stand_at_the_top() -> None:
    """Only the command line imports inside functions, to be quick; rules import slow libraries where they fit."""
    files = [path for path in FILES if room(path) not in ("cli", "__init__")]
    late = {where(path): imports(path) - imports(path, top_only=True) for path in files}
    slow = {
        name: {found for found in names if found.startswith(("statsmodels.", "sklearn."))}
        for name, names in late.items()
    }

    assert {name: names for name, names in late.items() if names != slow[name]} == {}
    assert {Path(name).parent.name for name, names in slow.items() if names} == {"rules"}


def test_files_are_small_and_say_what_they_are_for() -> None:
    """One idea a file: a docstring's first sentence tells it, and it is never over the cap."""
    assert [where(path) for path in FILES if not ast.get_docstring(tree(path))] == []
    assert [where(path) for path in FILES if len(text(path).splitlines()) > FILE_LINES] == []


def test_few_files_stand_outside_of_the_rooms() -> None:
    """What lies at the root is what a newcomer reads first."""
    assert len([path for path in FILES if path.parent == PACKAGE]) <= MOST_AT_ROOT


def functions() -> list[tuple[str, int]]:
    """Every function with its lines, docstring not counted."""
    found = []
    for path in FILES:
        for node in ast.walk(tree(path)):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                doc = node.body[0] if ast.get_docstring(node) else None
                size = (node.end_lineno or 0) - node.lineno + 1
                size -= (doc.end_lineno or 0) - doc.lineno + 1 if doc else 0
                found.append((f"{path.relative_to(PACKAGE)}:{node.name}", size))
    return found


def test_functions_are_short() -> None:
    """No function over the cap, 95 in 100 well below it."""
    sizes = functions()

    assert [f for f in sizes if f[1] > FUNCTION_LINES] == []
    assert sum(size <= MOST_FUNCTIONS for _, size in sizes) >= SHARE * len(sizes)


def test_what_a_split_and_a_task_are_is_asked_for_by_trait() -> None:
    """Only tasks, the plan and its upgrades know kinds of splits and names of tasks; everybody else asks for traits."""
    known = {"tasks", "run/plan.py", "run/upgrade.py"}
    asked = ("splits.kind", "plan.task ==", "isinstance(data, Series)", "isinstance(data, SequenceSet)")
    found = [
        (where(path), word)
        for path in FILES
        for word in asked
        if word in text(path) and not {where(path), room(path)} & known
    ]

    assert found == []
