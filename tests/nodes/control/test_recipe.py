"""control/recipe: setpoints from a recipe, inside their limits."""

from __future__ import annotations

from typing import Any

import pytest

from flowengine import BadData, Message
from flowengine.testing import messages_of
from flowengine_nodes.control.recipe import Formula, Parameter, Recipe

PARAMETERS = [
    Parameter(port="temperature", unit="degC", low=20, high=250),
    Parameter(port="flour", unit="kg", high=100, scaled=True),
]
BREAD = Formula(name="bread", size=10, values={"temperature": 230, "flour": 6})


def chosen(payload: Any, node: Recipe | None = None) -> dict[str, Any]:
    node = node or Recipe(parameters=PARAMETERS, recipes=[BREAD])
    return {r.port: (r.msg.payload, r.msg.get("unit"), r.msg.get("recipe")) for r in messages_of(node, payload)}


def test_a_recipe_gives_its_values_by_their_ports() -> None:
    node = Recipe(parameters=PARAMETERS, recipes=[BREAD])
    assert chosen("bread", node) == {"temperature": (230, "degC", "bread"), "flour": (6, "kg", "bread")}
    assert node.chosen == "bread"
    assert [port.name for port in Recipe.output_ports({"parameters": [{"port": "a"}]})] == ["a"]


def test_amounts_grow_with_the_batch_and_nothing_else_does() -> None:
    found = chosen({"recipe": "bread", "size": 25})
    assert (found["temperature"][0], found["flour"][0]) == (230, 15)


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        ("cake", "known: bread"),
        (None, "no recipe null"),
        ({"recipe": "bread", "size": 1000}, "flour 600 is above 100"),
        ({"recipe": "bread", "size": 0}, "more than 0"),
        (Message("bread", quality="bad"), "is bad"),
    ],
)
def test_what_does_not_fit_is_refused(payload: Any, reason: str) -> None:
    with pytest.raises(BadData, match=reason):
        chosen(payload)


@pytest.mark.parametrize(
    ("recipes", "reason"),
    [
        ([BREAD, BREAD], "twice"),
        ([Formula(name="x", values={"temperature": 230})], "missing or unknown: flour"),
        ([Formula(name="x", values={"temperature": 251, "flour": 1})], "above 250"),
        ([Formula(name="x", values={"temperature": 2, "flour": 1})], "below 20"),
    ],
)
def test_recipes_that_do_not_fit_are_errors_of_the_flow(recipes: list[Formula], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        Recipe(parameters=PARAMETERS, recipes=recipes)


def test_parameters_need_names_of_their_own() -> None:
    with pytest.raises(ValueError, match="name of its own"):
        Recipe(parameters=[PARAMETERS[0], PARAMETERS[0]], recipes=[BREAD])
