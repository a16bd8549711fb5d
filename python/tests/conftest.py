"""What the tests share: a sandbox, and a call of the action with all that it needs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Callable

import pytest

import hrflow_connectors_rs
from hrflow_connectors_rs._sandbox import Sandbox
from hrflow_connectors_rs.v2 import FranceTravail
from hrflow_connectors_rs.v2.core.run import RunResult

Archive = Callable[..., RunResult]


@pytest.fixture
def box() -> Iterator[Sandbox]:
    """A small sandbox of its own for each test."""
    with hrflow_connectors_rs.sandbox(offers=300) as box:
        yield box


@pytest.fixture
def arguments(box: Sandbox) -> dict[str, Any]:
    """What the action cannot do without."""
    return {
        "workflow_id": "test",
        "connector_auth": box.connector_auth,
        "hrflow_auth": box.hrflow_auth,
        "pull_parameters": {"departement": "75"},
        "push_parameters": {"board_key": box.board_key},
    }


@pytest.fixture
def archive(arguments: dict[str, Any]) -> Archive:
    """The action, with what it cannot do without unless the test says otherwise."""

    def archive(**others: Any) -> RunResult:
        return FranceTravail.archive_jobs_in_hrflow(**{**arguments, **others})

    return archive
