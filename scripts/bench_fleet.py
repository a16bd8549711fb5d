"""Measures a fleet: 200 workflows under one client id at 10 calls a second.

    cargo build --release --locked --package hrflow-connectors-cli
    python3 scripts/bench_fleet.py [OFFERS]

Every workflow is a mirror of one département and one kind of contract, with a board of its own, so that
their sizes go from a few offers to a sixth of all. It prints whether each board is right, how much of the
allowance was used, how many calls were refused, in which order the workflows ended, and the peak memory.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path

from bench import BINARY, start

RATE = 10
DEPARTEMENTS = [f"{number:02}" for number in range(1, 96) if number != 20] + ["2A", "2B", "971", "972", "973", "974"]
CONTRACTS = ["CDI", "CDD"]


def write_fleet(folder: Path) -> int:
    (folder / "fleet.toml").write_text(f'store = "sqlite:{folder}/state.sqlite"\n')
    count = 0
    for departement in DEPARTEMENTS:
        for contract in CONTRACTS:
            name = f"{departement}-{contract.lower()}"
            (folder / f"{name}.toml").write_text(
                f'workflow_id = "{name}"\naction = "francetravail.sync_jobs_in_hrflow"\n'
                f'[pull_parameters]\ndepartement = "{departement}"\ntypeContrat = "{contract}"\n'
                f'[push_parameters]\nboard_key = "{count:040x}"\n'
            )
            count += 1
    return count


def requests(metrics: str, service: str) -> dict[str, int]:
    pattern = r'hrflow_connectors_http_requests_total\{service="%s",status="(\w+)"\} (\d+)' % service
    return {status: int(count) for status, count in re.findall(pattern, metrics)}


def age(run: dict, runs: list[dict]) -> float:
    """How long after the first one began a run ended, in seconds."""
    first = min(datetime.fromisoformat(it["started_at"][:26]) for it in runs)
    began = datetime.fromisoformat(run["started_at"][:26])
    return (began - first).total_seconds() + run["duration_ms"] / 1000


def main(offers: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        count = write_fleet(folder)
        process, variables = start(
            "--offers", str(offers), "--board-holds", "0", "--francetravail-rate", str(RATE)
        )
        variables["HRFLOW_CONNECTORS_LOG"] = "warn"
        try:
            began = time.monotonic()
            metrics = folder / "fleet.prom"
            run = subprocess.Popen(
                [BINARY, "run", folder, "--output", "json", "--metrics-file", metrics, "--quiet"],
                env=variables, stdout=subprocess.PIPE,
            )  # fmt: skip
            assert run.stdout is not None
            printed = run.stdout.read()
            _, status, usage = os.wait4(run.pid, 0)
            took = time.monotonic() - began
        finally:
            process.terminate()
            process.wait()
        runs = json.loads(printed)["runs"]
        text = metrics.read_text()
    answers = requests(text, "France Travail")
    sizes = [it["events"]["read_success"] for it in runs]
    right = sum(
        it["complete"] and it["outcomes"]["created"] == it["events"]["read_success"] for it in runs
    )
    # The one token comes from another server, and is no part of the allowance.
    calls = sum(answers.values()) - 1
    peak = usage.ru_maxrss / 1024
    print(f"workflows       {count}, exit code {os.waitstatus_to_exitcode(status)}")
    print(f"boards right    {right}")
    print(f"offers          {sum(sizes):,}; sizes {min(sizes)} to {max(sizes):,}")
    print(f"time            {took:.1f} s")
    small = [it for it in runs if it["events"]["read_success"] <= 100]
    ended = [age(it, runs) for it in small]
    print(f"small ones      {len(small)} with at most 100 offers, the last done after {max(ended):.0f} s")
    print(f"calls           {calls:,} to France Travail: {answers}")
    print(f"allowance used  {calls / (took * RATE):.1%} of {RATE} a second")
    print(f"refused         1 in {calls / max(1, answers.get('429', 0)):.0f}" if answers.get("429") else "refused         none")
    print(f"peak memory     {peak:.0f} MB")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
