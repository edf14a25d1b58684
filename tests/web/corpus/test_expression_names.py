"""The canvas completes what the expression language knows, no more and no less."""

import re
from pathlib import Path

from flowengine_nodes.values.expression import Expression
from flowengine_nodes.values.expression_functions import FUNCTIONS
from flowengine_nodes.values.expression_language import node_functions

CANVAS = Path(__file__).resolve().parents[3] / "web/canvas/src/forms/code/functions.ts"


def test_the_canvas_completes_the_functions_of_the_language() -> None:
    offered = re.findall(r"^  (\w+): ", CANVAS.read_text(encoding="utf-8"), re.MULTILINE)
    known = {*FUNCTIONS, *node_functions(Expression(expression="1"))}
    assert offered == sorted(known)
