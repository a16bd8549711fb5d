"""How a run ends that somebody ends: an exception for the caller, the end of the process, a
cancellation, sandboxes in any order."""

from __future__ import annotations

import asyncio
import logging
import os
import threading
import time
from contextvars import ContextVar
from typing import Any

import pytest

import hrflow_connectors_rs
from hrflow_connectors_rs._sandbox import Sandbox
from hrflow_connectors_rs.v2 import FranceTravail
from hrflow_connectors_rs.v2.core.run import Reason, Status

from conftest import Archive
from test_process import python

IN_A_DAEMON = """
    import threading, time
    from hrflow_connectors_rs import sandbox
    from hrflow_connectors_rs.v2 import FranceTravail

    box = sandbox(offers=3000).start()
    begun = threading.Event()

    def logic(offer):
        begun.set()
        # Python's lock is given away and taken back, also while Python ends.
        time.sleep(0.0001)
        return offer

    def run():
        FranceTravail.archive_jobs_in_hrflow(
            workflow_id="daemon",
            connector_auth=box.connector_auth,
            hrflow_auth=box.hrflow_auth,
            pull_parameters={},
            push_parameters={"board_key": box.board_key},
            logics=[logic],
        )

    threading.Thread(target=run, daemon=True).start()
    begun.wait()
"""


@pytest.mark.parametrize("ending", [SystemExit(3), KeyboardInterrupt(), GeneratorExit()])
@pytest.mark.parametrize("place", ["logics", "format", "callback"])
def test_what_is_for_the_caller_reaches_it(
    archive: Archive, box: Sandbox, ending: BaseException, place: str
) -> None:
    called = []

    def function(*_: Any) -> Any:
        called.append(place)
        raise ending

    given: Any = [function] if place == "logics" else function
    with pytest.raises(type(ending)) as raised:
        archive(**{place: given})
    assert raised.value is ending
    assert len(called) == 1
    assert place == "callback" or not box.archived()


def test_a_process_ends_well_while_a_daemon_thread_runs_an_action() -> None:
    for _ in range(5):
        process = python(IN_A_DAEMON)
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors


@pytest.mark.parametrize(
    ("logics", "kind"),
    [
        ("select(.id)", "a str"),
        (lambda offer: offer, "a function"),
        ({"first": "."}, "a dict"),
        (b".", "a bytes"),
    ],
)
def test_logics_that_are_no_list_are_refused(
    archive: Archive, box: Sandbox, logics: Any, kind: str
) -> None:
    result = archive(logics=logics)
    assert (result.status, result.reason) == (Status.fatal, Reason.bad_workflow)
    assert result.message is not None
    assert f"`logics`: expects a list of functions or jq programs, and is {kind}" in result.message
    assert not box.archived()


def test_a_cancellation_is_heard_while_a_service_is_silent() -> None:
    async def cancelled(box: Sandbox) -> float:
        began = time.monotonic()
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(
                FranceTravail.archive_jobs_in_hrflow_async(
                    workflow_id="throttled",
                    connector_auth=box.connector_auth,
                    hrflow_auth=box.hrflow_auth,
                    pull_parameters={},
                    push_parameters={"board_key": box.board_key},
                ),
                1,
            )
        return time.monotonic() - began

    # One call in a hundred seconds is allowed.
    with hrflow_connectors_rs.sandbox(offers=50, hrflow_rate=0.01) as box:
        assert asyncio.run(cancelled(box)) < 20


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2), (0, 2, 1)])
def test_sandboxes_end_in_any_order(order: tuple[int, ...]) -> None:
    os.environ.pop("HRFLOW_API_URL", None)
    boxes = [hrflow_connectors_rs.sandbox(offers=1).start() for _ in range(3)]
    running = list(boxes)
    for index in order:
        boxes[index].stop()
        running.remove(boxes[index])
        if running:
            assert os.environ["HRFLOW_API_URL"].startswith(running[-1].url)
    assert "HRFLOW_API_URL" not in os.environ


def test_a_variable_that_somebody_has_set_meanwhile_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    with hrflow_connectors_rs.sandbox(offers=1):
        monkeypatch.setenv("HRFLOW_API_URL", "https://example.org")
    assert os.environ["HRFLOW_API_URL"] == "https://example.org"


def test_records_come_in_the_thread_and_context_of_their_own_caller(
    box: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    tenant: ContextVar[str] = ContextVar("tenant")
    heard: list[tuple[str, str, str]] = []

    class Heard(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            workflow = getattr(record, "workflow_id", None)
            if workflow is not None:
                heard.append((workflow, threading.current_thread().name, tenant.get("nobody")))

    def run(name: str) -> None:
        tenant.set(name)
        FranceTravail.archive_jobs_in_hrflow(
            workflow_id=name,
            connector_auth=box.connector_auth,
            hrflow_auth=box.hrflow_auth,
            pull_parameters={},
            push_parameters={"board_key": box.board_key},
            logics=[".nothing.of | error"],
        )

    logger = logging.getLogger("hrflow_connectors")
    handler = Heard()
    logger.addHandler(handler)
    try:
        with caplog.at_level(logging.DEBUG, logger="hrflow_connectors"):
            names = ["first", "second", "third"]
            threads = [threading.Thread(target=run, args=(name,), name=name) for name in names]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
    finally:
        logger.removeHandler(handler)
    assert {workflow for workflow, _, _ in heard} == set(names)
    assert all(workflow == thread == who for workflow, thread, who in heard)
