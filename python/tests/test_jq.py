"""jq programs: evaluated in a process of their own, within bounds."""

from __future__ import annotations

import logging
import multiprocessing
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from hrflow_connectors_rs.v2.core.run import Event, Reason, Status

from conftest import Archive

HERE = Path(__file__).parent
FEW = {"range": "0-2"}


def reasons(result: Any) -> list[tuple[str, str]]:
    """Where and why items failed."""
    return [(item.stage, item.why) for item in result.items]


def test_a_program_without_end_fails_its_items(archive: Archive) -> None:
    logics = ["true", "until(false; .)"]
    result = archive(pull_parameters=FEW, logics=logics, function_timeout=0.3)
    assert result.status is Status.fatal
    assert result.reason is Reason.logics_failure
    assert reasons(result) == [("logic 2", "took longer than 300ms (`function_timeout`)")] * 3


def test_a_program_that_calls_itself_too_deeply_fails_its_items(archive: Archive) -> None:
    result = archive(pull_parameters=FEW, format="def f: 1 + f; f")
    assert reasons(result) == [("format", "called itself too deeply")] * 3


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not limit memory")
def test_a_program_that_takes_too_much_memory_fails_its_items(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HRFLOW_CONNECTORS_FUNCTION_MEMORY", "1")
    result = archive(pull_parameters=FEW, logics=['"x" | until(false; . + .)'])
    assert reasons(result) == [("logic 1", "used more than 1 MB of memory")] * 3


def test_programs_and_functions_keep_their_order(archive: Archive) -> None:
    def add(letter: str) -> Any:
        return lambda offer: {**offer, "way": offer.get("way", "") + letter}

    seen = []
    result = archive(
        pull_parameters=FEW,
        logics=['.way += "a"', add("b"), add("c"), '.way += "d"', '.way += "e"', add("f")],
        format=lambda offer: {"reference": offer["id"], "way": offer["way"]},
        callback=lambda origin, target, events, items: seen.extend(items),
    )
    assert result.events[Event.callback_executed] == 1
    assert [item["way"] for item in seen] == ["abcdef"] * 3


@pytest.mark.parametrize("program", ["halt", "env.HOME", "$ENV", "input", "debug"])
def test_what_reads_the_machine_or_ends_the_process_is_refused(
    archive: Archive, program: str
) -> None:
    result = archive(logics=[program])
    assert result.reason is Reason.bad_workflow
    assert result.message is not None
    name = program.split(".")[0]
    assert result.message.startswith(f"`logics[0]`: `{name}` is not available here: it ")
    assert "\n  hint: " in result.message


@pytest.mark.parametrize("given", ["soon", -1, 0, True, 1e9, []])
def test_a_time_that_is_none_is_refused(archive: Archive, given: Any) -> None:
    result = archive(function_timeout=given)
    assert result.reason is Reason.bad_workflow
    assert result.message is not None
    assert result.message.startswith("`function_timeout`: ")


def test_a_function_that_takes_too_long_is_told_of_and_fails_its_item(
    archive: Archive, caplog: pytest.LogCaptureFixture
) -> None:
    def slow(offer: dict[str, Any]) -> dict[str, Any]:
        time.sleep(0.3)
        return offer

    with caplog.at_level(logging.WARNING, "hrflow_connectors"):
        result = archive(pull_parameters={"range": "0-0"}, logics=[slow], function_timeout="10ms")
    ((stage, why),) = reasons(result)
    assert stage == "logic 1"
    assert why.endswith("longer than 10ms (`function_timeout`)")
    (warning,) = [
        record.getMessage() for record in caplog.records if "too long" in record.getMessage()
    ]
    assert "logic 1" in warning


def test_the_command_line_runs_them_too() -> None:
    command = ["run", "francetravail.archive_jobs_in_hrflow", "--workflow-id", "jq", "--sandbox"]
    command += ["--pull", "range=0-2", "--logic", "until(false; .)", "--function-timeout", "300ms"]
    ended = subprocess.run(
        [sys.executable, "-m", "hrflow_connectors_rs", *command],
        cwd=HERE,
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 1, ended.stderr
    assert "logic 1: took longer than 300ms" in ended.stdout


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_a_forked_process_has_its_own(archive: Archive, arguments: dict[str, Any]) -> None:
    assert archive(pull_parameters=FEW, logics=["true"]).status is Status.success
    source = f"""
import multiprocessing
from hrflow_connectors_rs.v2 import FranceTravail

def archive(number):
    arguments = {{**{arguments!r}, "pull_parameters": {FEW!r}, "workflow_id": str(number)}}
    return FranceTravail.archive_jobs_in_hrflow(**arguments, logics=["true"]).status.value

print(archive(0))
with multiprocessing.get_context("fork").Pool(2) as pool:
    print(*pool.map(archive, range(1, 4)))
"""
    ended = subprocess.run([sys.executable, "-c", source], cwd=HERE, capture_output=True, text=True)
    assert ended.stdout == "success\nsuccess success success\n", ended.stderr


def test_an_embedded_python_finds_its_interpreter(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    interpreter = sys.executable
    monkeypatch.delitem(sys.modules, "multiprocessing.spawn", raising=False)
    # The program around it must not be started once more.
    for around in ["/usr/bin/uwsgi", "", None]:
        monkeypatch.setattr(sys, "executable", around)
        assert archive(pull_parameters=FEW, logics=["true"]).status is Status.success
    monkeypatch.setattr(sys, "exec_prefix", "/nowhere")
    result = archive(pull_parameters=FEW, logics=["true"])
    assert result.reason is Reason.bad_workflow
    assert result.message is not None
    assert "there is no Python interpreter" in result.message
    assert "multiprocessing.set_executable" in result.message
    # Nobody else needs one.
    assert archive(pull_parameters=FEW, logics=[lambda offer: offer]).status is Status.success
    multiprocessing.set_executable(interpreter)
    assert archive(pull_parameters=FEW, logics=["true"]).status is Status.success
