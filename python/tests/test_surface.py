"""The names that a program finds, their types, and what a result can be turned into."""

from __future__ import annotations

import importlib
import inspect
import json
import pickle
import subprocess
import sys
import textwrap
import typing
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import hrflow_connectors_rs
from conftest import Archive
from hrflow_connectors_rs._sandbox import Sandbox
from hrflow_connectors_rs.v2 import FranceTravail, __CONNECTORS__, hrflow_connectors_manifest
from hrflow_connectors_rs.v2.core.common import Direction, Entity, Mode
from hrflow_connectors_rs.v2.core.connector import Connector, ConnectorType, Flow
from hrflow_connectors_rs.v2.core.run import (
    Event,
    FailedItem,
    Reason,
    RunFailed,
    RunResult,
    Status,
)

SETTINGS = [
    "persist",
    "incremental",
    "content",
    "contact",
    "licence_language",
    "method_url",
    "since",
    "since_overlap",
    "begin_anew",
    "allow_mass_archive",
    "max_failures",
    "function_timeout",
    "keep_runs",
    "store",
    "wait",
    "patience",
    "write_concurrency",
    "write_rate",
    "read_rate",
]
#: The names that programs of hrflow-connectors 4 import.
NAMES = {
    "v2": ["FranceTravail", "__CONNECTORS__", "hrflow_connectors_manifest"],
    "v2.core.run": [
        *("ActionInitError", "CallbackT", "Event", "FormatT", "LogicsT", "Reason"),
        *("RunResult", "Status"),
    ],
    "v2.core.common": ["Direction", "Entity", "Mode"],
    "v2.core.connector": ["Connector", "ConnectorType", "Flow", "hrflow_connectors_manifest"],
    "core.backend": ["configure_store", "store"],
    "v2.connectors.francetravail": ["FranceTravail"],
    "v2.connectors.francetravail.connector": [
        *("FranceTravail", "format_archive", "format_job", "get_job_location"),
        *("get_requirements", "get_sections", "get_tags"),
    ],
}


@pytest.mark.parametrize("module", NAMES)
def test_the_predecessors_names_are_there(module: str) -> None:
    ours = importlib.import_module(f"hrflow_connectors_rs.{module}")
    for name in NAMES[module]:
        assert hasattr(ours, name)
        assert name in ours.__all__


def test_the_connector_says_what_it_is(tmp_path: Path) -> None:
    assert isinstance(FranceTravail, Connector)
    assert __CONNECTORS__ == [FranceTravail]
    assert FranceTravail.type is ConnectorType.JobBoard
    assert FranceTravail.url.startswith("https://")
    assert Flow(Mode.archive, Entity.job, Direction.inbound) in FranceTravail.flows
    assert all(callable(getattr(FranceTravail, action)) for action in FranceTravail.actions)
    hrflow_connectors_manifest(__CONNECTORS__, str(tmp_path))
    manifest = json.loads((tmp_path / "manifest.json").read_text(encoding="utf-8"))
    (listed,) = manifest["connectors"]
    assert listed["type"] == "JOBBOARD"
    assert [action["name"] for action in listed["actions"]] == list(FranceTravail.actions)


def test_the_json_schema_of_an_action_holds_its_parameters() -> None:
    schema = FranceTravail.json_schema("archive_jobs_in_hrflow")
    pull = schema["properties"]["pull_parameters"]
    assert pull["properties"]["departement"]["type"] == ["string", "null"]
    assert pull["additionalProperties"] is False
    assert schema["properties"]["push_parameters"]["required"] == ["board_key"]
    assert set(SETTINGS) <= set(schema["properties"])
    assert "workflow_id" in schema["required"]
    with pytest.raises(KeyError):
        FranceTravail.json_schema("walk")


def test_the_connector_and_its_actions_are_picklable() -> None:
    assert pickle.loads(pickle.dumps(FranceTravail)) is FranceTravail
    action = FranceTravail.archive_jobs_in_hrflow
    assert pickle.loads(pickle.dumps(action)) is action


@pytest.mark.parametrize("name", FranceTravail.actions)
def test_annotations_can_be_evaluated(name: str) -> None:
    for action in (getattr(FranceTravail, name), getattr(FranceTravail, f"{name}_async")):
        hints = typing.get_type_hints(action)
        assert hints["return"] is RunResult
        signature = inspect.signature(action)
        assert set(SETTINGS) < set(signature.parameters)
    typing.get_type_hints(RunResult)


def test_every_name_of_the_package_has_hints_and_a_docstring() -> None:
    for name in hrflow_connectors_rs.__all__:
        value = getattr(hrflow_connectors_rs, name)
        if callable(value):
            assert value.__doc__
            typing.get_type_hints(value)


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ('pull_parameters={"departements": "75"}', 'Extra key "departements"'),
        ('push_parameters={"bord_key": "x"}', 'Extra key "bord_key"'),
        ('pull_parameters={"experience": "9"}', 'TypedDict item "experience"'),
        ('begin_anew="all"', 'Argument "begin_anew"'),
        ('pull_parameters={"publieeDepuis": 7, "qualification": 9, "origineOffre": 1}', None),
        ('pull_parameters={"grandDomaine": "M17,M18"}', None),
        ('pull_parameters=dict(departement="75")', None),
        ("patience=5, max_failures=3, store='memory:'", None),
    ],
)
def test_a_type_checker_refuses_what_the_action_would(
    tmp_path: Path, arguments: str, problem: str | None
) -> None:
    names = ("connector_auth", "hrflow_auth", "pull_parameters", "push_parameters")
    others = ", ".join(f"{name}={{}}" for name in names if f"{name}=" not in arguments)
    program = tmp_path / "program.py"
    program.write_text(
        "from hrflow_connectors_rs.v2 import FranceTravail\n"
        f"FranceTravail.archive_jobs_in_hrflow(workflow_id='x', {arguments}, {others})\n"
    )
    command = [sys.executable, "-m", "mypy", "--strict", "program.py"]
    checked = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    if problem is None:
        assert checked.returncode == 0, checked.stdout
    else:
        assert problem in checked.stdout


def test_a_result_is_plain_values_and_json() -> None:
    result = RunResult(
        incremental=False,
        status=Status.success_with_failures,
        items=[FailedItem("1", "write", "because", True)],
    )
    plain = json.loads(result.to_json())
    assert plain == result.to_dict()
    assert plain["status"] == "success_with_failures"
    assert plain["events"]["read_success"] == 0
    assert plain["items"][0]["why"] == "because"
    assert RunResult.of_report(plain) == result


def test_a_result_raises_where_it_is_asked_to(archive: Archive) -> None:
    good = archive()
    assert good.raise_for_status() is good
    bad = archive(pull_parameters={"sort": 7})
    with pytest.raises(RunFailed, match="bad_origin_parameters.*sort") as failed:
        bad.raise_for_status()
    assert failed.value.result is bad
    assert pickle.loads(pickle.dumps(failed.value)).result == bad
    some = RunResult(incremental=False, status=Status.success_with_failures)
    assert some.raise_for_status() is some
    with pytest.raises(RunFailed, match="success_with_failures"):
        some.raise_for_status(allow_failures=False)


@pytest.mark.parametrize(
    "settings",
    [
        {"publieeDepuis": 7},
        {"qualification": 9},
        {"origineOffre": 1},
        {"grandDomaine": "M17,M18"},
    ],
)
def test_values_of_the_predecessor_are_taken(archive: Archive, settings: dict[str, Any]) -> None:
    assert archive(pull_parameters=settings).status is Status.success


@pytest.mark.parametrize(
    "settings",
    [
        {"patience": 5, "function_timeout": 2.5, "wait": 0},
        {"persist": 0, "incremental": 0},
        {"max_failures": 3, "write_concurrency": 2, "write_rate": 60_000, "read_rate": 9.5},
        {"store": "memory:", "keep_runs": 3},
        {"content": "mapped", "contact": "drop", "licence_language": "fr"},
    ],
)
def test_every_setting_is_an_argument(archive: Archive, settings: dict[str, Any]) -> None:
    result = archive(**settings)
    assert result.status is Status.success, result.message


def test_a_setting_that_cannot_be_read_is_told_by_its_name(archive: Archive) -> None:
    result = archive(patience="soon", max_failures="many", keep_runs="few", begin_anew="all")
    assert result.message is not None
    for name in ("patience", "max_failures", "keep_runs", "begin_anew"):
        assert f"`{name}`" in result.message


def test_a_format_can_begin_with_the_actions_own(box: Sandbox) -> None:
    from hrflow_connectors_rs.v2.connectors.francetravail import connector

    offer = {
        "id": "123",
        "intitule": "Boulanger",
        "romeCode": "D1102",
        "dateCreation": "2025-01-31T08:00:00.000Z",
        "entreprise": {"nom": "Fournil", "description": "Du pain."},
        "lieuTravail": {"libelle": "75 - Paris", "latitude": 48.8, "longitude": 2.3},
    }
    job = connector.format_job(offer)
    assert (job["reference"], job["name"]) == ("123", "Boulanger")
    assert connector.get_tags(offer) == job["tags"]
    assert connector.get_sections(offer) == job["sections"]
    assert connector.get_job_location(offer["lieuTravail"]) == job["location"]  # type: ignore[arg-type]
    assert connector.format_archive(offer) == {"reference": "123"}
    with pytest.raises(ValueError):
        connector.format_job({})


def test_importing_does_not_load_the_engine() -> None:
    source = """
        import sys
        import hrflow_connectors_rs
        from hrflow_connectors_rs.v2 import FranceTravail
        print([name for name in ("hrflow_connectors_rs._engine", "asyncio") if name in sys.modules])
    """
    command = [sys.executable, "-c", textwrap.dedent(source)]
    printed = subprocess.run(command, capture_output=True, text=True, check=True)
    assert printed.stdout == "[]\n"


def test_hints_are_in_pythons_words(archive: Archive, box: Sandbox, tmp_path: Path) -> None:
    store = f"sqlite:{tmp_path}/state.sqlite"
    assert archive(incremental=True, store=store).status is Status.success
    changed = archive(incremental=True, store=store, pull_parameters={"departement": "92"})
    assert changed.reason is Reason.filter_changed
    assert changed.hints == [
        'give the workflow another `workflow_id`, or run once with `begin_anew="keep"`'
    ]
    assert "--" not in f"{changed.message}{changed.hints}"
    assert RunResult.of_report(json.loads(changed.to_json())) == changed
    anew = {"begin_anew": "keep", "pull_parameters": {"departement": "92"}}
    assert archive(incremental=True, store=store, **anew).status is Status.success


def test_a_notebook_shows_a_result_and_escapes_what_it_says() -> None:
    result = RunResult(
        incremental=False,
        status=Status.success_with_failures,
        events=Counter({Event.read_success: 1_200, Event.logics_discard: 3}),
        outcomes={"archived": 1_190, "missing": 0, "failed": 7},
        items=[FailedItem("048KLTP", "write", "<script>alert(1)</script>")],
        message="a & b",
        workflow_id="paris",
    )
    html = result._repr_html_()
    for part in ("<b>paris</b> success_with_failures", "1,200", "logics discard", "a &amp; b", "048KLTP"):
        assert part in html
    assert "<script>" not in html and "missing" not in html
