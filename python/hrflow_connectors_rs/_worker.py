"""How a process is started that evaluates jq programs: a Python interpreter with the engine alone."""

from __future__ import annotations

import os
import sys
from os import path

from hrflow_connectors_rs import _engine

#: What a worker runs. It loads the engine from its file, whatever folder it is started in, and
#: imports nothing else.
_SOURCE = """\
import sys
from importlib.util import module_from_spec, spec_from_file_location
spec = spec_from_file_location("hrflow_connectors_rs._engine", sys.argv[1])
engine = module_from_spec(spec)
spec.loader.exec_module(engine)
sys.exit(engine.jq_worker())
"""
#: All that a worker gets of the environment: the time zone, and what an interpreter may not start
#: without.
_VARIABLES = ("TZ", "LD_LIBRARY_PATH", "SYSTEMROOT")


def worker() -> tuple[str, list[str], dict[str, str]]:
    """The program, its arguments and its variables; no program where there is no interpreter."""
    variables = {name: os.environ[name] for name in _VARIABLES if name in os.environ}
    # Isolated and without site packages, it starts in a few milliseconds.
    return _interpreter(), ["-I", "-S", "-c", _SOURCE, _engine.__file__], variables


def _interpreter() -> str:
    """The interpreter of this process.

    Where Python is embedded, `sys.executable` is the program around it, which must not be started
    once more. `multiprocessing.set_executable` is how such a program names an interpreter.
    """
    spawn = sys.modules.get("multiprocessing.spawn")
    named = os.fsdecode(spawn.get_executable() or "") if spawn is not None else ""
    if named != (sys.executable or "") and path.isfile(named):
        return named
    candidates = [
        sys.executable or "",
        path.join(sys.exec_prefix, "bin", "python3"),
        path.join(sys.exec_prefix, "python.exe"),
    ]
    return next((candidate for candidate in candidates if _is_interpreter(candidate)), "")


def _is_interpreter(candidate: str) -> bool:
    name = path.basename(candidate).lower()
    return name.startswith(("python", "pypy")) and path.isfile(candidate)
