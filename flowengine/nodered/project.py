"""A folder of flows that came from Node-RED: written, and read back."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from flowengine.errors import FlowEngineError
from flowengine.flow.canonical import format_flow
from flowengine.flow.file import write_text
from flowengine.nodered.conversion import Conversion, Wishes
from flowengine.nodered.palette.pages import as_file

FOLDER: Final = "nodered"
"""The folder beside the flows that keeps what an export needs, and the report."""
ORIGIN: Final = "origin.json"


class NotImported(FlowEngineError):
    """The folder holds nothing that came from Node-RED."""


@dataclass(frozen=True)
class Origin:
    """What an import began with."""

    entries: list[Any]
    wishes: Wishes
    credentials: dict[str, list[str]] = field(default_factory=dict)
    """Id -> the options that its credentials have given: they are in no file, so they are not given back."""


def write(folder: Path, values: list[Any], conversion: Conversion, wishes: Wishes) -> list[Path]:
    """Write flows, connections, origin and report; returns the files.

    Raises:
        FlowEngineError: a file of one of the names is there already.
    """
    files = {folder / f"{name}.json": format_flow(flow) for name, flow in conversion.flows.items()}
    if conversion.connections:
        shared = {
            "flowengine": 1,
            "connections": {
                name: {"type": each.type, "options": each.options} for name, each in conversion.connections.items()
            },
        }
        files[folder / "connections.json"] = format_flow(shared)
    if conversion.pages:
        files[folder / "dashboard.json"] = as_file(conversion.pages)
    files |= kept(folder, values, conversion, wishes)
    taken = [path for path in files if path.exists()]
    if taken:
        raise FlowEngineError(f"{taken[0]} is there already: choose another folder, or remove it")
    (folder / FOLDER).mkdir(parents=True, exist_ok=True)
    for path, text in files.items():
        write_text(path, text)
    return list(files)


def kept(folder: Path, values: list[Any], conversion: Conversion, wishes: Wishes) -> dict[Path, str]:
    """Return what an export needs, and the report, as files of a folder that may hold other imports already."""
    place = folder / FOLDER
    number = next(n for n in itertools.count(1) if not (place / _numbered(ORIGIN, n)).exists())
    origin = {
        "nodered": 1,
        "asynchronous": wishes.asynchronous,
        "native": wishes.native,
        **({"taken": list(wishes.taken)} if wishes.taken else {}),
        **({"taken_connections": list(wishes.taken_connections)} if wishes.taken_connections else {}),
        "credentials": conversion.credentials,
        "entries": without_secrets(values),
    }
    report = json.dumps(conversion.report.as_dict(), indent=1, ensure_ascii=False) + "\n"
    return {
        place / _numbered(ORIGIN, number): json.dumps(origin, indent=1, ensure_ascii=False) + "\n",
        place / _numbered("report.json", number): report,
        place / _numbered("report.txt", number): conversion.report.text(),
    }


def keep(folder: Path, values: list[Any], conversion: Conversion, wishes: Wishes) -> None:
    """Write what an export needs, and the report, of flows that others write."""
    files = kept(folder, values, conversion, wishes)
    (folder / FOLDER).mkdir(parents=True, exist_ok=True)
    for path, text in files.items():
        write_text(path, text)


def _numbered(name: str, number: int) -> str:
    stem, dot, end = name.partition(".")
    return name if number == 1 else f"{stem}-{number}{dot}{end}"


def without_secrets(values: list[Any]) -> list[Any]:
    """Return entries without their credentials, which no file may hold."""
    return [
        {key: value for key, value in each.items() if key != "credentials"} if isinstance(each, dict) else each
        for each in values
    ]


def read(folder: Path) -> list[Origin]:
    """Return what the flows of a folder were imported from, one for each import.

    Raises:
        NotImported: nothing tells of it.
    """
    found: list[Origin] = []
    for number in itertools.count(1):
        path = folder / FOLDER / _numbered(ORIGIN, number)
        if found and not path.exists():
            return found
        try:
            found.append(_origin(json.loads(path.read_bytes())))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise NotImported(
                f"{path}: {error}: only a folder that 'flowengine import nodered' made can be exported"
            ) from None
    raise AssertionError


def _origin(value: Any) -> Origin:
    wishes = Wishes(
        bool(value.get("asynchronous")),
        bool(value.get("native")),
        taken=tuple(map(str, value.get("taken", ()))),
        taken_connections=tuple(map(str, value.get("taken_connections", ()))),
    )
    return Origin(list(value["entries"]), wishes, dict(value.get("credentials") or {}))
