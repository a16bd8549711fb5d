"""Logics, format and callback: callables and jq programs."""

from __future__ import annotations

import contextvars
import collections
import datetime
import decimal
import threading
import types
from typing import Any, Optional

import pytest

from conftest import Archive
from hrflow_connectors_rs._sandbox import Sandbox
from hrflow_connectors_rs.v2 import FranceTravail
from hrflow_connectors_rs.v2.core.run import Event, Reason, Status

Offer = dict[str, Any]


def keep_in(found: list[Any], field: str) -> Any:
    """A format that keeps what it was given."""

    def format(offer: Offer) -> Offer:
        found.append(offer[field] if field else offer)
        return {"reference": offer["id"]}

    return format


def test_callables_and_jq_programs_are_applied_in_their_order(
    archive: Archive, box: Sandbox
) -> None:
    def add(letter: str) -> Any:
        return lambda offer: {**offer, "way": offer.get("way", "") + letter}

    ways: list[str] = []
    logics = [add("a"), '.way += "b"', '.way += "c"', add("d"), add("e"), '.way += "f"']
    result = archive(logics=logics, format=keep_in(ways, "way"))
    assert result.status is Status.success
    assert set(ways) == {"abcdef"}
    assert len(box.archived()) == len(ways)


@pytest.mark.parametrize("logics", [[], [lambda offer: offer]])
@pytest.mark.parametrize(("contact", "is_seen"), [(None, True), ("keep", True), ("drop", False)])
def test_a_format_sees_no_contact_where_that_is_dropped(
    arguments: dict[str, Any], contact: Any, is_seen: bool, logics: list[Any]
) -> None:
    seen: list[Any] = []

    def format(offer: Offer) -> Offer:
        seen.append(offer.get("agence") or offer.get("contact", {}).get("nom"))
        return {"reference": offer["id"], "name": "x", "location": {"text": "x"}}

    FranceTravail.create_jobs_in_hrflow(
        **{**arguments, "pull_parameters": {}},
        logics=logics,
        format=format,
        contact=contact,
        persist=False,
    )
    assert seen and any(seen) == is_seen


def test_jq_programs_alone_do_as_well(archive: Archive, box: Sandbox) -> None:
    result = archive(logics=["select(.romeCode != null)"], format="{reference: .id}")
    assert result.status is Status.success
    assert len(box.archived()) == result.outcomes["archived"] > 0


def test_none_discards(archive: Archive, box: Sandbox) -> None:
    kept = iter(range(1_000_000))
    result = archive(logics=[lambda offer: offer if next(kept) % 2 else None, lambda offer: offer])
    read = result.events[Event.read_success]
    assert result.status is Status.success
    assert result.events[Event.logics_discard] == (read + 1) // 2
    assert len(box.archived()) == read // 2


def test_all_discarded_is_a_success(archive: Archive) -> None:
    result = archive(logics=[lambda offer: None])
    assert (result.status, result.reason) == (Status.success, Reason.none)
    assert result.events[Event.logics_discard] == result.events[Event.read_success]


def test_an_exception_is_the_failure_of_its_item_with_its_traceback(
    archive: Archive, box: Sandbox
) -> None:
    first: list[str] = []

    def picky(offer: Offer) -> Offer:
        first.append(offer["id"])
        if offer["id"] == first[0]:
            raise LookupError("not this one")
        return offer

    result = archive(logics=["."] + [picky])
    assert result.status is Status.success_with_failures
    assert result.events[Event.logics_failure] == 1
    (failed,) = result.items
    assert failed.reference == first[0]
    assert failed.stage == "logic 2"
    assert failed.why.startswith("Traceback (most recent call last):")
    assert 'raise LookupError("not this one")' in failed.why
    assert failed.why.endswith("LookupError: not this one")
    assert first[0] not in box.archived()
    assert len(box.archived()) == len(first) - 1


def test_failures_of_every_item_are_fatal(archive: Archive, box: Sandbox) -> None:
    result = archive(logics=[lambda offer: offer["nowhere"]])
    assert (result.status, result.reason) == (Status.fatal, Reason.logics_failure)
    result = archive(format=lambda offer: 1 / 0)
    assert (result.status, result.reason) == (Status.fatal, Reason.format_failure)
    assert len(result.items) == result.events[Event.format_failure] > 0
    assert box.archived() == {}


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (True, "the logic gave a bool, not a dict"),
        ([1], "the logic gave a list, not a dict"),
        ({(1, 2): 3}, "the logic gave a dict that holds a tuple as a key; keys are text"),
        ({"tags": {1}}, "the logic gave a dict that holds a set, which is not JSON (in `tags`)"),
        ({"raw": b"x"}, "the logic gave a dict that holds a bytes, which is not JSON (in `raw`)"),
        (
            {"n": decimal.Decimal("NaN")},
            "the logic gave a dict that holds a Decimal, which is not JSON (in `n`)",
        ),
        ({"n": float("nan")}, "the logic gave a dict that holds NaN, which JSON has no word for"),
        ({"n": 2**70}, "the logic gave a dict that holds a whole number of more than 64 bits"),
    ],
)
def test_what_is_no_item_is_said(archive: Archive, given: Any, why: str) -> None:
    result = archive(logics=[lambda offer: given], format="{reference: .id}")
    assert result.reason is Reason.logics_failure
    assert result.items[0].why.startswith(why)


@pytest.mark.parametrize(
    ("given", "read"),
    [
        (datetime.date(2025, 1, 31), "2025-01-31"),
        (datetime.datetime(2025, 1, 31, 8, tzinfo=datetime.timezone.utc), "2025-01-31T08:00:00+00:00"),
        (datetime.time(8, 30), "08:30:00"),
        (decimal.Decimal("0.5"), 0.5),
        ({1: "one", None: "none", True: "yes"}, {"1": "yes", "null": "none"}),
        (types.MappingProxyType({"a": 1}), {"a": 1}),
        (collections.UserDict({"a": [collections.UserDict(b=2)]}), {"a": [{"b": 2}]}),
    ],
)
def test_what_has_a_usual_form_in_json_takes_it(archive: Archive, given: Any, read: Any) -> None:
    found: list[Any] = []
    logics = [lambda offer: collections.UserDict(id=offer["id"], given=given), "."]
    result = archive(logics=logics, format=keep_in(found, "given"))
    assert result.status is Status.success, result.items[0]
    assert found[0] == read


def test_a_dict_that_contains_itself_is_a_failure(archive: Archive) -> None:
    def format(offer: Offer) -> Offer:
        offer["self"] = offer
        return offer

    result = archive(format=format)
    assert result.reason is Reason.format_failure
    assert "too deep" in result.items[0].why


def test_objects_pass_from_callable_to_callable_as_they_are(archive: Archive) -> None:
    day = datetime.date(2025, 1, 31)
    found: list[Any] = []
    result = archive(
        logics=[lambda offer: {**offer, "day": day}], format=keep_in(found, "day")
    )
    assert result.status is Status.success
    assert all(other is day for other in found)


def test_values_come_as_python_has_them_and_go_back_unchanged(archive: Archive) -> None:
    given = {
        "text": "é😀",
        "whole": -(2**63),
        "great": 2**64 - 1,
        "number": 0.1,
        "yes": True,
        "none": None,
        "list": [1, "a", [None], {"b": 2}],
        "tuple": (1, 2),
    }
    found: list[Offer] = []
    result = archive(
        logics=[lambda offer: {**given, "id": offer["id"]}, "."],
        format=keep_in(found, ""),
    )
    assert result.status is Status.success
    expected = {**given, "tuple": [1, 2], "id": found[0]["id"]}
    assert found[0] == expected
    assert list(found[0]) == list(expected)
    assert found[0]["yes"] is True


def test_the_callback_is_given_what_the_predecessor_gives(archive: Archive) -> None:
    given: list[Any] = []
    result = archive(
        callback=lambda *arguments: given.extend(arguments),
        pull_parameters={"departement": "75", "tempsPlein": True, "motsCles": None},
    )
    origin, target, events, items = given
    assert origin["departement"] == origin.departement == "75"
    assert origin.tempsPlein is True
    assert origin.motsCles is None
    assert len(origin) == 42
    assert not hasattr(origin, "nothing")
    assert target.board_key == "5a4db0c5a4db0c5a4db0c5a4db0c5a4db0c5a4db"
    assert events[Event.read_success] == result.events[Event.read_success] == len(items)
    assert events[Event.callback_executed] == 0
    assert result.events[Event.callback_executed] == 1
    assert set(items[0]) == {"reference"}


def test_a_callback_that_fails_undoes_nothing(archive: Archive, box: Sandbox) -> None:
    def callback(*arguments: Any) -> None:
        raise RuntimeError("no")

    result = archive(callback=callback)
    assert (result.status, result.reason) == (Status.success_with_failures, Reason.none)
    assert result.events[Event.callback_failure] == 1
    assert result.message is not None
    assert result.message.endswith("RuntimeError: no")
    assert len(box.archived()) == result.outcomes["archived"] > 0


def test_a_dry_run_writes_nothing_and_calls_no_callback(archive: Archive, box: Sandbox) -> None:
    called: list[Any] = []
    formatted: list[Any] = []
    result = archive(
        persist=False,
        format=keep_in(formatted, "id"),
        callback=lambda *arguments: called.append(arguments),
    )
    assert result.status is Status.success
    assert len(formatted) == result.events[Event.read_success] > 0
    assert box.archived() == {}
    assert called == []


def test_the_callers_context_holds_in_its_functions(archive: Archive) -> None:
    tenant: contextvars.ContextVar[Optional[str]] = contextvars.ContextVar("tenant", default=None)
    tenant.set("acme")
    found = set()

    def look(offer: Offer) -> Offer:
        found.add(tenant.get())
        return offer

    assert archive(logics=[look]).status is Status.success
    assert found == {"acme"}


def test_other_threads_go_on_while_a_run_works(archive: Archive) -> None:
    counted, stop = [0], threading.Event()

    def count() -> None:
        while not stop.wait(0.001):
            counted[0] += 1

    thread = threading.Thread(target=count)
    thread.start()
    result = archive(pull_parameters={})
    stop.set()
    thread.join()
    assert result.status is Status.success
    assert counted[0] > 10


def test_runs_in_several_threads_do_not_mix(archive: Archive) -> None:
    results: dict[int, Any] = {}

    def work(number: int) -> None:
        seen: list[str] = []
        result = archive(
            workflow_id=f"run-{number}",
            persist=False,
            format=keep_in(seen, "id"),
        )
        results[number] = (result, seen)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {result.workflow_id for result, _ in results.values()} == {f"run-{n}" for n in range(4)}
    assert all(result.events[Event.read_success] == len(seen) for result, seen in results.values())
