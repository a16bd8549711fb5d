"""The examples run as they stand."""

from __future__ import annotations

import os
import runpy
from pathlib import Path

import pytest

from hrflow_connectors_rs._sandbox import Sandbox

EXAMPLES = Path(__file__).parent.parent.parent / "examples" / "python"


@pytest.fixture
def credentials(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a user of the examples exports."""
    monkeypatch.setenv("FRANCETRAVAIL_CLIENT_ID", "an id")
    monkeypatch.setenv("FRANCETRAVAIL_CLIENT_SECRET", "a secret")
    monkeypatch.setenv("HRFLOW_API_SECRET", "ask_example")
    monkeypatch.setenv("HRFLOW_API_USER", "someone@example.org")
    monkeypatch.setenv("BOARD_KEY", box.board_key)


@pytest.mark.usefixtures("credentials")
def test_the_page_example_archives(box: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(EXAMPLES / "archive_jobs.py"), run_name="__main__")
    assert ended.value.code == 0
    assert f"{len(box.archived())} archived" in capsys.readouterr().out


def test_the_notebook_runs_from_top_to_bottom(capsys: pytest.CaptureFixture[str]) -> None:
    before = dict(os.environ)
    runpy.run_path(str(EXAMPLES / "notebook.py"))
    assert "jobs are archived" in capsys.readouterr().out
    names = [name for name in os.environ if name.endswith("_URL")]
    assert {name: os.environ[name] for name in names} == {name: before[name] for name in names}


@pytest.mark.usefixtures("credentials")
def test_the_flow_archives(box: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path))
    testing = pytest.importorskip("prefect.testing.utilities")
    with testing.prefect_test_harness():
        flow = runpy.run_path(str(EXAMPLES / "nightly_flow.py"))
        (outcomes,) = flow["nightly"](["75"])
    assert outcomes["archived"] == len(box.archived()) > 0
