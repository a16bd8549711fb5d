"""Checks the files in examples/ with the tools that would use them.

    python scripts/check_examples.py BINARY

`kubernetes-validate` and PyYAML come from PyPI. `promtool` is taken from Debian's package where this
machine can fetch it, and `systemd-analyze` where it is installed; what cannot be checked here is said.
"""

import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import kubernetes_validate
import yaml

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "examples"
TOOLS = ROOT / "target/tools"
METRIC = re.compile(r"\bhrflow_connectors_[a-z_]+")


def run(*command: object, **options: object) -> str:
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, **options)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def skipped(what: str, why: str) -> None:
    print(f"skipped: {what}: {why}", file=sys.stderr)


def metrics(binary: str) -> str:
    """The metrics of a service, in the text format of Prometheus."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run.prom"
        action = "francetravail.archive_jobs_in_hrflow"
        arguments = ["--workflow-id", "examples", "--sandbox", "--metrics-file", path, "--quiet"]
        run(binary, "run", action, *arguments, "--push", "select=listed")
        return path.read_text()


def promtool() -> Path | None:
    found = shutil.which("promtool")
    if found:
        return Path(found)
    tool = TOOLS / "usr/bin/promtool"
    if tool.exists():
        return tool
    TOOLS.mkdir(parents=True, exist_ok=True)
    for command in (["apt-get", "update", "-qq"], ["apt-get", "download", "-qq", "prometheus"]):
        if subprocess.run(command, cwd=TOOLS, capture_output=True).returncode == 0:
            continue
        if command[1] == "download":
            return None
    for package in TOOLS.glob("prometheus_*.deb"):
        run("dpkg", "-x", package, TOOLS)
        package.unlink()
    return tool if tool.exists() else None


def check_prometheus(binary: str) -> None:
    text = metrics(binary)
    known = set(METRIC.findall(text)) | declared()
    for path in sorted((EXAMPLES / "prometheus").iterdir()):
        used = {re.sub(r"_(bucket|sum|count)$", "", name) for name in METRIC.findall(path.read_text())}
        unknown = used - {re.sub(r"_(bucket|sum|count)$", "", name) for name in known}
        if unknown:
            sys.exit(f"{path}: no metric is called {', '.join(sorted(unknown))}")
    json.loads((EXAMPLES / "prometheus/grafana-dashboard.json").read_text())
    tool = promtool()
    if tool is None:
        return skipped("alert rules and metrics", "promtool cannot be fetched")
    run(tool, "check", "rules", EXAMPLES / "prometheus/alerts.yml")
    run(tool, "test", "rules", "alerts_test.yml", cwd=EXAMPLES / "prometheus")
    run(tool, "check", "metrics", input=text)
    print("ok: prometheus")


def declared() -> set[str]:
    """Every metric that the program declares, also those that a single run does not use."""
    source = (ROOT / "crates/serve/src/metrics/families.rs").read_text()
    names = re.findall(r'"([a-z_]+)"', source)
    return {f"hrflow_connectors_{name}" for name in names}


def check_kubernetes() -> None:
    for path in sorted((EXAMPLES / "kubernetes").glob("*.yaml")):
        for document in yaml.safe_load_all(path.read_text()):
            kubernetes_validate.validate(document, "1.30", strict=True)
    print("ok: kubernetes")


def check_fleet_of_kubernetes(binary: str) -> None:
    documents = yaml.safe_load_all((EXAMPLES / "kubernetes/deployment.yaml").read_text())
    files = next(document["data"] for document in documents if document["kind"] == "ConfigMap")
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            (Path(folder) / name).write_text(text)
        run(binary, "check", folder, "--sandbox")
    print("ok: fleet of kubernetes")


def check_systemd() -> None:
    tool = shutil.which("systemd-analyze")
    if tool is None:
        return skipped("systemd units", "systemd-analyze is not installed")
    with tempfile.TemporaryDirectory() as folder:
        # The program is not installed here, and its place is all that is asked of it.
        for path in (EXAMPLES / "systemd").iterdir():
            text = path.read_text().replace("/usr/local/bin/hrflow-connectors", "/bin/true")
            (Path(folder) / path.name).write_text(text)
        units = sorted(Path(folder).iterdir())
        found = subprocess.run([tool, "verify", *units], capture_output=True, text=True)
        own = [line for line in found.stderr.splitlines() if "hrflow" in line]
        if own:
            sys.exit("systemd-analyze verify:\n" + "\n".join(own))
    print("ok: systemd")


def check_cron() -> None:
    for line in (EXAMPLES / "cron/crontab").read_text().splitlines():
        if not line or line.startswith("#") or re.match(r"[A-Z_]+=", line):
            continue
        fields = line.split(maxsplit=5)
        if len(fields) != 6 or not all(re.fullmatch(r"[\d*/,-]+", field) for field in fields[:5]):
            sys.exit(f"crontab: not a line of cron: {line}")
    print("ok: cron")


if __name__ == "__main__":
    [_, binary] = sys.argv
    check_cron()
    check_kubernetes()
    check_systemd()
    check_fleet_of_kubernetes(binary)
    check_prometheus(binary)
