"""What is built is what is here: sources, build file, and the distribution that carries both."""

import re
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

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


@pytest.mark.parametrize("path", FILES, ids=named)
def test_only_the_bindings_know_python(path: Path) -> None:
    """Kernels can be built, tested and sanitized without Python, torch or nanobind."""
    included = set(re.findall(r'#\s*include\s*[<"]([^>"]+)[>"]', path.read_text("utf-8")))
    foreign = {name for name in included if name.split("/")[0] in ("nanobind", "pybind11", "torch", "ATen", "c10")}
    foreign |= included & {"Python.h", "omp.h"}

    assert bool(foreign) == (path.name == "bindings.cpp")


@pytest.mark.parametrize("path", sorted(CSRC.glob("*.h")), ids=named)
def test_headers_of_one_instruction_set_use_no_standard_library(path: Path) -> None:
    """An inline function of it, compiled for AVX-512, could be the copy that the linker keeps for every processor."""
    text = path.read_text("utf-8")
    if "GATEWISE_SET" in text:
        assert set(re.findall(r"#\s*include\s*<([^>]+)>", text)) <= {"immintrin.h", "arm_neon.h"}


@pytest.mark.parametrize("path", FILES, ids=named)
def test_files_are_small_and_say_what_they_are_for(path: Path) -> None:
    """A first line that tells it, unless a header of the same name does; never over the cap."""
    lines = path.read_text("utf-8").splitlines()

    assert lines[0].startswith("// ") or lines[0] == f'#include "{path.stem}.h"'
    assert len(lines) <= FILE_LINES


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


@pytest.mark.parametrize("path", FILES, ids=named)
def test_functions_are_short(path: Path) -> None:
    """No function over the cap."""
    assert [f for f in functions(path.read_text("utf-8")) if f[1] > FUNCTION_LINES] == []


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
