"""What tells functions apart, and the run that goes on with the same ones only."""

from __future__ import annotations

import datetime
import os
import subprocess
import sys
import textwrap
from functools import partial
from pathlib import Path
from typing import Any, Callable

import pytest

from hrflow_connectors_rs._versions import version

needs_names = pytest.mark.skipif(
    sys.version_info < (3, 10), reason="Python does not tell its own modules"
)


def made(source: str, name: str = "f", **names: Any) -> Callable[..., Any]:
    found: dict[str, Any] = {"datetime": datetime, **names}
    exec(textwrap.dedent(source), found)
    function: Callable[..., Any] = found[name]
    return function


@needs_names
@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("def f(o): return o", "def f(o): return None"),
        ("def f(o): return o['a']", "def f(o): return o['b']"),
        ("def f(o, n=1): return n", "def f(o, n=2): return n"),
        ("def f(o, *, n=1): return n", "def f(o, *, n=2): return n"),
        ("def f(o): return o in {1, 2}", "def f(o): return o in {1, 3}"),
        ("def g(): return 1\ndef f(o): return g()", "def g(): return 2\ndef f(o): return g()"),
        ("n = 1\nf = lambda o: [n for _ in o]", "n = 2\nf = lambda o: [n for _ in o]"),
        ("def g(n): return lambda o: n\nf = g(1)", "def g(n): return lambda o: n\nf = g(2)"),
    ],
)
def test_another_function_has_another_version(one: str, other: str) -> None:
    assert version(made(one)) == version(made("\n\n" + one)) is not None
    assert version(made(one)) != version(made(other))


@needs_names
def test_partials_recursion_and_pythons_own_modules_are_told() -> None:
    assert version(made("def f(o): return f(datetime.date.today())")) is not None
    function = made("def f(n, o): return n")
    assert version(partial(function, 1)) != version(partial(function, 2))


@pytest.mark.parametrize(
    "function",
    [
        made("def f(o): return g", g=[1]),
        made("def f(o): return g", g=object()),
        made("def f(o): return pytest", pytest=pytest),
        made("def f(o):\n    import pytest"),
        [].append,
        type("C", (), {"__call__": lambda self, o: o})(),
    ],
)
def test_what_may_change_without_a_trace_is_unknown(function: Any) -> None:
    assert version(function) is None


RUN = """
    from hrflow_connectors_rs.v2 import FranceTravail


    def format(offer):
        return {"reference": offer["id"]%s}

    result = FranceTravail.archive_jobs_in_hrflow(
        workflow_id="died",
        connector_auth={"client_id": "sandbox", "client_secret": "sandbox"},
        hrflow_auth={"api_secret": "ask_sandbox", "api_user": "sandbox@example.org"},
        pull_parameters={},
        push_parameters={"board_key": "5a4db0c5a4db0c5a4db0c5a4db0c5a4db0c5a4db"},
        format=format,
    )
    print(result.status.value, result.resumed)
"""


@needs_names
@pytest.mark.parametrize(("changed", "is_resumed"), [("", True), (', "more": 1', False)])
def test_a_run_goes_on_with_the_same_functions_only(
    tmp_path: Path, changed: str, is_resumed: bool
) -> None:
    import hrflow_connectors_rs

    def begin(changed: str) -> "subprocess.Popen[str]":
        command = [sys.executable, "-c", textwrap.dedent(RUN % changed)]
        return subprocess.Popen(
            command,
            cwd=Path(__file__).parent,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "HRFLOW_CONNECTORS_STORE_URL": f"sqlite:{tmp_path}/state.db"},
        )

    with hrflow_connectors_rs.sandbox(offers=1000, hrflow_latency=0.05) as box:
        process = begin("")
        while len(box.archived()) < 50:
            assert process.poll() is None
        process.kill()
        process.communicate()
        output, _ = begin(changed).communicate(timeout=60)
        assert output == f"success {is_resumed}\n"
