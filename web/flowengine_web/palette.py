"""The palette: all that can be put into a flow of this folder."""

from __future__ import annotations

from typing import Any

import msgspec

from flowengine.flow.expand import parameters_schema
from flowengine.flow.model import ERROR_PORT, Flow
from flowengine.flow.ports import may_fail
from flowengine.flow.project import SUBFLOW, Project
from flowengine.node import Connection, Node, Source
from flowengine.options import connection_type, hints, option_fields
from flowengine.port import Port
from flowengine.registry import NodeType, Registry
from flowengine_web import shapes
from flowengine_web.help_pages import help_in
from flowengine_web.wording import ENGLISH, Catalogue, catalogue_of, declared, schema_in


def palette(registry: Registry, project: Project, language: str = "") -> shapes.Palette:
    """Return all node types, connection types and subflows, and the packages that failed to import.

    `language`: two letters, such as de; what its packages have no words for stays English.
    """
    kinds: list[shapes.NodeType] = []
    failed = [shapes.FailedPackage(name=one.name, error=one.error) for one in registry.failed]
    for name, kind in sorted(registry.types.items()):
        try:
            kinds.append(_node_type(kind, registry, language))
        except Exception as error:  # noqa: BLE001 - a stranger's class; the others are in the palette all the same
            failed.append(shapes.FailedPackage(name=name, error=f"its options cannot be described: {error}"))
    flows = [project.flow(name) for name in project.subflow_names()]
    return shapes.Palette(
        nodes=[kind for kind in kinds if kind.kind != "connection"],
        connections=[kind for kind in kinds if kind.kind == "connection"],
        subflows=[_subflow(flow) for flow in flows if flow is not None],
        failed=failed,
    )


def brief(whole: shapes.Palette) -> shapes.Palette:
    """Return a palette without what only forms and help need."""

    def bare(ports: list[shapes.Port]) -> list[shapes.Port]:
        return [msgspec.structs.replace(port, description="") for port in ports]

    def shortened(types: list[shapes.NodeType]) -> list[shapes.NodeType]:
        return [
            msgspec.structs.replace(
                kind, help="", schema=_connections(kind.schema), inputs=bare(kind.inputs), outputs=bare(kind.outputs)
            )
            for kind in types
        ]

    return msgspec.structs.replace(
        whole,
        nodes=shortened(whole.nodes),
        connections=shortened(whole.connections),
        subflows=shortened(whole.subflows),
    )


def _connections(schema: dict[str, Any]) -> dict[str, Any]:
    found = {
        name: {"x-connection": option["x-connection"]}
        for name, option in schema.get("properties", {}).items()
        if "x-connection" in option
    }
    return {"properties": found} if found else {}


def port_shapes(ports: tuple[Port, ...] | None, words: Catalogue = ENGLISH) -> list[shapes.Port]:
    """Return ports as they go over the API, the error port aside."""
    return [
        shapes.Port(
            name=port.name,
            payload=port.payload,
            description=words.find("texts", port.description) or port.description,
        )
        for port in ports or ()
        if port.name != ERROR_PORT
    ]


def _node_type(kind: NodeType, registry: Registry, language: str) -> shapes.NodeType:
    cls, words = kind.cls, catalogue_of(kind, language)
    short = kind.name.partition("/")[2]
    return shapes.NodeType(
        type=kind.name,
        kind=cls.kind,
        name=words.find("names", short),
        category=words.category,
        title=words.find("titles", short) or kind.title,
        help=help_in(kind, language, words),
        schema=schema_in(kind, words),
        inputs=port_shapes(declared(cls, "input_ports"), words),
        outputs=port_shapes(declared(cls, "output_ports"), words),
        error_port=may_fail(cls),
        dynamic=any(
            getattr(cls, method).__func__ is not getattr(Node, method).__func__
            for method in ("input_ports", "output_ports")
        ),
        button=issubclass(cls, Source) and cls.pressed is not Source.pressed,
        ot=_is_ot(cls, registry),
        package=kind.package,
        version=kind.version,
        local=kind.local,
    )


def _is_ot(cls: type[Node], registry: Registry) -> bool:
    """Say whether it is a device of the OT side, or uses one."""
    if issubclass(cls, Connection):
        return cls.ot
    wanted = (connection_type(hints(cls)[option.name]) for option in option_fields(cls))
    return any(name in registry.types and getattr(registry.types[name].cls, "ot", False) for name in wanted if name)


def _subflow(flow: Flow) -> shapes.NodeType:
    assert flow.subflow is not None
    return shapes.NodeType(
        type=SUBFLOW + flow.name,
        kind="transform",
        title=flow.name,
        help=flow.note,
        schema=parameters_schema(flow.subflow),
        inputs=[shapes.Port(name=name) for name in flow.subflow.inputs],
        outputs=[shapes.Port(name=name) for name in flow.subflow.outputs],
        error_port=True,
    )
