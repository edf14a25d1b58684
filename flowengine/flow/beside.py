"""A file beside the flows, as a struct: `ownership.json`, `words.json`, `assets.json`, `notices.json`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from flowengine.flow.judge import judge
from flowengine.flow.problem import Problem, errors
from flowengine.flow.strict_json import MISSING, Json


def converted(json: Json, shape: type[Any], form: Mapping[str, Any]) -> tuple[Any, list[Problem]]:
    """Return a file's value as a struct, or None with every way in which it breaks its schema."""
    if json.value is MISSING or errors(json.problems):
        return None, json.problems
    try:
        return msgspec.convert(json.value, shape), json.problems
    except (msgspec.ValidationError, RecursionError) as error:
        report = json.report()
        for verdict in judge(form, json.value):
            report.error(verdict.code, verdict.keys, verdict.message, hint=verdict.hint)
        if not report.has_errors:  # what the schema cannot say
            report.error("bad-form", (), str(error))
        return None, [*json.problems, *report.problems()]
