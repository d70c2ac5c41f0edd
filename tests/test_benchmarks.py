"""The benchmark runs, in its short form."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_the_short_form_measures_and_checks(tmp_path: Path) -> None:
    """Every asked table has rows with times, the errors keep their bars, and the command ends well."""
    to = tmp_path / "figures.json"

    done = subprocess.run(
        [sys.executable, "benchmarks/kernels.py", "--quick", "--only", "lstm-train,step,import,errors", "--json", to],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    tables = {table["name"]: table for table in json.loads(to.read_text("utf-8"))["tables"]}
    assert list(tables) == ["lstm-train", "step", "import", "errors"]
    assert all(row["ours"] > 0 and row["torch"] > 0 for row in tables["lstm-train"]["rows"])
    assert all(row["native"] > 0 and row["module"] > 0 for row in tables["step"]["rows"])
    assert [bar["met"] for bar in tables["errors"]["bars"]] == [True, True]
