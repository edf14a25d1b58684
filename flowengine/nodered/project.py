"""A folder of flows that came from Node-RED: written, and read back."""

from __future__ import annotations

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
    origin = {
        "nodered": 1,
        "asynchronous": wishes.asynchronous,
        "native": wishes.native,
        "credentials": conversion.credentials,
        "entries": without_secrets(values),
    }
    files[folder / FOLDER / ORIGIN] = json.dumps(origin, indent=1, ensure_ascii=False) + "\n"
    files[folder / FOLDER / "report.json"] = (
        json.dumps(conversion.report.as_dict(), indent=1, ensure_ascii=False) + "\n"
    )
    files[folder / FOLDER / "report.txt"] = conversion.report.text()
    taken = [path for path in files if path.exists()]
    if taken:
        raise FlowEngineError(f"{taken[0]} is there already: choose another folder, or remove it")
    (folder / FOLDER).mkdir(parents=True, exist_ok=True)
    for path, text in files.items():
        write_text(path, text)
    return list(files)


def without_secrets(values: list[Any]) -> list[Any]:
    """Return entries without their credentials, which no file may hold."""
    return [
        {key: value for key, value in each.items() if key != "credentials"} if isinstance(each, dict) else each
        for each in values
    ]


def read(folder: Path) -> Origin:
    """Return what the flows of a folder were imported from.

    Raises:
        NotImported: nothing tells of it.
    """
    path = folder / FOLDER / ORIGIN
    try:
        value = json.loads(path.read_bytes())
        wishes = Wishes(bool(value.get("asynchronous")), bool(value.get("native")))
        return Origin(list(value["entries"]), wishes, dict(value.get("credentials") or {}))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise NotImported(
            f"{path}: {error}: only a folder that 'flowengine import nodered' made can be exported"
        ) from None
