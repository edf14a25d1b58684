"""The learned models of a plant: which versions there are as files, and which nodes use them.

Files stand in `models/` beside the flows, in git: `models/heat/2.onnx` is version 2 of heat. A version is known by its
SHA-256, as flows name it: a file that was renamed is the same version, one that was changed is another.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from flowengine.flow.plan import Plan

FOLDER: Final = "models"
"""The folder beside the flows."""

KINDS: Final = (".onnx", ".json", ".npz")
"""What is data. What a pickle holds is code, and is not looked at."""


@dataclass(frozen=True)
class Version:
    """One file of a model."""

    name: str
    version: str
    """Empty: the file stands for itself."""
    file: str
    """Below the folder of the flows."""
    sha256: str
    size: int
    changed: float
    """When the file was changed last, seconds since 1970."""


@dataclass(frozen=True)
class Use:
    """A node that uses a model."""

    flow: str
    node: str
    type: str
    """Of the node: models/onnx."""
    role: str
    """model: its answers count; challenger: it runs in shadow beside the one that counts."""
    file: str
    sha256: str
    version: str
    learns: bool = False
    """Whether it learns while it runs: what it has learned can become a version."""


def files(folder: Path) -> Iterator[Path]:
    """Yield the files of models beside the flows; a link that leads elsewhere is left out."""
    top = _top(folder)
    for file in sorted(top.rglob("*")):
        if file.suffix in KINDS and file.is_file() and file.resolve().is_relative_to(top.resolve()):
            yield file


def versions(folder: Path) -> list[Version]:
    """Return the versions that there are as files beside the flows.

    Raises:
        OSError: one cannot be read.
    """
    top, found = _top(folder), []
    for file in files(folder):
        within = file.relative_to(top).with_suffix("")
        name, version = ("/".join(within.parts[:-1]), within.name) if len(within.parts) > 1 else (within.name, "")
        with file.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        shown, stat = f"{FOLDER}/{file.relative_to(top).as_posix()}", file.stat()
        found.append(Version(name, version, shown, digest, stat.st_size, stat.st_mtime))
    return found


def _top(folder: Path) -> Path:
    return (folder if folder.is_dir() else folder.parent) / FOLDER


def uses(plans: Mapping[str, Plan]) -> list[Use]:
    """Return the nodes that use models, by flow.

    A node whose class has `models(options)` uses some: it gives role, path, SHA-256 and version of each. One with
    `learns(options)`, too, says whether the one that counts learns while it runs.
    """
    found = []
    for plan in plans.values():
        for node in plan.nodes.values():
            named, asked = getattr(node.cls, "models", None), getattr(node.cls, "learns", None)
            if named is None:
                continue
            learns = asked is not None and asked(node.options)
            found += [
                Use(plan.name, node.id, node.cls.type, role, file, sha, said, learns and role == "model")
                for role, file, sha, said in named(node.options)
            ]
    return found


def of(version: Version, used: Sequence[Use]) -> list[Use]:
    """Return the uses of a version."""
    return [use for use in used if use.sha256.lower() == version.sha256]
