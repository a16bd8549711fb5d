"""Measures the console over a large store: 1,000 workflows, 100,000 runs, 10,000,000 items.

    cargo build --release --locked --package hrflow-connectors-cli
    python3 scripts/bench_console.py [WORKFLOWS RUNS ITEMS]

RUNS is of each workflow, ITEMS of each run. Real runs write the store's first rows; the others are copies of
them with other ids. It prints how long each page took, the median and the slowest of 20.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid
from pathlib import Path
from statistics import median

from bench import BINARY, BOARD, start

TIMES = 20


def first_run(folder: Path) -> str:
    """Makes a store with one real run, and gives its address."""
    store = f"sqlite:{folder}/state.sqlite"
    process, variables = start("--offers", "200", "--francetravail-rate", "0", "--board-holds", "0")
    try:
        subprocess.run(
            [BINARY, "run", "francetravail.sync_jobs_in_hrflow", "--workflow-id", "first", "--push",
             f"board_key={BOARD}", "--pull", "departement=75", "--store", store, "--quiet", "--output", "json"],
            env=variables, stdout=subprocess.DEVNULL, check=True,
        )  # fmt: skip
    finally:
        process.terminate()
        process.wait()
    return store


def run_id(milliseconds: int, number: int) -> str:
    """A UUID of version 7."""
    return str(uuid.UUID(int=(milliseconds << 80) | (7 << 76) | (2 << 62) | number))


def document(value: dict) -> str:
    """A document as a store keeps it."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    digest = hashlib.sha256(text.encode()).hexdigest()
    return f'{{"format":1,"sha256":"{digest}","epoch":1,"value":{text}}}'


def fill(path: Path, workflows: int, runs: int, items: int) -> tuple[str, str, str]:
    """Copies the one run, and gives a workflow, a run of it and an old item."""
    connection = sqlite3.connect(path)
    (name, record) = connection.execute("SELECT name, bytes FROM blobs WHERE name LIKE 'runs/%'").fetchone()
    template = json.loads(record)["value"]
    now = int(time.time() * 1000)
    page = '{"format":2}\n' + "".join(f'["{{run}}{number:05}","unchanged"]\n' for number in range(items))
    rows = []
    for workflow in range(workflows):
        workflow_id = f"workflow-{workflow:04}"
        folder = f"runs/{workflow_id}-{hashlib.sha256(workflow_id.encode()).hexdigest()[:16]}"
        for run in range(runs):
            began = now - (run * 86_400_000 // 4) - workflow * 1000
            number = workflow * runs + run
            own = run_id(began, number)
            started = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(began / 1000))
            of = {"run_id": own, "workflow_id": workflow_id, "started_at": started}
            result = {**template["result"], **of}
            if (workflow + run) % 7 == 0:
                result |= {"status": "fatal", "reason": "read_failure", "message": "the service is down"}
            rows.append((f"{folder}/{own}", document({**template, **of, "result": result})))
            rows.append((f"journals/{own}/outcomes/000000000001", page.replace("{run}", f"{number:06}")))
        if len(rows) > 20_000:
            connection.executemany("INSERT INTO blobs VALUES (?, 1, CAST(? AS BLOB))", rows)
            rows.clear()
    connection.executemany("INSERT INTO blobs VALUES (?, 1, CAST(? AS BLOB))", rows)
    connection.commit()
    connection.close()
    last = run_id(now - (workflows - 1) * 1000, (workflows - 1) * runs)
    return f"workflow-{workflows - 1:04}", last, f"{runs - 1:06}00000"


def timed(address: str) -> str:
    took = []
    for _ in range(TIMES):
        began = time.monotonic()
        with urllib.request.urlopen(address) as answer:
            size = len(answer.read())
        took.append((time.monotonic() - began) * 1000)
    return f"{median(took):6.1f} ms  {max(took):6.1f} ms  {size / 1000:7.1f} kB"


def main(workflows: int, runs: int, items: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        store = first_run(folder)
        path = folder / "state.sqlite"
        workflow, run, item = fill(path, workflows, runs, items)
        print(f"store     {workflows:,} workflows, {workflows * runs:,} runs, {workflows * runs * items:,} items, "
              f"{path.stat().st_size / 1e6:,.0f} MB")
        began = time.monotonic()
        console = subprocess.Popen(
            [BINARY, "console", "--store", store, "--listen", "127.0.0.1:0"], stderr=subprocess.PIPE, text=True
        )
        assert console.stderr is not None
        base = console.stderr.readline().split()[-1]
        print(f"ready     after {time.monotonic() - began:.1f} s")
        try:
            for path_of_page in ("/", "/?q=workflow-05", "/?page=5", f"/workflows/{workflow}",
                                 f"/workflows/{workflow}/runs/{run}", f"/workflows/{workflow}/runs/{run}/items",
                                 f"/find?id={item}"):  # fmt: skip
                print(f"{timed(base + path_of_page)}  {path_of_page}")
            status = Path(f"/proc/{console.pid}/status").read_text()
            peak = next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))
            print(f"memory    {int(peak) / 1000:.0f} MB at its peak")
        finally:
            console.terminate()
            console.wait()


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:4])) if len(sys.argv) > 3 else main(1_000, 100, 100)
