"""What a process sees: interrupts, the event loop, logs, forks, time and memory."""

from __future__ import annotations

import asyncio
import inspect
import logging
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import Any

import pytest

import hrflow_connectors_rs
from hrflow_connectors_rs import _engine
from hrflow_connectors_rs._sandbox import Sandbox
from hrflow_connectors_rs.v2 import FranceTravail
from hrflow_connectors_rs.v2.core.run import Event, Status

from conftest import Archive

ACTIONS = [name.split(".")[1] for name in _engine.actions()]
HERE = Path(__file__).parent
SLOW_RUN = """
    import signal, sys, time
    from hrflow_connectors_rs import sandbox
    from hrflow_connectors_rs.v2 import FranceTravail

    # What a shell starts in the background is born deaf to interrupts.
    signal.signal(signal.SIGINT, signal.default_int_handler)

    def logic(offer):
        print("works", flush=True)
        time.sleep(0.05)
        return offer

    with sandbox(offers=3000) as box:
        try:
            FranceTravail.archive_jobs_in_hrflow(
                workflow_id="slow",
                connector_auth=box.connector_auth,
                hrflow_auth=box.hrflow_auth,
                pull_parameters={},
                push_parameters={"board_key": box.board_key},
                logics=[logic],
            )
        except KeyboardInterrupt:
            print("archived", len(box.archived()), flush=True)
            raise
"""


def python(source: str, **others: Any) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", textwrap.dedent(source)]
    # From a folder without the sources, so that the installed package is imported.
    return subprocess.Popen(command, cwd=HERE, stdout=subprocess.PIPE, text=True, **others)


@pytest.mark.skipif(os.name == "nt", reason="Windows sends no such signal to one process")
def test_an_interrupt_ends_the_run_well() -> None:
    process = python(SLOW_RUN, stderr=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == "works\n"
    process.send_signal(signal.SIGINT)
    began = time.monotonic()
    output, errors = process.communicate(timeout=60)
    assert "KeyboardInterrupt" in errors
    assert "archived" in output.splitlines()[-1]
    assert process.returncode == -signal.SIGINT
    print(f"ended {time.monotonic() - began:.1f} s after the interrupt")


def test_a_run_that_nobody_holds_any_more_ends() -> None:
    # A signal may come between the run's beginning and its first name.
    source = """
        import time
        from hrflow_connectors_rs import sandbox
        from hrflow_connectors_rs._run import Request

        calls = []

        def logic(offer):
            calls.append(offer)
            time.sleep(0.02)
            return offer

        with sandbox(offers=3000) as box:
            Request(
                "francetravail.archive_jobs_in_hrflow",
                workflow_id="dropped",
                connector_auth=box.connector_auth,
                hrflow_auth=box.hrflow_auth,
                pull_parameters={},
                push_parameters={"board_key": box.board_key},
                init_error=None,
                format=None,
                logics=[logic],
                callback=None,
                persist=True,
                incremental=False,
            ).begin()
            time.sleep(1)
            called = len(calls)
            time.sleep(1)
            print(len(calls) - called)
    """
    process = python(source)
    output, _ = process.communicate(timeout=60)
    assert output == "0\n"


def test_the_async_twin_does_not_hold_up_the_loop(arguments: dict[str, Any], box: Sandbox) -> None:
    async def work() -> Any:
        turns = 0
        running = asyncio.ensure_future(
            FranceTravail.archive_jobs_in_hrflow_async(**arguments, logics=[lambda offer: offer])
        )
        while not running.done():
            turns += 1
            await asyncio.sleep(0.001)
        return await running, turns

    result, turns = asyncio.run(work())
    assert result.status is Status.success
    assert len(box.archived()) == result.events[Event.read_success] > 0
    assert turns > 3


def test_several_runs_go_on_at_once(arguments: dict[str, Any]) -> None:
    async def work() -> Any:
        run = FranceTravail.archive_jobs_in_hrflow_async
        return await asyncio.gather(*(run(**arguments) for _ in range(3)))

    assert [result.status for result in asyncio.run(work())] == [Status.success] * 3


def test_a_cancelled_task_ends_its_run(arguments: dict[str, Any]) -> None:
    seen: list[Any] = []

    def slow(offer: Any) -> Any:
        seen.append(offer)
        time.sleep(0.01)
        return offer

    async def work() -> None:
        task = asyncio.ensure_future(
            FranceTravail.archive_jobs_in_hrflow_async(
                **{**arguments, "pull_parameters": {}}, logics=[slow]
            )
        )
        while not seen:
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(work())
    ended = len(seen)
    time.sleep(0.1)
    assert len(seen) == ended


def test_refused_arguments_are_told_by_the_twin_as_well(arguments: dict[str, Any]) -> None:
    arguments["pull_parameters"] = {"departement": 75}
    result = asyncio.run(FranceTravail.archive_jobs_in_hrflow_async(**arguments))
    assert result.status is Status.fatal


@pytest.mark.parametrize("name", ACTIONS)
def test_every_action_runs(name: str) -> None:
    with hrflow_connectors_rs.sandbox(offers=100, board_holds=0.5) as box:
        result = getattr(FranceTravail, name)(
            workflow_id="every",
            connector_auth=box.connector_auth,
            hrflow_auth=box.hrflow_auth,
            pull_parameters={"codeROME": "M1805"},
            push_parameters={"board_key": box.board_key},
        )
        assert result.status is not Status.fatal, result.message
        assert result.action == f"francetravail.{name}"
        assert sum(result.outcomes.values()) >= result.events[Event.read_success]


@pytest.mark.parametrize("name", ACTIONS)
def test_every_action_has_the_same_signature_and_a_twin(name: str) -> None:
    action = inspect.signature(getattr(FranceTravail, name))
    twin = inspect.signature(getattr(FranceTravail, f"{name}_async"))
    assert action == twin.replace(
        parameters=[
            parameter.replace(annotation=parameter.annotation.replace("Async", ""))
            for parameter in twin.parameters.values()
        ]
    )
    assert list(action.parameters)[:11] == [
        "workflow_id",
        "connector_auth",
        "hrflow_auth",
        "pull_parameters",
        "push_parameters",
        "init_error",
        "format",
        "logics",
        "callback",
        "persist",
        "incremental",
    ]
    assert {p.kind for p in action.parameters.values()} == {inspect.Parameter.KEYWORD_ONLY}


def test_logging_receives_the_records(archive: Archive, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="hrflow_connectors")
    failed: list[Any] = []

    def fail_once(offer: Any) -> Any:
        if not failed:
            failed.append(offer["id"])
            raise ValueError("once")
        return offer

    archive(logics=[fail_once])
    warnings = [record for record in caplog.records if record.levelname == "WARNING"]
    assert [record.getMessage().split(" item.")[0] for record in warnings] == ["an item failed"]
    assert all("run.id=" in record.getMessage() for record in caplog.records)
    assert any(record.getMessage().startswith("run ended ") for record in caplog.records)
    assert all(record.name.startswith("hrflow_connectors") for record in caplog.records)
    assert any(f"item.reference={failed[0]}" in record.getMessage() for record in caplog.records)
    assert not any(record.levelno < logging.INFO for record in caplog.records)


def test_the_level_is_pythons(archive: Archive, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR, logger="hrflow_connectors")
    archive()
    assert caplog.records == []
    caplog.set_level(logging.DEBUG, logger="hrflow_connectors")
    archive()
    assert caplog.records != []


def test_a_filter_in_the_environment_holds(
    archive: Archive, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.INFO, logger="hrflow_connectors")
    monkeypatch.setenv("HRFLOW_CONNECTORS_LOG", "warn")
    archive()
    assert caplog.records == []
    monkeypatch.setenv("HRFLOW_CONNECTORS_LOG", "=,=")
    archive()
    assert "`HRFLOW_CONNECTORS_LOG` is not a filter" in caplog.records[0].getMessage()


def test_secrets_are_not_logged(archive: Archive, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(1, logger="hrflow_connectors")
    archive(
        connector_auth={"client_id": "an id", "client_secret": "hidden-1"},
        hrflow_auth={"api_secret": "hidden-2", "api_user": "someone@example.org"},
    )
    assert "hidden" not in caplog.text


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_a_forked_process_runs_as_well() -> None:
    source = """
        import multiprocessing
        from hrflow_connectors_rs import sandbox
        from hrflow_connectors_rs.v2 import FranceTravail

        def work(_):
            with sandbox(offers=50) as box:
                return FranceTravail.archive_jobs_in_hrflow(
                    workflow_id="x",
                    connector_auth=box.connector_auth,
                    hrflow_auth=box.hrflow_auth,
                    pull_parameters={},
                    push_parameters={"board_key": box.board_key},
                    logics=[lambda offer: offer],
                )

        if __name__ == "__main__":
            first = work(0)
            with multiprocessing.get_context("fork").Pool(2) as pool:
                results = pool.map(work, range(2))
            print([result.status.value for result in [first, *results]])
    """
    process = python(source)
    output, _ = process.communicate(timeout=60)
    assert output == "['success', 'success', 'success']\n"


def test_the_sandbox_restores_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HRFLOW_API_URL", "https://example.org")
    monkeypatch.delenv("FRANCETRAVAIL_API_URL", raising=False)
    box = hrflow_connectors_rs.sandbox(offers=10)
    with pytest.raises(RuntimeError, match="is not running"):
        box.archived()
    with box:
        assert os.environ["HRFLOW_API_URL"].startswith(box.url)
        assert "FRANCETRAVAIL_API_URL" in os.environ
        assert len(box.offer_ids()) == 10
        with pytest.raises(RuntimeError, match="is running already"):
            box.start()
    assert os.environ["HRFLOW_API_URL"] == "https://example.org"
    assert "FRANCETRAVAIL_API_URL" not in os.environ


def test_a_bad_share_is_refused() -> None:
    with pytest.raises(ValueError, match="`faults`: expects a share from 0 to 1"):
        hrflow_connectors_rs.sandbox(faults=2.0).start()


def test_a_world_with_faults_and_gaps_still_ends(tmp_path: Path) -> None:
    with hrflow_connectors_rs.sandbox(offers=200, faults=0.1, board_holds=0.5) as box:
        result = FranceTravail.archive_jobs_in_hrflow(
            workflow_id="faults",
            connector_auth=box.connector_auth,
            hrflow_auth=box.hrflow_auth,
            pull_parameters={},
            push_parameters={"board_key": box.board_key},
        )
        assert result.events[Event.read_success] == 200
        assert result.outcomes["missing"] > 0
        assert sum(result.outcomes.values()) == 200
        assert len(result.items) == result.outcomes["failed"]


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is told by Linux only")
@pytest.mark.parametrize("engine", [False, True])
def test_the_import_is_quick_and_small(engine: bool) -> None:
    source = f"""
        import sys, time
        began = time.perf_counter()
        import hrflow_connectors_rs
        from hrflow_connectors_rs.v2 import FranceTravail
        {"import hrflow_connectors_rs._run" if engine else ""}
        took = time.perf_counter() - began
        print(took * 1000, open("/proc/self/statm").read().split()[1], len(sys.modules))
    """
    bare = "print(0, open('/proc/self/statm').read().split()[1], 0)"

    def measure(source: str) -> list[float]:
        output, _ = python(source).communicate(timeout=60)
        return [float(number) for number in output.split()]

    milliseconds, pages, modules = min(measure(source) for _ in range(5))
    _, bare_pages, _ = min(measure(bare) for _ in range(5))
    megabytes = (pages - bare_pages) * os.sysconf("SC_PAGE_SIZE") / 2**20
    what = "import with engine" if engine else "import"
    print(f"{what}: {milliseconds:.1f} ms, {megabytes:.1f} MB more, {modules:.0f} modules")
    assert milliseconds < 500
    assert megabytes < 30


@pytest.mark.parametrize("name", ACTIONS)
def test_help_names_every_parameter(name: str) -> None:
    documentation = inspect.getdoc(getattr(FranceTravail, name))
    assert documentation is not None
    from hrflow_connectors_rs.v2.parameters import PullParameters

    assert len(PullParameters.__annotations__) == 42
    assert all(f"\n        {name} (" in documentation for name in PullParameters.__annotations__)


def test_the_generated_sources_say_what_the_engine_says() -> None:
    script = HERE.parent / "scripts" / "generate.py"
    subprocess.run([sys.executable, script, "--check"], check=True)


def test_the_module_is_the_command_line(tmp_path: Path) -> None:
    def command_line(*arguments: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", "hrflow_connectors_rs", *arguments]
        # Elsewhere than beside the sources, which hold no engine.
        return subprocess.run(
            command, capture_output=True, text=True, timeout=60, cwd=tmp_path
        )

    listed = command_line("describe")
    assert listed.returncode == 0
    assert "francetravail.archive_jobs_in_hrflow" in listed.stdout
    assert command_line("walk").returncode == 2
