"""Flows and messages over Node-RED's core nodes and their options: the same every time, from a seed."""

from __future__ import annotations

import random
from collections.abc import Iterator

from tests.nodered import (
    cases_flow,
    cases_formats,
    cases_nasty,
    cases_palette,
    cases_scripts,
    cases_sequences,
    cases_subflows,
    cases_values,
)
from tests.nodered.making import Case, own

GENERATORS = (
    cases_values.switches,
    cases_values.changes,
    cases_values.ranges,
    cases_values.templates,
    cases_values.filters,
    cases_values.functions,
    cases_sequences.splits,
    cases_sequences.joins,
    cases_sequences.sorts,
    cases_sequences.batches,
    cases_formats.jsons,
    cases_formats.csvs,
    cases_formats.xmls,
    cases_formats.yamls,
    cases_formats.htmls,
    cases_flow.delays,
    cases_flow.triggers,
    cases_flow.links,
    cases_flow.scopes,
    cases_flow.calls,
    cases_flow.injects,
    cases_flow.reports,
    cases_subflows.environments,
    cases_subflows.subflows,
    cases_palette.smooths,
    cases_values.expressions,
    cases_values.old_changes,
    cases_scripts.scripts,
    cases_nasty.nasty,
)


def all_cases(seed: int = 7) -> Iterator[Case]:
    """Yield every case."""
    for generate in GENERATORS:
        pick = random.Random(f"{seed}-{generate.__name__}")
        for number, made in enumerate(generate(pick)):
            made["name"] = f"{generate.__name__}-{number}"
            yield own(made, f"{generate.__name__[:3]}{number}")
