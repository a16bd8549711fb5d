"""`python -m hrflow_connectors`: the command line."""

import sys

from hrflow_connectors import _engine
from hrflow_connectors._worker import worker

if __name__ == "__main__":
    sys.exit(_engine.command_line(["hrflow-connectors", *sys.argv[1:]], worker()))
