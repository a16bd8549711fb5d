"""The three ways to have the package, each in an environment of its own: beside hrflow-connectors 4
as PyPI has it, in its place, and alone."""

from __future__ import annotations

import json
import os
import subprocess
import textwrap
import venv
from pathlib import Path
from typing import Any

import pytest

PYTHON = Path(__file__).parent.parent
WHEELS = PYTHON.parent / "target" / "python" / "wheels"
RUN = """
    import json, sys
    import hrflow_connectors_rs
    {before}
    from hrflow_connectors.v2 import FranceTravail
    from hrflow_connectors.v2.core.run import Event, Reason, Status
    {after}
    seen = []
    with hrflow_connectors_rs.sandbox(offers=200) as box:
        result = FranceTravail.archive_jobs_in_hrflow(
            workflow_id="some workflow identifier",
            connector_auth=dict(client_id="an id", client_secret="a secret"),
            hrflow_auth=dict(api_secret="ask_x", api_user="someone@example.org"),
            pull_parameters=dict(departement="75", range=None),
            push_parameters=dict(board_key=box.board_key),
            logics=[lambda offer: offer],
            format=lambda offer: dict(reference=offer["id"]),
            callback=lambda origin, target, events, items: seen.append(
                (events[Event.read_success], len(items))
            ),
            persist=True,
            incremental=False,
        )
        archived = len(box.archived())
    assert result.status is Status.success and result.reason is Reason.none, result
    assert seen == [(archived, archived)] and archived > 0
    assert result.events[Event.read_success] == archived
    assert set(result.events) == set(Event)
"""


class Environment:
    """A virtual environment of its own."""

    def __init__(self, folder: Path, *packages: str) -> None:
        venv.create(folder, with_pip=True)
        self.bin = folder / ("Scripts" if os.name == "nt" else "bin")
        install = [str(self.bin / "python"), "-m", "pip", "install", "--quiet", *packages]
        subprocess.run(install, check=True, cwd=folder)
        self.folder = folder

    def run(self, source: str, **variables: str) -> str:
        """What a program prints."""
        done = subprocess.run(
            [self.bin / "python", "-c", textwrap.dedent(source)],
            cwd=self.folder,
            env={**os.environ, "HOME": str(self.folder), **variables},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


def wheel() -> str:
    """The wheel that `make python-test` has built."""
    wheels = list(WHEELS.glob("hrflow_connectors_rs-*.whl"))
    if not wheels:
        pytest.skip("no wheel has been built: run `make python-test`")
    return str(wheels[0])


@pytest.fixture(scope="module")
def beside(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """Beside hrflow-connectors 4."""
    folder = tmp_path_factory.mktemp("beside")
    # Its manifest looks at logos.
    return Environment(folder, "hrflow-connectors==4.28.0", "pillow", wheel())


@pytest.fixture(scope="module")
def instead(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """In its place."""
    names = str(PYTHON / "hrflow-connectors")
    return Environment(tmp_path_factory.mktemp("instead"), wheel(), names)


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """Alone."""
    return Environment(tmp_path_factory.mktemp("alone"), wheel())


def filled(before: str = "", after: str = "") -> str:
    """The program that archives, with lines before and after the import."""
    return RUN.format(before=before, after=after)


def test_beside_the_predecessor_nothing_changes_unasked(beside: Environment) -> None:
    printed = beside.run(
        """
        import hrflow_connectors_rs
        from hrflow_connectors.v2 import FranceTravail, Greenhouse
        print(FranceTravail.archive_jobs_in_hrflow.__module__, hasattr(FranceTravail, "plan"))
        """
    )
    assert printed == "hrflow_connectors.v2.core.connector False\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("hrflow_connectors_rs.install()", ""),
        ("", "hrflow_connectors_rs.install()"),
        ("hrflow_connectors_rs.install()", "hrflow_connectors_rs.install()"),
    ],
    ids=["first", "after the import", "twice"],
)
def test_beside_the_predecessor_it_is_installed(
    beside: Environment, before: str, after: str
) -> None:
    beside.run(filled(before, after))


def test_a_variable_installs_it_when_python_starts(beside: Environment) -> None:
    beside.run(filled(), HRFLOW_CONNECTORS_RS_INSTALL="1")


def test_the_predecessor_keeps_its_other_connectors(beside: Environment) -> None:
    printed = beside.run(
        """
        import json, tempfile
        import hrflow_connectors_rs
        hrflow_connectors_rs.install()
        import hrflow_connectors
        from hrflow_connectors import v2
        from hrflow_connectors.v2.core.connector import Connector
        from hrflow_connectors_rs.v2 import FranceTravail as ours
        assert isinstance(v2.FranceTravail, Connector) and v2.FranceTravail in v2.__CONNECTORS__
        assert v2.FranceTravail.sync_jobs_in_hrflow.__doc__ == ours.sync_jobs_in_hrflow.__doc__
        actions = [name for name in dir(v2.Greenhouse) if "_in_" in name]
        for name in actions:
            assert getattr(v2.Greenhouse, name).__module__ == "hrflow_connectors.v2.core.connector"
        with tempfile.TemporaryDirectory() as folder:
            v2.hrflow_connectors_manifest(v2.__CONNECTORS__, folder)
            manifest = json.load(open(folder + "/manifest.json"))
        print(json.dumps([
            len(hrflow_connectors.__CONNECTORS__), len(v2.__CONNECTORS__),
            len(manifest["connectors"]), len(actions) > 0,
        ]))
        """
    )
    v1, v2, manifests, has_actions = json.loads(printed)
    assert (v1, v2, manifests, has_actions) == (21, v2, v2, True)
    assert v2 > 15


def test_in_its_place_a_program_runs_unchanged(instead: Environment) -> None:
    instead.run(filled())


def test_in_its_place_every_name_is_the_same_object(instead: Environment) -> None:
    instead.run(
        """
        import importlib, pkgutil
        import hrflow_connectors
        walked = pkgutil.walk_packages(hrflow_connectors.__path__, "hrflow_connectors.")
        names = ["hrflow_connectors", *(module.name for module in walked)]
        assert "hrflow_connectors.v2.connectors.francetravail.connector" in names
        for name in names:
            theirs = importlib.import_module(name)
            ours = importlib.import_module(name.replace("hrflow_connectors", "hrflow_connectors_rs"))
            for word in getattr(theirs, "__all__", []):
                assert getattr(theirs, word) is getattr(ours, word), (name, word)
        """
    )


def test_alone_it_has_a_version_a_licence_and_a_command(alone: Environment) -> None:
    printed = alone.run(
        """
        import importlib.metadata as metadata, json
        import hrflow_connectors_rs
        try:
            hrflow_connectors_rs.install()
        except ImportError as error:
            refusal = str(error)
        about = metadata.metadata("hrflow-connectors-rs")
        print(json.dumps({
            "version": [hrflow_connectors_rs.__version__, about["Version"]],
            "licence": [about["License-Expression"], about["License-File"]],
            "classifiers": about.get_all("Classifier"),
            "requires": metadata.requires("hrflow-connectors-rs"),
            "refusal": refusal,
        }))
        """
    )
    about: dict[str, Any] = json.loads(printed)
    assert len(set(about["version"])) == 1
    assert about["licence"] == ["Apache-2.0", "LICENSE"]
    assert "Programming Language :: Python :: 3.9" in about["classifiers"]
    assert about["requires"] is None
    assert about["refusal"].startswith("there is no package `hrflow_connectors`")
    command = [str(alone.bin / "hrflow-connectors"), "describe"]
    described = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "francetravail.archive_jobs_in_hrflow" in described.stdout


def test_a_variable_without_the_predecessor_changes_nothing(alone: Environment) -> None:
    printed = alone.run("print('runs')", HRFLOW_CONNECTORS_RS_INSTALL="1")
    assert printed == "runs\n"
    assert alone.run("import sys; print('hrflow_connectors_rs' in sys.modules)") == "False\n"
