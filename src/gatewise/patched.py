"""``python -m gatewise.patched script.py ARGUMENT ...`` runs a program of torch's with gatewise's layers."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

from gatewise.convert.patch import patch_torch


def main(arguments: list[str]) -> None:
    """Run a script, or with ``-m`` a module, as python does, with gatewise's layers and cells in the place of torch's.

    Args:
        arguments: What stands behind ``python -m gatewise.patched``: the script and its arguments.
    """
    module = arguments[:1] == ["-m"]
    rest = arguments[1:] if module else arguments
    if not rest or rest[0].startswith("-"):
        sys.exit("got no program, expected one. Type python -m gatewise.patched script.py, or ... -m module")
    sys.argv = rest
    with patch_torch():
        if module:
            sys.path.insert(0, "")
            runpy.run_module(rest[0], run_name="__main__", alter_sys=True)
        else:
            sys.path[0] = str(Path(rest[0]).resolve().parent)  # where python looks for a script's neighbours
            runpy.run_path(rest[0], run_name="__main__")


if __name__ == "__main__":
    main(sys.argv[1:])
