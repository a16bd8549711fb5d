"""What is wrong with the arguments is told by the result; nothing is raised."""

from __future__ import annotations

from typing import Any

import pytest

from conftest import Archive
from hrflow_connectors_rs._sandbox import Sandbox
from hrflow_connectors_rs._store import with_store
from hrflow_connectors_rs.v2.core.run import ActionInitError, Event, Reason, Status
from hrflow_connectors_rs.v2.parameters import PullParameters


def test_every_problem_is_named(archive: Archive) -> None:
    result = archive(pull_parameters={"departement": 75, "distance": "ten", "sort": 7})
    assert (result.status, result.reason) == (Status.fatal, Reason.bad_origin_parameters)
    assert result.message is not None
    assert "`pull_parameters.departement`: expects a string, not a number" in result.message
    assert "`pull_parameters.distance`" in result.message
    assert "`pull_parameters.sort`" in result.message
    assert sum(result.events.values()) == 0
    assert not result.complete


def test_an_unknown_parameter_is_refused_with_the_name_that_was_meant(archive: Archive) -> None:
    result = archive(pull_parameters={"departement": "75", "mots_cles": "rust"})
    assert result.reason is Reason.bad_origin_parameters
    assert result.message is not None
    assert "`pull_parameters.mots_cles`: is not a search parameter" in result.message
    assert "did you mean `motsCles`?" in result.message


@pytest.mark.parametrize(
    ("others", "reason", "place"),
    [
        ({"push_parameters": {"board_key": "x"}}, Reason.bad_target_parameters, "board_key"),
        ({"push_parameters": {}}, Reason.bad_target_parameters, "board_key"),
        ({"hrflow_auth": {}}, Reason.bad_target_parameters, "api_secret"),
        ({"connector_auth": {}}, Reason.bad_origin_parameters, "client_id"),
        ({"connector_auth": {"client_id": 1}}, Reason.bad_origin_parameters, "client_id"),
        ({"pull_parameters": "75"}, Reason.bad_origin_parameters, "expects a dict, and is a str"),
        ({"pull_parameters": {7: "x"}}, Reason.bad_origin_parameters, "`pull_parameters.7`"),
        (
            {"pull_parameters": {"range": {1}}},
            Reason.bad_origin_parameters,
            "`pull_parameters.range`: holds a set, which is not JSON",
        ),
        ({"pull_parameters": {"range": ...}}, Reason.bad_origin_parameters, "an ellipsis"),
        ({"logics": ["select(.a ==)"]}, Reason.bad_workflow, "`logics[0]`: not a jq program"),
        ({"logics": [None]}, Reason.bad_workflow, "`logics[0]`: expects a callable"),
        ({"format": 1}, Reason.bad_workflow, "`format`: expects a callable"),
        ({"workflow_id": None}, Reason.bad_workflow, "workflow_id"),
        ({"persist": "no"}, Reason.bad_workflow, "`persist`"),
        ({"content": "half"}, Reason.bad_workflow, "`content`: `half` is not one of"),
        ({"contact": "nobody"}, Reason.bad_workflow, "`contact`"),
        ({"licence_language": "de"}, Reason.bad_workflow, "`licence_language`"),
        ({"method_url": "method"}, Reason.bad_workflow, "`method_url`"),
    ],
)
def test_a_bad_argument_is_told(
    archive: Archive,
    monkeypatch: pytest.MonkeyPatch,
    others: dict[str, Any],
    reason: Reason,
    place: str,
) -> None:
    for name in ("FRANCETRAVAIL_CLIENT_ID", "HRFLOW_API_SECRET", "HRFLOW_API_USER"):
        monkeypatch.delenv(name, raising=False)
    result = archive(**others)
    assert (result.status, result.reason) == (Status.fatal, reason)
    assert result.message is not None
    assert place in result.message


def test_a_secret_is_not_repeated(archive: Archive) -> None:
    result = archive(hrflow_auth={"api_secret": ["very secret"], "api_user": "x"})
    assert result.reason is Reason.bad_target_parameters
    assert "very secret" not in repr(result)


def test_the_environment_is_read_when_the_action_is_called(
    archive: Archive, box: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FRANCETRAVAIL_CLIENT_ID", "from the environment")
    monkeypatch.setenv("FRANCETRAVAIL_CLIENT_SECRET", "from the environment")
    monkeypatch.setenv("HRFLOW_API_SECRET", "ask_x")
    monkeypatch.setenv("HRFLOW_API_USER", "someone@example.org")
    nothing = {"client_id": None, "client_secret": None}
    result = archive(connector_auth=nothing, hrflow_auth={})
    assert result.status is Status.success
    monkeypatch.setenv("HRFLOW_API_URL", "ftp://example.org")
    result = archive()
    assert result.reason is Reason.bad_target_parameters
    assert result.message is not None
    assert "`HRFLOW_API_URL`" in result.message


def test_dates_are_taken_for_dates(archive: Archive) -> None:
    import datetime

    days = {"minCreationDate": datetime.date(2020, 1, 1), "maxCreationDate": datetime.date.today()}
    assert archive(pull_parameters=days).status is Status.success


def test_typed_dicts_do_as_well(archive: Archive) -> None:
    pull_parameters: PullParameters = {"departement": "75", "experience": "1", "distance": None}
    assert archive(pull_parameters=pull_parameters).status is Status.success


def test_what_failed_before_is_fatal_for_its_reason(archive: Archive, box: Sandbox) -> None:
    error = ActionInitError(data={"error": "x"}, reason=Reason.workflow_id_not_found)
    result = archive(init_error=error)
    assert (result.status, result.reason) == (Status.fatal, Reason.workflow_id_not_found)
    assert result.events[Event.read_success] == 0
    assert box.archived() == {}


def test_the_origin_that_refuses_is_a_read_failure(archive: Archive, box: Sandbox) -> None:
    url = box.url
    box.stop()
    import os

    os.environ["FRANCETRAVAIL_TOKEN_URL"] = url + "/nowhere"
    try:
        result = archive(connector_auth={"client_id": "other", "client_secret": "x"})
    finally:
        del os.environ["FRANCETRAVAIL_TOKEN_URL"]
    assert (result.status, result.reason) == (Status.fatal, Reason.read_failure)
    assert result.message is not None


def test_an_incremental_run_goes_on_from_the_last(archive: Archive, tmp_path: Any) -> None:
    from os import environ

    environ["HRFLOW_CONNECTORS_STORE_ENABLED"] = "1"
    environ["HRFLOW_CONNECTORS_LOCALJSON_DIR"] = str(tmp_path)
    try:
        first = archive(incremental=True)
        second = archive(incremental=True)
    finally:
        del environ["HRFLOW_CONNECTORS_STORE_ENABLED"]
        del environ["HRFLOW_CONNECTORS_LOCALJSON_DIR"]
    assert first.status is second.status is Status.success
    assert first.incremental
    assert first.incremental_token is not None
    assert first.outcomes["archived"] > 0
    assert second.outcomes["archived"] == 0
    assert list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("variables", "url"),
    [
        ({}, None),
        ({"HRFLOW_CONNECTORS_STORE_ENABLED": "0"}, None),
        ({"HRFLOW_CONNECTORS_STORE_ENABLED": "False"}, None),
        (
            {"HRFLOW_CONNECTORS_STORE_ENABLED": "1", "HRFLOW_CONNECTORS_LOCALJSON_DIR": "/state"},
            "file:/state",
        ),
        (
            {
                "HRFLOW_CONNECTORS_STORE_ENABLED": "1",
                "HRFLOW_CONNECTORS_STORE": "s3",
                "HRFLOW_CONNECTORS_S3_BUCKET": "bucket",
                "HRFLOW_CONNECTORS_S3_PREFIX": "a/b/",
                "HRFLOW_CONNECTORS_S3_AWS_REGION": "eu-west-3",
            },
            "s3://bucket/a/b",
        ),
        (
            {
                "HRFLOW_CONNECTORS_STORE_ENABLED": "1",
                "HRFLOW_CONNECTORS_LOCALJSON_DIR": "/state",
                "HRFLOW_CONNECTORS_STORE_URL": "memory:",
            },
            "memory:",
        ),
    ],
)
def test_the_predecessors_settings_of_a_store_hold(
    variables: dict[str, str], url: str | None
) -> None:
    found = with_store(variables)
    assert found.get("HRFLOW_CONNECTORS_STORE_URL") == url
    if "HRFLOW_CONNECTORS_S3_AWS_REGION" in variables:
        assert found["AWS_REGION"] == "eu-west-3"
