"""Writes the archive and the Debian package of one program, the same bytes for the same content."""

import gzip
import io
import os
import re
import shutil
import subprocess
import tarfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
UNITS = ROOT / "examples/systemd"
SHELLS = {"bash": "hrflow-connectors.bash", "zsh": "_hrflow-connectors", "fish": "hrflow-connectors.fish"}
MAINTAINER = f"{os.environ.get('DEBFULLNAME', 'hrflow-connectors')} <{os.environ.get('DEBEMAIL', 'root@localhost')}>"
SUMMARY = "syncs job offers from France Travail to HrFlow boards"
DESCRIPTION = """\
 It reports how every offer ended, resumes after a crash, and refuses a wrong
 configuration before it sends a request. An embedded sandbox simulates both
 services.
 .
 The systemd units are neither enabled nor started: they need workflow files in
 /etc/hrflow/boards and credentials in /etc/hrflow/credentials.
"""
RELOAD = "#!/bin/sh\nset -e\nif [ -d /run/systemd/system ]; then systemctl daemon-reload || true; fi\n"


def tarball(folder: Path, path: Path, epoch: int) -> None:
    """A folder as a .tar.gz, without the time, the user and the order of this machine."""

    def neutral(entry: tarfile.TarInfo) -> tarfile.TarInfo:
        entry.uid = entry.gid = 0
        entry.uname = entry.gname = "root"
        entry.mtime = epoch
        entry.mode = 0o755 if entry.isdir() or entry.mode & 0o100 else 0o644
        return entry

    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive:
        archive.add(folder, folder.name, filter=neutral, recursive=False)
        for file in sorted(folder.rglob("*")):
            archive.add(file, f"{folder.name}/{file.relative_to(folder)}", filter=neutral, recursive=False)
    path.write_bytes(gzip.compress(packed.getvalue(), mtime=epoch))


def needed_glibc(binary: Path) -> str:
    """The newest version of the C library that a program asks for."""
    listed = subprocess.run(["objdump", "-T", binary], check=True, capture_output=True, text=True).stdout
    versions = {tuple(map(int, found.split("."))) for found in re.findall(r"GLIBC_([\d.]+)", listed)}
    return ".".join(map(str, max(versions)))


def architecture(binary: Path) -> str:
    """How Debian and Docker call the processor of a program: by the number in its ELF head."""
    return {62: "amd64", 183: "arm64"}[int.from_bytes(binary.read_bytes()[18:20], "little")]


def debian(tree: Path, out: Path, version: str, epoch: int) -> None:
    """The Debian package of an unpacked archive."""
    root = tree.parent / "debian"
    machine = architecture(tree / "hrflow-connectors")
    shutil.rmtree(root, ignore_errors=True)

    def put(target: str, content: bytes, mode: int = 0o644) -> None:
        file = root / target
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        file.chmod(mode)

    put("usr/bin/hrflow-connectors", (tree / "hrflow-connectors").read_bytes(), 0o755)
    folders = {
        "bash": "usr/share/bash-completion/completions/hrflow-connectors",
        "zsh": "usr/share/zsh/vendor-completions/_hrflow-connectors",
        "fish": "usr/share/fish/vendor_completions.d/hrflow-connectors.fish",
    }
    for shell, target in folders.items():
        put(target, (tree / "completions" / SHELLS[shell]).read_bytes())
    for page in (tree / "man/man1").iterdir():
        put(f"usr/share/man/man1/{page.name}.gz", gzip.compress(page.read_bytes(), mtime=0))
    for unit in UNITS.iterdir():
        text = unit.read_text().replace("/usr/local/bin/", "/usr/bin/")
        put(f"usr/lib/systemd/system/{unit.name}", text.encode())
    documents = "usr/share/doc/hrflow-connectors"
    put(f"{documents}/README.md", (tree / "README.md").read_bytes())
    changes = (ROOT / "CHANGELOG.md").read_bytes()
    put(f"{documents}/changelog.gz", gzip.compress(changes, mtime=0))
    third = (tree / "THIRD-PARTY-LICENCES").read_text()
    put(f"{documents}/copyright", f"{(tree / 'LICENSE').read_text()}\n{'=' * 80}\n{third}".encode())

    size = sum(file.stat().st_size for file in root.rglob("*") if file.is_file()) // 1024
    control = {
        "Package": "hrflow-connectors",
        "Version": version,
        "Architecture": machine,
        "Maintainer": MAINTAINER,
        "Installed-Size": size,
        # TLS is always verified, by the certificates of the system.
        "Depends": f"libc6 (>= {needed_glibc(tree / 'hrflow-connectors')}), ca-certificates",
        "Section": "utils",
        "Priority": "optional",
        "Homepage": "https://developers.hrflow.ai/",
        "Description": f"{SUMMARY}\n{DESCRIPTION.rstrip()}",
    }
    put("DEBIAN/control", "".join(f"{key}: {value}\n" for key, value in control.items()).encode())
    put("DEBIAN/postinst", RELOAD.encode(), 0o755)
    put("DEBIAN/postrm", RELOAD.encode(), 0o755)
    for folder in [root, *(file for file in root.rglob("*") if file.is_dir())]:
        folder.chmod(0o755)
    path = out / f"hrflow-connectors_{version}_{machine}.deb"
    build = ["dpkg-deb", "--root-owner-group", "-Zxz", "--build", root, path]
    told = os.environ | {"SOURCE_DATE_EPOCH": str(epoch)}
    subprocess.run(build, check=True, stdout=subprocess.DEVNULL, env=told)
    shutil.rmtree(root)
