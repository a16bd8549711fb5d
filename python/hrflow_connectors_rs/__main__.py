"""`python -m hrflow_connectors_rs`, or `hrflow-connectors`: the command line."""

from __future__ import annotations

import sys

from hrflow_connectors_rs import _engine
from hrflow_connectors_rs._worker import worker


def main() -> int:
    """Does what the command line says, and returns the exit code."""
    return _engine.command_line(["hrflow-connectors", *sys.argv[1:]], worker())


if __name__ == "__main__":
    sys.exit(main())
