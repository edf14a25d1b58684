"""The variables of a flow or of an instance of a subflow, typed as in Node-RED."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from msgspec import Meta

from flowengine import ADVANCED, Actuator, Message
from flowengine_nodes.nodered.base import GroupName, Id, Name, Red, RedError
from flowengine_nodes.nodered.typed import evaluate

Variables = list[dict[str, Any]]


class Environment(Red, Actuator, type="nodered/environment"):
    """Give the nodes of this flow their variables, as Node-RED's tabs, groups and subflows do.

    Each variable has `name`, `value` and `type` (str, num, bool, json, bin, env, jsonata). In a subflow, `given` holds
    what the instance says, which stands before the subflow's own values. Groups see their variables first.
    """

    red: ClassVar[str] = "environment"
    outside: ClassVar[bool] = False

    name: Name = ""
    id: Id = ""
    group: GroupName = ""
    variables: Annotated[Variables, Meta(description="The variables of the flow")] = []
    given: Annotated[dict[str, Any], Meta(description="In a subflow: `env`, `id` and `name` of the instance")] = {}
    groups: Annotated[dict[str, Any], Meta(description="Group: its variables (`env`) and the group around it")] = {}
    facts: Annotated[dict[str, Any], Meta(description="NR_FLOW_ID and the like"), ADVANCED] = {}

    async def start(self) -> None:
        """Make the variables known; actuators start before all other nodes."""
        self.settle()
        scope = self.scope_
        if self.given:
            source = {"id": self.given.get("id") or scope.key, "type": f"subflow:{self.given.get('of', '')}"}
            name = self.given.get("name", "")
            scope.source = {**source, "name": name} if name else source
            scope.variables["NR_SUBFLOW_NAME"], scope.variables["NR_SUBFLOW_ID"] = name, source["id"]
        scope.variables.update(self.facts)
        self._define(scope.variables, self.variables)
        if scope.parent is not None:  # what an instance states is read where it stands
            self.scope_ = scope.parent
        self._define(scope.variables, self.given.get("env") or [])
        self.scope_ = scope
        for key, group in self.groups.items():
            if isinstance(group, dict):
                own: dict[str, Any] = {"NR_GROUP_ID": group.get("id", key), "NR_GROUP_NAME": group.get("name", "")}
                scope.groups[key] = (str(group.get("group", "")), own)
                self.group_ = key
                self._define(own, group.get("env") or [])
        self.group_ = ""

    def _define(self, into: dict[str, Any], variables: Any) -> None:
        for each in variables if isinstance(variables, list) else []:
            if not isinstance(each, dict) or not isinstance(each.get("name"), str):
                continue
            name, kind = each["name"], each.get("type", "str")
            try:
                if kind == "env" and each.get("value") == name and into is self.scope_.variables:
                    continue  # it refers to the variable of that name around
                into[name] = evaluate(self, each.get("value", ""), kind, {})
            except (RedError, ValueError, TypeError) as error:
                self.log.error("variable %s: %s", name, error)

    async def write(self, msg: Message) -> None:
        """Do nothing with a message: the variables are there from the start."""

    async def stop(self) -> None:
        """Forget the variables."""
        self.scope_.shows = False
        self.scope_.variables.clear()
        self.scope_.groups.clear()
