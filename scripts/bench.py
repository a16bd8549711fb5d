"""Measures whole runs of the release binary against its own sandbox.

    cargo build --release --locked --package hrflow-connectors-cli
    python3 scripts/bench.py [NAME ...]

Each line is the median of three runs. Processor time and memory are those of the run alone; the sandbox is
a process of its own on the same machine, so on few cores both share them.
"""

from __future__ import annotations

import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

BINARY = Path(__file__).resolve().parent.parent / "target/release/hrflow-connectors"
BOARD = "0123456789012345678901234567890123456789"
REPEATS = 3


@dataclass
class Scenario:
    """One thing that is measured."""

    #: How many offers the sandbox lists.
    offers: int
    #: Arguments of the sandbox.
    sandbox: tuple[str, ...] = ()
    #: Arguments of the run.
    run: tuple[str, ...] = ()
    action: str = "archive"


#: The services without a limit, unless a scenario says otherwise.
FAST = ("--francetravail-rate", "0")
SCENARIOS = {
    "archive": Scenario(20_000, FAST),
    "archive, 200 ms": Scenario(3_000, (*FAST, "--hrflow-latency", "200")),
    "archive, 30 % faults": Scenario(3_000, (*FAST, "--faults", "0.3")),
    "archive, all discarded": Scenario(20_000, FAST, ("--logic", "empty")),
    "mirror, first run": Scenario(10_000, (*FAST, "--board-holds", "0"), action="sync"),
    "read 100,000, dry": Scenario(100_000, FAST, ("--dry-run",)),
}


def start(*arguments: str) -> tuple[subprocess.Popen[str], dict[str, str]]:
    """A sandbox, and the variables that turn a run to it."""
    process = subprocess.Popen(
        [BINARY, "sandbox", *arguments], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    variables = dict(os.environ)
    for line in process.stdout:
        found = re.match(r"export (\w+)=(.*)", line)
        if found:
            variables[found[1]] = found[2]
        if "Ctrl-C" in line:
            break
    return process, variables


def measure(scenario: Scenario, folder: str) -> dict[str, float]:
    """One run."""
    sandbox, variables = start("--offers", str(scenario.offers), *scenario.sandbox)
    command = [
        str(BINARY), "run", f"francetravail.{scenario.action}_jobs_in_hrflow",
        "--workflow-id", "bench", "--push", f"board_key={BOARD}", "--read-rate", "1000000",
        "--store", f"sqlite:{folder}/state.sqlite", "--output", "json", *scenario.run,
    ]  # fmt: skip
    try:
        began = time.monotonic()
        run = subprocess.Popen(
            command, env=variables, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        _, status, usage = os.wait4(run.pid, 0)
        took = time.monotonic() - began
    finally:
        sandbox.kill()
        sandbox.wait()
    # Failures are counted by the run itself; a run that was refused measures nothing.
    assert os.waitstatus_to_exitcode(status) in (0, 3), f"{command} failed"
    processor = usage.ru_utime + usage.ru_stime
    return {
        "seconds": took,
        "offers/s": scenario.offers / took,
        "µs CPU/offer": processor * 1e6 / scenario.offers,
        "MB peak": usage.ru_maxrss / 1024,
    }


def start_up() -> float:
    """How long the binary takes to start and end, in milliseconds."""
    times = []
    for _ in range(20):
        began = time.monotonic()
        subprocess.run([BINARY, "--version"], stdout=subprocess.DEVNULL, check=True)
        times.append((time.monotonic() - began) * 1000)
    return median(times)


def main(names: list[str]) -> None:
    """Prints a table."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    print(f"start-up: {start_up():.1f} ms\n")
    print("| scenario | offers | s | offers/s | µs CPU/offer | MB peak |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    for name in names or SCENARIOS:
        scenario = SCENARIOS[name]
        runs = []
        for _ in range(REPEATS):
            with tempfile.TemporaryDirectory() as folder:
                runs.append(measure(scenario, folder))
        of = {key: median(run[key] for run in runs) for key in runs[0]}
        print(
            f"| {name} | {scenario.offers:,} | {of['seconds']:.2f} | {of['offers/s']:,.0f} "
            f"| {of['µs CPU/offer']:.0f} | {of['MB peak']:.0f} |",
            flush=True,
        )


if __name__ == "__main__":
    main(sys.argv[1:])
