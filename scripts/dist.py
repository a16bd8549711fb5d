"""Builds what is delivered into a folder: `make dist`.

    python scripts/dist.py [--target TRIPLE] [--out dist] [PART ...]

Parts: `archive` (the program as .tar.gz, and as .deb), `static` (for the image), `wheels`, `sources`. All of
them unless some are named. Needs Python 3.11, `dpkg-deb` and `objdump`; the other tools are installed from
PyPI in an environment of their own. The program is run to write its pages, so the target must be one that
this machine can run: `.github/workflows/release.yml` has a machine for each.
"""

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import archives
import supply

ROOT = Path(__file__).resolve().parent.parent
BUILT = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
TOOLS = BUILT / "packaging/venv"
PACKAGES = ("build==1.6.1", "cargo-zigbuild==0.24.1", "maturin==1.16.0", "ziglang==0.17.1")
NAME = "hrflow-connectors"
PROGRAM = ("build", "--locked", "--profile", "dist", "--package", "hrflow-connectors-cli")
PARTS = ("archive", "static", "wheels", "sources")


def run(*command: object, folder: Path = ROOT, **variables: str) -> None:
    told = os.environ | {"PATH": f"{TOOLS}/bin:{os.environ['PATH']}", "CARGO_TARGET_DIR": str(BUILT)}
    subprocess.run([str(part) for part in command], cwd=folder, check=True, env=told | variables)


def printed(*command: str) -> str:
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()


def tools() -> None:
    if not (TOOLS / "bin/pip").exists():
        subprocess.run([sys.executable, "-m", "venv", TOOLS], check=True)
    run(TOOLS / "bin/pip", "install", "--quiet", *PACKAGES)


class Delivery:
    """What is built for one target."""

    def __init__(self, target: str, out: Path) -> None:
        self.target, self.out = target, out
        self.is_musl = "musl" in target
        self.version = tomllib.loads((ROOT / "Cargo.toml").read_text())["workspace"]["package"]["version"]
        # The time of the commit stands in the archives, so that a second build gives the same ones.
        self.epoch = int(os.environ.get("SOURCE_DATE_EPOCH") or printed("git", "log", "-1", "--format=%ct"))

    def told(self) -> None:
        """What is in the packages, of others."""
        (self.out / "THIRD-PARTY-LICENCES").write_text(supply.licences(self.target))
        bill = json.dumps(supply.sbom(self.target, self.epoch), indent=2) + "\n"
        (self.out / f"{NAME}-{self.version}-{self.target}.cdx.json").write_text(bill)

    def program(self) -> Path:
        """The stripped program. Zig links against an old C library, so it runs on every Linux since 2014."""
        linked = self.target if self.is_musl else f"{self.target}.2.17"
        run("cargo-zigbuild", *PROGRAM, "--target", linked)
        return BUILT / self.target / "dist" / NAME

    def archive(self) -> None:
        tree = BUILT / "packaging" / f"{NAME}-{self.version}-{self.target}"
        shutil.rmtree(tree, ignore_errors=True)
        (tree / "completions").mkdir(parents=True)
        binary = Path(shutil.copy2(self.program(), tree / NAME))
        for shell, file in archives.SHELLS.items():
            (tree / "completions" / file).write_text(printed(str(binary), "completions", shell) + "\n")
        run(binary, "man", "--out", tree / "man/man1")
        for file in (ROOT / "LICENSE", ROOT / "README.md", ROOT / "CHANGELOG.md", self.out / "THIRD-PARTY-LICENCES"):
            shutil.copy2(file, tree / file.name)
        shutil.copytree(ROOT / "examples", tree / "examples", ignore=shutil.ignore_patterns("__pycache__"))
        archives.tarball(tree, self.out / f"{tree.name}.tar.gz", self.epoch)
        if not self.is_musl:
            archives.debian(tree, self.out, self.version, self.epoch)

    def static(self) -> None:
        """The program without a library of the system; see Dockerfile."""
        if self.is_musl:
            built = self.program()
        else:
            # With a target named, build scripts and macros do not get the flag: the compiler loads macros.
            target = ("--target", self.target, "--target-dir", BUILT / "static")
            # Random numbers come from the kernel: an image need not have /dev.
            flags = '-C target-feature=+crt-static --cfg getrandom_backend="linux_getrandom"'
            run("cargo", *PROGRAM, *target, RUSTFLAGS=flags)
            built = BUILT / "static" / self.target / "dist" / NAME
        folder = self.out / "image" / archives.architecture(built)
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy2(built, folder / NAME)

    def wheels(self) -> None:
        """One wheel for every Python from 3.9 on, and the one with the names of hrflow-connectors 4."""
        compatible = "musllinux_1_2" if self.is_musl else "manylinux2014"
        target = ("--zig", "--compatibility", compatible, "--target", self.target)
        built = ("--locked", "--profile", "dist", "--out", self.out)
        # `license-files` in pyproject.toml names it.
        beside = Path(shutil.copy2(self.out / "THIRD-PARTY-LICENCES", ROOT / "python"))
        try:
            run("maturin", "build", *target, *built, folder=ROOT / "python")
        finally:
            beside.unlink()
        run(TOOLS / "bin/python", "-m", "build", "--outdir", self.out, "python/hrflow-connectors")

    def sources(self) -> None:
        run("maturin", "sdist", "--out", self.out, folder=ROOT / "python")

    def sums(self) -> None:
        files = sorted(file for file in self.out.rglob("*") if file.is_file())
        lines = [
            f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.relative_to(self.out)}\n"
            for file in files
            if file.name != "SHA256SUMS"
        ]
        (self.out / "SHA256SUMS").write_text("".join(lines))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--target", default="x86_64-unknown-linux-gnu")
    parser.add_argument("--out", type=Path, default=ROOT / "dist")
    given = parser.parse_args()
    if unknown := set(given.parts) - set(PARTS):
        parser.error(f"unknown part: {', '.join(sorted(unknown))}")
    # What an earlier version left would be summed up and delivered again.
    if not given.parts and (given.out / "SHA256SUMS").exists():
        shutil.rmtree(given.out)
    given.out.mkdir(parents=True, exist_ok=True)
    # Kernels for arm64 have pages of up to 64 KiB; an allocator that is built for smaller ones stops there.
    if given.target.startswith("aarch64"):
        os.environ["JEMALLOC_SYS_WITH_LG_PAGE"] = "16"
    delivery = Delivery(given.target, given.out.resolve())
    tools()
    delivery.told()
    for part in given.parts or PARTS:
        getattr(delivery, part)()
    delivery.sums()
    for file in sorted(file for file in given.out.rglob("*") if file.is_file()):
        print(f"{file.stat().st_size:>12,}  {file.relative_to(given.out)}")


if __name__ == "__main__":
    main()
