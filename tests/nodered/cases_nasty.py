"""Flows of the kinds that people have after years, a flow on a line of `nasty.jsonl`.

Nested subflows with variables, calls by name, sequences of all kinds, queues, expressions, and several messages each.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path

from tests.nodered.making import Case, placed

FLOWS = Path(__file__).with_name("nasty.jsonl")


def nasty(pick: random.Random) -> Iterator[Case]:
    """Yield a case for each flow."""
    for line in FLOWS.read_text("utf-8").splitlines():
        made = json.loads(line)
        yield {"name": "", **made, "flows": placed(made["flows"])}
