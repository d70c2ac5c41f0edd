"""What is built is what is here: sources, build file, and the distribution that carries both."""

import re
import subprocess
import sys
import tarfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
CSRC = ROOT / "csrc"
FILES = sorted([*CSRC.rglob("*.h"), *CSRC.rglob("*.cpp")])
SOURCES = [path.relative_to(ROOT).as_posix() for path in FILES if path.suffix == ".cpp"]

FILE_LINES, FUNCTION_LINES = 400, 60


def named(path: Path) -> str:
    return path.relative_to(CSRC).as_posix()


def test_the_build_file_names_every_source() -> None:
    """A source nobody compiles, or one that is gone, is found here and not by a user."""
    text = re.sub("#.*", "", (ROOT / "CMakeLists.txt").read_text("utf-8"))

    assert sorted(set(re.findall(r"csrc/[\w/]+\.cpp", text))) == sorted(SOURCES)


def foreign(text: str) -> set[str]:
    """What is included of Python and its libraries."""
    included = set(re.findall(r'#\s*include\s*[<"]([^>"]+)[>"]', text))
    libraries = {name for name in included if name.split("/")[0] in ("nanobind", "pybind11", "torch", "ATen", "c10")}
    return libraries | included & {"Python.h", "omp.h"}


def test_only_the_bindings_know_python() -> None:
    """Kernels can be built, tested and sanitized without Python, torch or nanobind."""
    assert [named(path) for path in FILES if foreign(path.read_text("utf-8"))] == ["bindings.cpp"]


def test_headers_of_one_instruction_set_use_no_standard_library() -> None:
    """An inline function of it, compiled for AVX-512, could be the copy that the linker keeps for every processor."""
    texts = {path.name: path.read_text("utf-8") for path in CSRC.glob("*.h")}
    found = {name: set(re.findall(r"#\s*include\s*<([^>]+)>", t)) for name, t in texts.items() if "GATEWISE_SET" in t}

    assert {name: also for name, names in found.items() if (also := names - {"immintrin.h", "arm_neon.h"})} == {}


def test_files_are_small_and_say_what_they_are_for() -> None:
    """A first line that tells it, unless a header of the same name does; never over the cap."""
    lines = {path: path.read_text("utf-8").splitlines() for path in FILES}

    wordless = [named(p) for p in FILES if not lines[p][0].startswith(("// ", f'#include "{p.stem}.h"'))]
    assert wordless == []
    assert [named(path) for path in FILES if len(lines[path]) > FILE_LINES] == []


def functions(text: str) -> list[tuple[str, int]]:
    """Every block behind a parenthesis that is no loop or condition: the line that opens it, and its lines."""
    found = []
    lines = text.splitlines()
    for number, line in enumerate(lines):
        if not re.search(r"\)(?: const| noexcept| override)* \{$", line):
            continue
        if re.match(r"\s*(?:\} )?(?:else |if|for|while|switch)\b", line):
            continue
        end, depth = number, 0
        while end == number or depth > 0:
            depth += lines[end].count("{") - lines[end].count("}")
            end += 1
        found.append((line.strip(), end - number))
    return found


def test_function_lengths_are_read_rightly() -> None:
    """The reader above finds a function and a member, and takes no loop for one."""
    text = "int f(int a) {\n  for (;;) {\n  }\n}\nstruct S {\n  void g(int a,\n    int b) const {\n    a;\n  }\n};\n"

    assert functions(text) == [("int f(int a) {", 4), ("int b) const {", 3)]


def test_functions_are_short() -> None:
    """No function over the cap."""
    found = [(named(path), *f) for path in FILES for f in functions(path.read_text("utf-8"))]

    assert [f for f in found if f[2] > FUNCTION_LINES] == []


def test_the_source_distribution_can_be_built_from(tmp_path: Path) -> None:
    """It carries every C++ file, the build file and the package, and nothing that was built."""
    code = f"from scikit_build_core.build import build_sdist; print(build_sdist({str(tmp_path)!r}))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    with tarfile.open(next(tmp_path.glob("*.tar.gz"))) as archive:
        names = {name.split("/", 1)[1] for name in archive.getnames() if "/" in name}

    wanted = {path.relative_to(ROOT).as_posix() for path in FILES}
    wanted |= {path.relative_to(ROOT).as_posix() for path in (ROOT / "src" / "gatewise").rglob("*.py")}
    assert wanted | {"CMakeLists.txt", "pyproject.toml", "README.md", "LICENSE"} <= names
    assert not [name for name in names if re.search(r"\.(so|pyd|pyc|o|a)$|^(build|\.venv|dist|runs)/", name)]
