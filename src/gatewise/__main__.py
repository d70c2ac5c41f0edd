"""Run the command line with ``python -m gatewise``."""

from gatewise.cli import main

main()
