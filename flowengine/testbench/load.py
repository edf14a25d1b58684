"""What a `load` command says, made ready to be loaded."""

from __future__ import annotations

from typing import Any

from flowengine.flow.file import connections_file, flow_file
from flowengine.flow.project import CONNECTIONS, Project
from flowengine.flow.strict_json import Json
from flowengine.registry import Registry
from flowengine.testbench.loaded import Wanted, unknown_types
from flowengine.testbench.nodered import RedWanted, conversion_of
from flowengine.testbench.session import CommandError


def wanted_from(command: dict[str, Any], registry: Registry) -> Wanted | RedWanted:
    """Read a `load` command.

    Further fields beside those of the protocol: `siblings`, a list of flows that the flow uses as nodes, and
    `connections`, those that the flows of a folder share.

    Raises:
        CommandError: it is not as it should be, or names node types that cannot run.
    """
    flow = command.get("flow", command.get("flows"))
    if isinstance(flow, list):
        return _node_red(flow, command, registry)
    if not isinstance(flow, dict):
        raise CommandError("bad-op", "load: 'flow' must be a flow file's object, or 'flows' a Node-RED array")
    _check_words(command)
    project = _project(command)
    unsupported = [name for each in (flow, *command.get("siblings", ())) for name in _types(each, project, registry)]
    if unsupported:
        hints = "; ".join(f"'{name}': {registry.hint(name)}" for name in unsupported)
        raise CommandError("unsupported", f"no such node types: {hints}", unsupported=unsupported)
    return Wanted(
        file=flow_file(Json("flow", "", flow), "flow"),
        project=project,
        tap=tuple(_texts(command, "tap")),
        environment=_environment(command),
        stores=tuple(_texts(command, "stores")),
        secrets=_secrets(command),
    )


def _types(flow: Any, project: Project, registry: Registry) -> list[str]:
    return unknown_types(flow, project, registry)


def _node_red(flows: list[Any], command: dict[str, Any], registry: Registry) -> RedWanted:
    if not all(isinstance(node, dict) and isinstance(node.get("type"), str) for node in flows):
        raise CommandError("bad-flow", "load: a Node-RED array is a list of objects, each with an id and a type")
    _check_words(command)
    given = command.get("credentials") or {}
    credentials = given if isinstance(given, dict) else {}
    converted = conversion_of(flows, registry, credentials)
    if converted.unknown:
        names = list(converted.unknown)
        raise CommandError("unsupported", f"there are no such nodes here: {', '.join(names)}", unsupported=names)
    wrong = [str(finding) for finding in converted.report.findings if finding.level == "error"]
    if wrong:
        raise CommandError("bad-flow", "; ".join(wrong[:20]))
    return RedWanted(
        values=flows,
        tap=tuple(_texts(command, "tap")),
        environment=_environment(command),
        stores=tuple(_texts(command, "stores")),
        credentials=credentials,
        converted=converted,
    )


def _check_words(command: dict[str, Any]) -> None:
    for name, words in (("clock", ("real", "virtual")), ("deploy", ("full", "flows", "nodes"))):
        if command.get(name, words[0]) not in words:
            raise CommandError("bad-op", f"load: '{name}' must be one of {', '.join(words)}")


def _project(command: dict[str, Any]) -> Project:
    siblings, shared = command.get("siblings", []), command.get("connections")
    if not isinstance(siblings, list):
        raise CommandError("bad-op", "load: 'siblings' must be a list of flows")
    files = [flow_file(Json(f"siblings[{n}]", "", value), f"sibling-{n}") for n, value in enumerate(siblings)]
    flows = {file.name: file for file in files}
    if shared is None:
        return Project(flows)
    return Project(flows, connections_file(Json(CONNECTIONS, "", {"flowengine": 1, "connections": shared})))


def _texts(command: dict[str, Any], name: str) -> list[str]:
    value = command.get(name) or []
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise CommandError("bad-op", f"load: '{name}' must be a list of texts")
    return value


def _environment(command: dict[str, Any]) -> dict[str, str | None]:
    value = command.get("env") or {}
    if not isinstance(value, dict) or not all(v is None or isinstance(v, str | int | float) for v in value.values()):
        raise CommandError("bad-op", "load: 'env' must be an object of names and texts, or null to unset one")
    return {name: _variable(inner) for name, inner in value.items()}


def _variable(value: Any) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None else str(value)


def _secrets(command: dict[str, Any]) -> dict[str, str]:
    value = command.get("credentials") or {}
    if not isinstance(value, dict):
        raise CommandError("bad-op", "load: 'credentials' must be an object of names and secrets")
    return {name: secret for name, secret in value.items() if isinstance(secret, str)}
