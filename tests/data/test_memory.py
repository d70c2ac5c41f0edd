"""What a table of a million rows takes in memory, in a process of its own."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

MEASURE = Path(__file__).parents[2] / "benchmarks" / "reading.py"


@pytest.mark.long
def test_a_million_rows_take_few_times_their_numbers() -> None:
    """At most three times to be read, and with the windows of the first batch."""
    printed = subprocess.run([sys.executable, str(MEASURE)], capture_output=True, text=True, check=True).stdout
    times = [float(found) for found in re.findall(r"([\d.]+) times the numbers", printed)]
    read, windowed = times
    assert read <= 3.0, printed
    assert windowed <= 3.0, printed
