"""Places of nodes that flowengine does not have."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from msgspec import Meta

from flowengine import ADVANCED, Connection
from flowengine_nodes.nodered.base import Ports, RedError, RedTransform
from flowengine_nodes.nodered.message import Msg


class Unknown(RedTransform, type="nodered/unknown"):
    """Stands for a node of Node-RED that there is none for here; keeps its whole configuration.

    What comes to it fails: replace it by another node, or disable it. `flowengine export nodered` gives it back.
    """

    red: ClassVar[str] = "unknown"

    node_type: Annotated[str, Meta(description="Type in Node-RED")] = ""
    configuration: Annotated[dict[str, Any], Meta(description="Everything else that was said of it")] = {}
    ports: Ports = 1

    def begin(self) -> None:
        """Say that it does nothing."""
        self.status("warning", f"there is no '{self.node_type}' here")

    def receive(self, msg: Msg) -> None:
        """Refuse."""
        raise RedError(f"there is no node for Node-RED's '{self.node_type}' here: replace it or disable it")


class UnknownConnection(Connection, type="nodered/configuration"):
    """Stands for a configuration node of Node-RED that there is none for here; keeps its whole configuration.

    Nodes that used it are placeholders too. `flowengine export nodered` gives it back.
    """

    node_type: Annotated[str, Meta(description="Type in Node-RED")] = ""
    configuration: Annotated[dict[str, Any], Meta(description="Everything that was said of it"), ADVANCED] = {}
