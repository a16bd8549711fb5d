"""Where the functions of a run are called, and how a run ends that is not let finish."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
import threading
from typing import Any

import pytest

import hrflow_connectors_rs
from conftest import Archive
from hrflow_connectors_rs._sandbox import Sandbox
from hrflow_connectors_rs.v2 import FranceTravail
from hrflow_connectors_rs.v2.core.run import Event, Reason, Status

Offer = dict[str, Any]
@pytest.mark.parametrize("kind", [SystemExit, KeyboardInterrupt])
def test_it_ends_the_async_twin_as_well(
    arguments: dict[str, Any], kind: type[BaseException]
) -> None:
    async def leave(offer: Offer) -> Offer:
        raise kind("enough")

    with pytest.raises(kind, match="enough"):
        asyncio.run(FranceTravail.archive_jobs_in_hrflow_async(**arguments, logics=[leave]))


def test_functions_are_called_on_the_callers_thread(archive: Archive, box: Sandbox) -> None:
    database = sqlite3.connect(":memory:")
    threads = set()

    def look(*arguments: Any) -> Any:
        threads.add(threading.get_ident())
        database.execute("select 1")
        return arguments[0]

    result = archive(
        logics=[look], format=lambda offer: {"reference": look(offer)["id"]}, callback=look
    )
    assert (result.status, result.message) == (Status.success, None)
    assert result.events[Event.callback_executed] == 1
    assert threads == {threading.get_ident()}
    assert len(box.archived()) == result.outcomes["archived"] > 0


def test_async_functions_are_awaited_on_the_loop(arguments: dict[str, Any]) -> None:
    loops, finished = [], []

    async def look(offer: Offer) -> Offer:
        await asyncio.sleep(0)
        loops.append(asyncio.get_running_loop())
        return offer

    async def format(offer: Offer) -> Offer:
        return {"reference": (await look(offer))["id"]}

    async def callback(*given: Any) -> None:
        await asyncio.sleep(0)
        finished.append(given)

    async def work() -> Any:
        result = await FranceTravail.archive_jobs_in_hrflow_async(
            **arguments, logics=[look], format=format, callback=callback
        )
        assert set(loops) == {asyncio.get_running_loop()}
        return result

    result = asyncio.run(work())
    assert (result.status, len(finished)) == (Status.success, 1)
    assert result.outcomes["archived"] == result.events[Event.read_success] > 0


def test_a_blocking_call_does_not_take_async_functions_for_done(archive: Archive) -> None:
    async def function(*arguments: Any) -> Any:
        return arguments[0]

    result = archive(callback=function)
    assert result.events[Event.callback_failure] == 1
    assert result.message is not None and "`_async` twin" in result.message
    assert archive(logics=[function]).reason is Reason.logics_failure


def throttled() -> Any:
    # HrFlow takes one call in a hundred seconds; the others are told to wait.
    return hrflow_connectors_rs.sandbox(offers=50, hrflow_rate=0.01)


def named(box: Sandbox) -> dict[str, Any]:
    return {
        "workflow_id": "throttled",
        "connector_auth": box.connector_auth,
        "hrflow_auth": box.hrflow_auth,
        "pull_parameters": {},
        "push_parameters": {"board_key": box.board_key},
    }


def test_a_timeout_is_heard_while_hrflow_throttles() -> None:
    async def work() -> float:
        loop, began = asyncio.get_running_loop(), 0.0
        with throttled() as box:
            began = loop.time()
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(
                    FranceTravail.archive_jobs_in_hrflow_async(**named(box)), 1
                )
            return loop.time() - began

    assert asyncio.run(work()) < 2


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="there is no such signal")
def test_an_alarm_is_heard_while_hrflow_throttles() -> None:
    from time import monotonic

    def ring(*arguments: Any) -> None:
        raise TimeoutError("rings")

    before = signal.signal(signal.SIGALRM, ring)
    try:
        with throttled() as box:
            began = monotonic()
            signal.setitimer(signal.ITIMER_REAL, 1)
            with pytest.raises(TimeoutError, match="rings"):
                FranceTravail.archive_jobs_in_hrflow(**named(box))
            assert monotonic() - began < 2
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
