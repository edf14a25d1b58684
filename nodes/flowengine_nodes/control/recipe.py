"""The transform `control/recipe`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from flowengine import BadData, Message, Port, Routed, State, Transform
from flowengine_nodes.values.convert import number, shown


class Parameter(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """One value that a recipe gives: a setpoint, an amount, a time."""

    port: Annotated[str, Meta(description="Name of the parameter and its output port", pattern="^[a-z][a-z0-9-]*$")]
    unit: Annotated[str, Meta(description="Its unit, such as degC or kg")] = ""
    low: Annotated[float | None, Meta(description="Least value; empty: no limit")] = None
    high: Annotated[float | None, Meta(description="Greatest value; empty: no limit")] = None
    scaled: Annotated[bool, Meta(description="An amount: it grows with the size of the batch")] = False


class Formula(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """A recipe: a value for each parameter."""

    name: Annotated[str, Meta(description="Name of the recipe, such as the product", min_length=1, max_length=200)]
    size: Annotated[float, Meta(description="Size of the batch that the values are for", gt=0)] = 1.0
    values: Annotated[dict[str, float], Meta(description="Parameter -> value")]


class Recipe(Transform, type="control/recipe"):
    """Give setpoints from a recipe: choose it by name, and each parameter leaves by its port.

    The name of a recipe comes in, or {"recipe": name, "size": size of the batch}; parameters that are `scaled` are
    multiplied by size / the recipe's own size. Every parameter has limits, which no recipe and no size may leave: a
    recipe that does is an error of the flow, a size that does is refused, and then nothing leaves. Each value leaves
    with its unit and msg.recipe. The terms are those of ISA-88: this is the formula of a control recipe.

    A bad message and a recipe that is not there are refused. Which recipe is in use is shown, and kept over a restart.

    Example: parameters temperature (degC, 20 to 250) and time (s); recipe bread: temperature 230, time 2400.
    """

    inputs = (Port("in", "any", "Name of a recipe, or an object with recipe and size"),)

    parameters: Annotated[list[Parameter], Meta(description="What every recipe gives", min_length=1, max_length=200)]
    recipes: Annotated[list[Formula], Meta(description="The recipes", min_length=1)]
    chosen: State[str] = ""

    def __post_init__(self) -> None:
        ports = [parameter.port for parameter in self.parameters]
        if len(set(ports)) < len(ports) or "error" in ports:
            raise ValueError("each parameter needs a name of its own, other than error")
        self._known = {recipe.name: recipe for recipe in self.recipes}
        if len(self._known) < len(self.recipes):
            raise ValueError("a recipe is there twice: each name once")
        for recipe in self.recipes:
            if set(recipe.values) != set(ports):
                odd = ", ".join(sorted(set(recipe.values) ^ set(ports)))
                raise ValueError(f"recipe {recipe.name}: missing or unknown: {odd}")
            for parameter in self.parameters:
                problem = _outside(parameter, recipe.values[parameter.port])
                if problem:
                    raise ValueError(f"recipe {recipe.name}: {problem}")

    @classmethod
    def output_ports(cls, options: Mapping[str, Any]) -> tuple[Port, ...]:
        """Return one port for each parameter."""
        found = options.get("parameters") or []
        names = [item.port if isinstance(item, Parameter) else item.get("port") for item in found]
        return tuple(Port(str(name), "number") for name in names if name) or cls.outputs

    async def start(self) -> None:
        """Show which recipe is in use."""
        if self.chosen:
            self.status("ok", self.chosen)

    def process(self, msg: Message) -> list[Routed]:
        """Return the values of a recipe.

        Raises:
            BadData: there is no such recipe, or a value would leave its limits at this size.
        """
        if msg.quality == "bad":
            raise BadData("the message is bad: no recipe is chosen by it")
        wanted = msg.payload if isinstance(msg.payload, dict) else {"recipe": msg.payload}
        recipe = self._known.get(wanted.get("recipe", "")) if isinstance(wanted.get("recipe"), str) else None
        if recipe is None:
            raise BadData(f"there is no recipe {shown(wanted.get('recipe'))}; known: {', '.join(self._known)[:300]}")
        size = number(wanted["size"]) if "size" in wanted else recipe.size
        if size <= 0:
            raise BadData(f"the size of a batch is more than 0, not {size:g}")
        sent = []
        for parameter in self.parameters:
            value = recipe.values[parameter.port] * (size / recipe.size if parameter.scaled else 1.0)
            problem = _outside(parameter, value)
            if problem:
                raise BadData(f"recipe {recipe.name} at size {size:g}: {problem}")
            properties = {**msg.properties, "recipe": recipe.name}
            if parameter.unit:
                properties["unit"] = parameter.unit
            sent.append(msg.replace(payload=value, properties=properties).to(parameter.port))
        self.chosen = recipe.name
        self.status("ok", recipe.name)
        return sent


def _outside(parameter: Parameter, value: float) -> str:
    """Return what is wrong with a value; empty: nothing."""
    if parameter.low is not None and value < parameter.low:
        return f"{parameter.port} {value:g} is below {parameter.low:g}"
    if parameter.high is not None and value > parameter.high:
        return f"{parameter.port} {value:g} is above {parameter.high:g}"
    return ""
