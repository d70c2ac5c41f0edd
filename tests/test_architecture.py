"""The shape of the house: imports go down only, files and functions stay small."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "gatewise"

# From the ground up. A file may import from floors below its own, and within its own room.
FLOORS = [
    {"errors", "seeds", "text"},
    {"checks", "stats", "data"},
    {"made", "reference"},
    {"arms", "kernels"},
    {"run", "nn"},
    {"convert", "judge", "understand"},
    {"tasks"},
    {"rules"},
    {"model"},
    {"experiment"},
    {"report"},
    {"comparison"},
    {"cli"},
    {"__main__"},
    {"__init__"},
]
FLOOR = {room: level for level, rooms in enumerate(FLOORS) for room in rooms}

# Rooms that must work on a machine that cannot train.
WITHOUT_TORCH = ["errors", "seeds", "text", "arms", "stats", "data", "made", "run", "judge", "understand", "report"]

FILE_LINES, FUNCTION_LINES, MOST_FUNCTIONS, SHARE = 400, 70, 45, 0.95

FILES = sorted(PACKAGE.rglob("*.py"))


def room(path: Path) -> str:
    """The top-level module or package a file belongs to."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path: Path, *, top_only: bool = False) -> set[str]:
    """Modules that a file imports; those for the type checker alone do not count."""
    tree = ast.parse(path.read_text("utf-8"))
    skipped = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    nodes = tree.body if top_only else ast.walk(tree)
    found: set[str] = set()
    for node in nodes:
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_go_down_only(path: Path) -> None:
    """Nothing reaches up to a floor above, or across to a neighbour on the same floor."""
    own = room(path)
    for name in imports(path):
        if name.startswith("gatewise."):
            other = name.split(".")[1]
            assert other == own or FLOOR[other] < FLOOR[own], f"{own} imports {name}"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_no_circles_within_a_room(path: Path) -> None:
    """Files of one room do not import each other in a circle."""
    seen: set[str] = set()
    own = "gatewise." + ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
    waiting = list(imports(path))
    while waiting:
        name = waiting.pop()
        module = name if _file(name) else name.rpartition(".")[0]
        if module in seen or not _file(module) or room(path) != module.split(".")[1]:
            continue
        assert module != own, f"{own} imports itself by way of others"
        seen.add(module)
        waiting += imports(_file(module) or path)


def _file(module: str) -> Path | None:
    path = PACKAGE.joinpath(*module.split(".")[1:]).with_suffix(".py")
    return path if module.startswith("gatewise.") and path.is_file() else None


@pytest.mark.parametrize(
    "path", [p for p in FILES if room(p) in WITHOUT_TORCH], ids=lambda p: str(p.relative_to(PACKAGE))
)
def test_reading_judging_and_drawing_need_no_torch(path: Path) -> None:
    """A comparison can be read, judged and drawn on a machine that cannot train."""
    assert not any(name.split(".")[0] in ("torch", "safetensors", "sklearn", "loky") for name in imports(path))


@pytest.mark.parametrize(
    "path", [p for p in FILES if room(p) not in ("cli", "__init__")], ids=lambda p: str(p.relative_to(PACKAGE))
)
def test_imports_stand_at_the_top(path: Path) -> None:
    """Only the command line imports inside functions, to be quick to start."""
    assert imports(path) == imports(path, top_only=True)


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_files_are_small_and_say_what_they_are_for(path: Path) -> None:
    """One idea a file: a docstring's first sentence tells it, and it is never over the cap."""
    text = path.read_text("utf-8")

    assert ast.get_docstring(ast.parse(text))
    assert len(text.splitlines()) <= FILE_LINES


def functions() -> list[tuple[str, int]]:
    """Every function with its lines, docstring not counted."""
    found = []
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
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
