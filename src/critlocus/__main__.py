"""Run the command line as ``python -m critlocus``."""

from critlocus.cli import main

main()
