"""A program that has said all ends at once."""

import subprocess
import sys


def test_what_is_left_is_not_tidied_up_before_the_program_ends() -> None:
    """Objects that are left are not looked through once more, which takes most of a second where torch was loaded."""
    code = (
        "import atexit, gc, sys; atexit.register(lambda: print(gc.get_freeze_count() > 0));"
        " sys.argv = ['gatewise', '--version']; from gatewise.cli import main;"
        " atexit.register(print, gc.get_freeze_count()); main()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-2:] == ["0", "True"]
