"""Write docs/sbom.cdx.json: what an installation with all extras is made of (CycloneDX 1.6), of Python and of npm.

It is made from what is installed in `.venv` and from the canvas's lock file by `cyclonedx-py` and `npm sbom`, and holds
what is shipped: no tools of development, no times, no random numbers, nothing of the computer that made it. The same
versions give the same file.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from importlib.metadata import requires
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
CANVAS = ROOT / "web" / "canvas"
PAGE = ROOT / "docs" / "sbom.cdx.json"
KEPT = ("type", "bom-ref", "name", "version", "group", "purl", "licenses", "hashes")
"""What is told of a component; the rest is prose, and addresses that depend on where it was fetched."""


def main() -> None:
    """Write the file."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    python, npm = _python(), _npm()
    wanted = [*project["dependencies"], *_extras(project)]
    refs = {str(canonicalize_name(component["name"])): str(component["bom-ref"]) for component in python["components"]}
    first, needed = _needed(wanted, refs)
    own = {"type": "application", "bom-ref": project["name"], "name": project["name"], "version": project["version"]}
    canvas = npm["metadata"]["component"]["bom-ref"]
    edges = {**needed, **_edges(npm), project["name"]: [*first, canvas]}
    shipped = _reachable(project["name"], edges)
    components = [*python["components"], *npm["components"], {**npm["metadata"]["component"], "type": "library"}]
    kept = {one["bom-ref"]: _plain(one) for one in components if one["bom-ref"] in shipped}
    for name in shipped - {*kept, project["name"]}:  # asked for by an extra, and not installed where this is made
        kept[name] = {"type": "library", "bom-ref": name, "name": name, "purl": f"pkg:pypi/{name}"}
    bom = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {**own, "licenses": [{"license": {"id": project["license"]}}]}},
        "components": [kept[ref] for ref in sorted(kept)],
        "dependencies": [
            {"ref": ref, "dependsOn": sorted({one for one in edges.get(ref, ()) if one in kept})}
            for ref in [project["name"], *sorted(kept)]
        ],
    }
    PAGE.write_text(json.dumps(bom, indent=1, ensure_ascii=False) + "\n")
    sys.stdout.write(f"{PAGE.relative_to(ROOT)}: {len(kept)} components\n")


def _python() -> Any:
    tool = Path(sys.executable).parent / "cyclonedx-py"
    command = [
        str(tool),
        "environment",
        "--output-reproducible",
        "--spec-version",
        "1.6",
        "--of",
        "JSON",
        sys.executable,
    ]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def _npm() -> Any:
    command = ["npm", "sbom", "--sbom-format", "cyclonedx", "--package-lock-only", "--omit", "dev"]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True, cwd=CANVAS).stdout)


def _extras(project: Any) -> Iterable[str]:
    for extra, requirements in project["optional-dependencies"].items():
        if extra != "dev":
            yield from requirements


def _needed(wanted: Iterable[str], refs: dict[str, str]) -> tuple[list[str], dict[str, list[str]]]:
    """Return the references of what is required directly, and of each what it requires; extras only where asked for."""
    edges: dict[str, list[str]] = {}

    def take(requirement: Requirement, extras: Iterable[str]) -> str | None:
        markers = [{"extra": extra} for extra in extras or [""]]
        if requirement.marker is not None and not any(requirement.marker.evaluate(one) for one in markers):
            return None
        name = canonicalize_name(requirement.name)
        key = f"{name}[{','.join(sorted(requirement.extras))}]"
        if name in refs and key not in seen:
            seen.add(key)
            inner = [take(Requirement(text), requirement.extras) for text in requires(name) or ()]
            edges.setdefault(refs[name], []).extend(one for one in inner if one is not None)
        return refs.get(name, name)

    seen: set[str] = set()
    first = [take(Requirement(text), ()) for text in wanted]
    return [one for one in first if one is not None], edges


def _edges(bom: Any) -> dict[str, list[str]]:
    return {one["ref"]: one.get("dependsOn", []) for one in bom["dependencies"]}


def _reachable(first: str, edges: dict[str, list[str]]) -> set[str]:
    found, left = set(), [first]
    while left:
        ref = left.pop()
        if ref not in found:
            found.add(ref)
            left += edges.get(ref, ())
    return found


def _plain(component: Any) -> dict[str, Any]:
    plain = {key: component[key] for key in KEPT if component.get(key)}
    if "licenses" in plain:  # their texts are long, and with the package
        for one in plain["licenses"]:
            one.get("license", {}).pop("text", None)
    return plain


if __name__ == "__main__":
    main()
