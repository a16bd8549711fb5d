"""Plan, apply, check, retry, the store, the lists of codes, and the search."""

from __future__ import annotations

import asyncio
import json
import sys
import types
from pathlib import Path
from typing import Any

import pytest

import hrflow_connectors_rs
from hrflow_connectors_rs._sandbox import Sandbox
from hrflow_connectors_rs.v2 import FranceTravail
from hrflow_connectors_rs.v2.core.run import Reason, RunFailed, Status

CREATE = FranceTravail.create_jobs_in_hrflow


@pytest.fixture
def empty() -> Any:
    """A sandbox whose board holds nothing."""
    with hrflow_connectors_rs.sandbox(offers=300, board_holds=0.0) as box:
        yield box


@pytest.fixture
def creation(empty: Sandbox, tmp_path: Path) -> dict[str, Any]:
    """What creates the jobs of Paris there, with a store of its own."""
    return {
        "workflow_id": "tasks",
        "connector_auth": empty.connector_auth,
        "hrflow_auth": empty.hrflow_auth,
        "pull_parameters": {"departement": "75"},
        "push_parameters": {"board_key": empty.board_key},
        "store": f"sqlite:{tmp_path}/state.sqlite",
    }


def test_a_plan_changes_nothing_and_is_applied_with_its_functions(
    creation: dict[str, Any],
) -> None:
    def logic(offer: dict[str, Any]) -> dict[str, Any]:
        return {**offer, "intitule": "planned"}

    plan = hrflow_connectors_rs.plan(CREATE, **creation, logics=[logic])
    assert plan.steps
    assert {step["outcome"] for step in plan.steps} == {"created"}
    assert {step["name"] for step in plan.steps} == {"planned"}
    again = hrflow_connectors_rs.plan(CREATE, **creation, logics=[logic])
    assert len(again.steps) == len(plan.steps)
    assert json.loads(plan.to_json())["action"] == "francetravail.create_jobs_in_hrflow"
    applied = plan.apply()
    assert applied.status is Status.success
    assert applied.outcomes["created"] == len(plan.steps)
    assert hrflow_connectors_rs.plan(CREATE, **creation).result.outcomes["created"] == 0


def test_a_plan_that_cannot_be_made_raises(creation: dict[str, Any]) -> None:
    creation["pull_parameters"] = {"sort": 7}
    with pytest.raises(RunFailed) as failed:
        hrflow_connectors_rs.plan(CREATE, **creation)
    assert failed.value.result.reason is Reason.bad_origin_parameters


def test_what_is_no_action_is_refused(creation: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match="expects an action, such as one of create_jobs_in_hrflow"):
        hrflow_connectors_rs.plan(len, **creation)  # type: ignore[call-arg, arg-type]


def test_the_twins_do_the_same(creation: dict[str, Any]) -> None:
    async def work() -> None:
        plan = await hrflow_connectors_rs.plan_async(CREATE, **creation)
        applied = await plan.apply_async()
        assert applied.outcomes["created"] == len(plan.steps) > 0
        assert (await hrflow_connectors_rs.check_async(CREATE, **creation)).ok
        store = creation["store"]
        (run,) = await hrflow_connectors_rs.runs_async(store=store)
        assert run["run_id"] == applied.run_id
        items = await hrflow_connectors_rs.items_async(applied.run_id, store=store)
        assert len(items) == len(plan.steps)

    asyncio.run(work())


def test_a_check_asks_both_services(
    creation: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    checked = hrflow_connectors_rs.check(CREATE, **creation)
    assert checked.ok
    assert {"France Travail", "HrFlow"} <= {service.service for service in checked.services}
    monkeypatch.setenv("HRFLOW_API_URL", "http://127.0.0.1:1/v1")
    refused = hrflow_connectors_rs.check(CREATE, **creation)
    assert not refused.ok
    assert [service.service for service in refused.services if not service.ok] == ["HrFlow"]
    creation["pull_parameters"] = {"sort": 7}
    bad = hrflow_connectors_rs.check(CREATE, **creation)
    assert not bad.ok
    assert bad.problems is not None and "`pull_parameters.sort`" in bad.problems


def test_what_failed_is_sent_again_with_the_same_functions(creation: dict[str, Any]) -> None:
    is_broken = [True]

    def logic(offer: dict[str, Any]) -> dict[str, Any]:
        if is_broken[0] and offer["id"][-1] in "02468":
            raise LookupError("not yet")
        return offer

    first = CREATE(**creation, logics=[logic])
    assert first.status is Status.success_with_failures
    store = creation["store"]
    failed = hrflow_connectors_rs.items(first.run_id, outcome="failed", store=store)
    assert len(failed) == len(first.items) > 0
    is_broken[0] = False
    second = hrflow_connectors_rs.retry(first.run_id, CREATE, **creation, logics=[logic])
    assert second.status is Status.success
    assert second.outcomes["created"] == len(failed)


def test_the_store_is_looked_at(creation: dict[str, Any]) -> None:
    store = creation["store"]
    assert hrflow_connectors_rs.runs(store=store) == []
    result = CREATE(**creation)
    (run,) = hrflow_connectors_rs.runs("tasks", store=store)
    assert (run["run_id"], run["state"]) == (result.run_id, "ended")
    assert hrflow_connectors_rs.runs("another", store=store) == []
    with pytest.raises(LookupError, match="no run is called `x`"):
        hrflow_connectors_rs.items("x", store=store)
    with pytest.raises(LookupError, match="no run is called `x`"):
        hrflow_connectors_rs.retry("x", CREATE, **creation)
    with pytest.raises(ValueError, match="`store`"):
        hrflow_connectors_rs.runs(store="nowhere")


def test_a_list_of_codes_is_looked_up(creation: dict[str, Any]) -> None:
    credentials = dict(client_id="an id", client_secret="a secret", store=creation["store"])
    entries = hrflow_connectors_rs.referential("departements", **credentials)
    assert {"code", "libelle"} <= set(entries[0])
    with pytest.raises(LookupError, match="did you mean `communes`"):
        hrflow_connectors_rs.referential("comunes", **credentials)
    entries = asyncio.run(hrflow_connectors_rs.referential_async("metiers", **credentials))
    assert entries


def test_a_search_gives_every_offer_and_says_so(empty: Sandbox) -> None:
    search = FranceTravail.search({}, connector_auth=empty.connector_auth)
    assert not search.complete
    offers = list(search)
    assert sorted(offer["id"] for offer in offers) == sorted(empty.offer_ids())
    assert search.complete
    assert list(search) == []


def test_a_search_reads_past_the_services_limit() -> None:
    with hrflow_connectors_rs.sandbox(offers=4000, francetravail_rate=None) as box:
        search = FranceTravail.search({}, connector_auth=box.connector_auth)
        assert len({offer["id"] for offer in search}) == 4000
        assert search.complete


def test_a_search_is_awaited_as_well(empty: Sandbox) -> None:
    async def work() -> int:
        search = FranceTravail.search({}, connector_auth=empty.connector_auth)
        found = [offer async for offer in search]
        assert search.complete
        return len(found)

    assert asyncio.run(work()) == 300


def test_a_search_that_is_left_ends(empty: Sandbox) -> None:
    with FranceTravail.search({}, connector_auth=empty.connector_auth) as search:
        next(search)
    assert list(search) == []
    assert not search.complete


def test_a_search_that_fails_raises(empty: Sandbox) -> None:
    search = FranceTravail.search({"sort": 7}, connector_auth=empty.connector_auth)  # type: ignore[typeddict-item]
    with pytest.raises(RunFailed, match="sort"):
        list(search)


def test_offers_become_a_table(empty: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    pandas, pyarrow = types.ModuleType("pandas"), types.ModuleType("pyarrow")
    setattr(pandas, "DataFrame", len)
    setattr(pyarrow, "Table", types.SimpleNamespace(from_pylist=len))
    monkeypatch.setitem(sys.modules, "pandas", pandas)
    monkeypatch.setitem(sys.modules, "pyarrow", pyarrow)
    assert FranceTravail.search({}, connector_auth=empty.connector_auth).to_pandas() == 300
    assert FranceTravail.search({}, connector_auth=empty.connector_auth).to_arrow() == 300
