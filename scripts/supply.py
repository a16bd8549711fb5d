"""What the packages contain of others: a CycloneDX SBOM, and the texts of the licences.

Both are made of `cargo metadata`, `Cargo.lock` and the sources that Cargo has fetched, so they name what is
compiled, in the version that is compiled.
"""

import json
import subprocess
import sys
import tomllib
import uuid
from datetime import datetime, timezone
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGED = ("hrflow-connectors-cli", "hrflow-connectors-python")
# How files with a licence are called, and how deep they lie: C sources have folders of their own.
LICENCE_FILES = ("licen", "copying", "copyright", "notice", "unlicense")
DEPTH = 2
SOURCES = (".rs", ".py", ".c", ".h")
# Scripts of the console come from npm.
SCRIPTS = ROOT / "crates/web-console/assets/vendor/README.md"
# For packages that name it and do not contain it.
MIT = """\
Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without
limitation the rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the
Software, and to permit persons to whom the Software is furnished to do so, subject to the following
conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions
of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED
TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL
THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF
CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER
DEALINGS IN THE SOFTWARE."""


def metadata(target: str) -> dict:
    command = ["cargo", "metadata", "--format-version", "1", "--locked", "--filter-platform", target]
    return json.loads(subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout)


def compiled(told: dict) -> tuple[list[dict], dict[str, list[str]]]:
    """The packages that end up in a program, ours first, and which of them needs which."""
    packages = {package["id"]: package for package in told["packages"]}
    nodes = {node["id"]: node for node in told["resolve"]["nodes"]}
    needs: dict[str, list[str]] = {}
    rest = [id for id, package in packages.items() if package["name"] in PACKAGED]
    while rest:
        id = rest.pop()
        if id in needs:
            continue
        # What only tests and build scripts need is in no program.
        kinds = {dep["pkg"]: {kind["kind"] for kind in dep["dep_kinds"]} for dep in nodes[id]["deps"]}
        needs[id] = sorted(dep for dep, kinds in kinds.items() if None in kinds)
        rest += needs[id]
    found = [packages[id] for id in needs]
    found.sort(key=lambda package: (package["source"] is not None, package["name"], package["version"]))
    return found, needs


def purl(package: dict) -> str:
    return f"pkg:cargo/{package['name']}@{package['version']}"


def component(package: dict, checksums: dict[tuple[str, str], str]) -> dict:
    described = {
        "type": "library",
        "bom-ref": purl(package),
        "name": package["name"],
        "version": package["version"],
        "purl": purl(package),
        "licenses": [{"expression": expression(package)}],
    }
    if package["description"]:
        described["description"] = " ".join(package["description"].split())
    if package["repository"]:
        described["externalReferences"] = [{"type": "vcs", "url": package["repository"]}]
    checksum = checksums.get((package["name"], package["version"]))
    if checksum:
        described["hashes"] = [{"alg": "SHA-256", "content": checksum}]
    return described


def expression(package: dict) -> str:
    """The licence as SPDX writes it; old manifests have a slash for `OR`."""
    return package["license"].replace(" / ", " OR ").replace("/", " OR ")


def scripts() -> list[dict]:
    """The scripts of the console: the rows `file | package | version | licence` of their list."""
    found = []
    for line in SCRIPTS.read_text().splitlines():
        cells = [cell.strip(" `") for cell in line.split("|")[1:-1]]
        if len(cells) == 4 and cells[0].endswith(".js"):
            _, name, version, licence = cells
            ref = f"pkg:npm/{name}@{version}"
            described = {"type": "library", "bom-ref": ref, "name": name, "version": version}
            found.append(described | {"purl": ref, "licenses": [{"expression": licence}]})
    return found


def sbom(target: str, epoch: int) -> dict:
    packages, needs = compiled(metadata(target))
    lock = tomllib.loads((ROOT / "Cargo.lock").read_text())["package"]
    checksums = {(entry["name"], entry["version"]): entry.get("checksum") for entry in lock}
    refs = {package["id"]: purl(package) for package in packages}
    ours = next(package for package in packages if package["name"] == PACKAGED[0])
    described = component(ours, checksums) | {"type": "application", "name": "hrflow-connectors"}
    components = [component(package, checksums) for package in packages if package is not ours]
    dependencies = [
        {"ref": refs[id], "dependsOn": sorted({refs[dep] for dep in deps})} for id, deps in needs.items()
    ]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        # The same sources have the same number.
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(sorted(refs.values())))}",
        "version": 1,
        "metadata": {
            "timestamp": datetime.fromtimestamp(epoch, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "component": described,
            "properties": [{"name": "target", "value": target}],
        },
        "components": components + scripts(),
        "dependencies": sorted(dependencies, key=lambda entry: entry["ref"]),
    }


def texts(package: dict) -> list[str]:
    """The licences that lie beside the sources of a package, or else the text that it names."""
    folder = Path(package["manifest_path"]).parent
    files = [path for depth in range(1, DEPTH + 1) for path in folder.glob("/".join("*" * depth))]
    named = [path for path in files if path.name.lower().startswith(LICENCE_FILES)]
    texts = [path for path in sorted(named) if path.is_file() and path.suffix not in SOURCES]
    read = [path.read_text(errors="replace").strip() for path in texts]
    return list(dict.fromkeys(text for text in read if text)) or [of_its_name(package)]


def of_its_name(package: dict) -> str:
    """The text of a licence, for a package that has none among its sources."""
    if "Apache-2.0" in expression(package):
        return (ROOT / "LICENSE").read_text().strip()
    if expression(package) == "MIT":
        return f"Copyright (c) {', '.join(authors(package)) or 'its authors'}\n\n{MIT}"
    sys.exit(f"{package['name']} has no text of its licence, {package['license']}")


def authors(package: dict) -> list[str]:
    return [author.split(" <")[0] for author in package["authors"]]


def licences(target: str) -> str:
    """Every package with its licence, then each text once with the packages that it is of."""
    packages = [package for package in compiled(metadata(target))[0] if package["source"]]
    by_text: dict[str, list[str]] = {}
    lines = ["hrflow-connectors contains these works of others.", ""]
    for package in packages:
        name = f"{package['name']} {package['version']}"
        by = f" ({', '.join(authors(package))})" if package["authors"] else ""
        lines.append(f"  {name}: {expression(package)}{by}")
        for text in texts(package):
            by_text.setdefault(text, []).append(name)
    for script in scripts():
        lines.append(f"  {script['name']} {script['version']}: {script['licenses'][0]['expression']}")
    lines.append("  The standard library of Rust: MIT OR Apache-2.0 (The Rust Project contributors)")
    for text, names in by_text.items():
        lines += ["", "=" * 80, ", ".join(names), "-" * 80, text]
    return "\n".join(lines) + "\n"
