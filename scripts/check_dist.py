"""Installs each package that `make dist` has built in an empty place, and runs the main job there.

    python scripts/check_dist.py dist

The job archives generated offers from the embedded sandbox, so nothing outside this machine is needed but
PyPI, for the tools that validate. What cannot be checked on this machine is said.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import venv
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ACTION = "francetravail.archive_jobs_in_hrflow"
JOB = ["run", ACTION, "--workflow-id", "packaged", "--sandbox", "--store", "memory:", "--output", "json"]
LARGEST = 25_000_000
# A program in Python, for a wheel.
PROGRAM = """
import hrflow_connectors_rs
from {package}.v2 import FranceTravail
with hrflow_connectors_rs.sandbox(offers=200) as box:
    result = FranceTravail.archive_jobs_in_hrflow(
        workflow_id="packaged", connector_auth=box.connector_auth, hrflow_auth=box.hrflow_auth,
        pull_parameters=dict(departement="75"), push_parameters=dict(board_key=box.board_key),
        logics=[".", lambda offer: offer])
assert result.status.value == "success" and result.outcomes["archived"] > 0, result
"""


def run(*command: object, **options: object) -> str:
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, **options)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def one(folder: Path, pattern: str) -> Path:
    found = list(folder.glob(pattern))
    if len(found) != 1:
        sys.exit(f"{folder}: {len(found)} files are called {pattern}")
    return found[0]


def is_there(folder: Path, pattern: str) -> bool:
    """Whether a part was built; what was not is said."""
    found = bool(list(folder.glob(pattern)))
    if not found:
        print(f"skipped: {pattern}: not built", file=sys.stderr)
    return found


def check_job(printed: str) -> None:
    result = json.loads(printed)
    assert result["status"] == "success" and result["outcomes"]["archived"] > 1_000, result


def check_program(binary: Path) -> None:
    """The program, with an empty environment."""
    assert binary.stat().st_size < LARGEST, f"{binary.stat().st_size:,} bytes"
    version = run(binary, "--version", env={})
    assert re.search(r"^commit: [0-9a-f]{12} \d{4}-\d\d-\d\d$", version, re.M), version
    check_job(run(binary, *JOB, "--logic", ".", env={}))


def sums(dist: Path) -> None:
    listed = dict(reversed(line.split("  ", 1)) for line in (dist / "SHA256SUMS").read_text().splitlines())
    files = {str(file.relative_to(dist)) for file in dist.rglob("*") if file.is_file()} - {"SHA256SUMS"}
    assert set(listed) == files, set(listed) ^ files
    for name, digest in listed.items():
        assert hashlib.sha256((dist / name).read_bytes()).hexdigest() == digest, name


def archive(dist: Path, place: Path) -> None:
    with tarfile.open(one(dist, "hrflow-connectors-*.tar.gz")) as packed:
        packed.extractall(place, filter="data")
    tree = one(place, "hrflow-connectors-*")
    check_program(tree / "hrflow-connectors")
    for name in ("LICENSE", "README.md", "THIRD-PARTY-LICENCES", "examples/systemd/hrflow-connectors.service"):
        assert (tree / name).stat().st_size > 0, name
    run("bash", "-n", tree / "completions/hrflow-connectors.bash")
    pages = list((tree / "man/man1").glob("*.1"))
    assert len(pages) > 20, len(pages)
    if not shutil.which("groff"):
        return print("skipped: man pages: groff is not installed", file=sys.stderr)
    for page in pages:
        done = subprocess.run(["groff", "-man", "-Tutf8", "-P-cbou", "-ww", "-Wbreak", page], capture_output=True, text=True)
        assert done.returncode == 0 and not done.stderr and "SYNOPSIS" in done.stdout, (page, done.stderr)


def image(dist: Path, place: Path) -> None:
    """The static program in a root where nothing else is, which cannot be written to."""
    if not is_there(dist, "image/*"):
        return
    shutil.copy2(one(dist, "image/*/hrflow-connectors"), place / "hrflow-connectors")
    (place / "proc").mkdir()
    enter = (
        f"mount --bind {place} {place} && mount -t proc proc {place}/proc && "
        f"mount -o remount,bind,ro {place} && exec chroot {place} "
    )
    namespace = ["unshare", "--user", "--map-root-user", "--mount", "--pid", "--fork"]
    if subprocess.run([*namespace, "true"], capture_output=True).returncode != 0:
        return print("skipped: the image: this machine has no namespaces to give", file=sys.stderr)
    job = " ".join(["/hrflow-connectors", *JOB, "--logic", "."])
    check_job(run(*namespace, "/bin/sh", "-c", enter + job, env={"PATH": os.environ["PATH"]}))


def package(dist: Path, place: Path) -> None:
    if not is_there(dist, "*.deb"):
        return
    deb = one(dist, "*.deb")
    run("dpkg-deb", "-x", deb, place)
    check_program(place / "usr/bin/hrflow-connectors")
    control = run("dpkg-deb", "--field", deb)
    for field in ("Depends: libc6 (>= 2.", "Architecture: a", "Version: "):
        assert field in control, control
    for name in ("usr/share/man/man1/hrflow-connectors-run.1.gz", "usr/share/doc/hrflow-connectors/copyright",
                 "usr/share/bash-completion/completions/hrflow-connectors"):  # fmt: skip
        assert (place / name).stat().st_size > 0, name
    unit = (place / "usr/lib/systemd/system/hrflow-connectors.service").read_text()
    assert "ExecStart=/usr/bin/hrflow-connectors serve" in unit, unit


def wheels(dist: Path, place: Path) -> None:
    engine = one(dist, "hrflow_connectors_rs-*-abi3-*.whl")
    if "musllinux" in engine.name:
        return print("skipped: the wheel: it is for another C library", file=sys.stderr)
    names = one(dist, "hrflow_connectors-*.whl")
    with zipfile.ZipFile(engine) as packed:
        assert any(name.endswith("/licenses/THIRD-PARTY-LICENCES") for name in packed.namelist()), engine
    venv.create(place / "venv", with_pip=True)
    python = place / "venv/bin/python"
    run(python, "-m", "pip", "install", "--quiet", "--no-index", engine, names)
    for package in ("hrflow_connectors_rs", "hrflow_connectors"):
        run(python, "-c", PROGRAM.format(package=package), env={"HOME": str(place)}, cwd=place)
    check_job(run(place / "venv/bin/hrflow-connectors", *JOB, env={}, cwd=place))
    run(python, "-m", "pip", "install", "--quiet", "twine>=6.1")
    run(python, "-m", "twine", "check", "--strict", *dist.glob("*.whl"), *dist.glob("hrflow_*.tar.gz"))


def sources(dist: Path, place: Path) -> None:
    """The source distribution has what its build needs."""
    if not is_there(dist, "hrflow_connectors_rs-*.tar.gz"):
        return
    with tarfile.open(one(dist, "hrflow_connectors_rs-*.tar.gz")) as packed:
        names = {name.split("/", 1)[1] for name in packed.getnames() if "/" in name}
        about = packed.extractfile(next(name for name in packed.getnames() if name.endswith("/PKG-INFO")))
        text = about.read().decode()
    for name in ("Cargo.lock", "pyproject.toml", "crates/cli/build.rs", "crates/python/Cargo.toml"):
        assert name in names, name
    for line in ("Name: hrflow-connectors-rs", "License-Expression: Apache-2.0", "Requires-Python: >=3.9"):
        assert line in text, text[:800]


def bill(dist: Path, place: Path) -> None:
    """The list of components is valid, and has every crate that Cargo builds into the packages."""
    path = one(dist, "*.cdx.json")
    told = json.loads(path.read_text())
    target = told["metadata"]["properties"][0]["value"]
    listed = {(part["name"], part["version"]) for part in told["components"]}
    listed.add(("hrflow-connectors-cli", told["metadata"]["component"]["version"]))
    packaged = ["--package", "hrflow-connectors-cli", "--package", "hrflow-connectors-python"]
    tree = ["cargo", "tree", "--locked", "--edges", "normal", "--prefix", "none", "--target", target, *packaged]
    lines = [line.split() for line in run(*tree, cwd=ROOT).splitlines() if line]
    built = {(name, version.removeprefix("v")) for name, version, *_ in lines}
    lock = {(entry["name"], entry["version"]) for entry in tomllib.loads((ROOT / "Cargo.lock").read_text())["package"]}
    assert built <= listed and built <= lock, built - listed
    print(f"{len(listed)} components, {len(built)} of them crates that are built in")
    venv.create(place / "venv", with_pip=True)
    run(place / "venv/bin/pip", "install", "--quiet", "cyclonedx-python-lib[json-validation]>=11")
    validate = (
        "import sys; from cyclonedx.validation.json import JsonStrictValidator as V;"
        "from cyclonedx.schema import SchemaVersion as S;"
        "sys.exit(V(S.V1_5).validate_str(open(sys.argv[1]).read()))"
    )
    run(place / "venv/bin/python", "-c", validate, path)


def main() -> None:
    dist = Path(sys.argv[1]).resolve()
    sums(dist)
    for check in (archive, image, package, wheels, sources, bill):
        with tempfile.TemporaryDirectory() as place:
            check(dist, Path(place))
        print(f"{check.__name__}: ok")


if __name__ == "__main__":
    main()
