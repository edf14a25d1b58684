"""What is wrong with a JSON Schema that a user wrote: that it is none, leads elsewhere, or could take for ever.

A check runs in the process of the engine, for whoever may look at flows: a pattern such as `(a+)+$` would hold it up
for years over some forty letters, and a reference to an address would have that fetched.
"""

from __future__ import annotations

import importlib
import re
import warnings
from collections.abc import Iterator, Mapping
from typing import Any, Final

FEW: Final = 9
"""Repetitions that may stand in each other: an address such as 10.0.0.1 is written like that."""
LONGEST: Final = 1000
"""Characters of a pattern at most."""
MANY: Final = 100
"""As how many a repetition without an end, or with a far one, counts."""
WAYS: Final = MANY**3
"""Ways at most to spread a text over the repetitions of a pattern, side by side ones such as `a*a*a*a*b` too."""


def faults_of_schema(schema: Mapping[str, Any]) -> str:
    """Return what is wrong with a schema, or nothing."""
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import SchemaError

    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        return f"{error.message[:200]}"
    for word, value in _words(schema):
        if word in ("$ref", "$dynamicRef") and not str(value).startswith("#/"):
            return f"{word} leads elsewhere: only what stands below '#/' can be referred to"
        patterns = list(value) if word == "patternProperties" and isinstance(value, dict) else [value]
        for pattern in patterns if word in ("pattern", "patternProperties") else ():
            if isinstance(pattern, str) and (fault := fault_of_pattern(pattern)):
                return fault
    return ""


def fault_of_pattern(pattern: str) -> str:
    """Say why a regular expression is not to be used: it is none, is too long, or repeats what repeats or branches."""
    shown = pattern[:60]
    if len(pattern) > LONGEST:
        return f"the pattern '{shown}...' has more than {LONGEST} characters"
    try:
        # There is no other way to see how a pattern is built; by its name, since stubs differ on whether it is there.
        _parser = importlib.import_module("re._parser")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            parsed = _parser.parse(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        return f"'{shown}' is no pattern: {error}"
    if _repeats(parsed, inside=False):
        return f"the pattern '{shown}' could take for ever: a repetition stands inside a repetition, or a choice does"
    if _ways(parsed) > WAYS:
        return f"the pattern '{shown}' could take for ever: more than three repetitions have no end"
    return ""


def _ways(parsed: Any) -> int:
    """Return in how many ways the repetitions of a pattern could share a text, or more than enough."""
    ways = 1
    for operation, argument in parsed:
        if str(operation) in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
            least, most, body = argument
            ways *= min(MANY, int(most) - least + 1) * _ways(body) ** min(int(most), FEW)
        elif str(operation) == "BRANCH":
            ways *= sum(_ways(branch) for branch in argument[1])
        else:
            parts = argument if isinstance(argument, tuple | list) else ()
            for part in parts:
                if type(part).__name__ == "SubPattern":
                    ways *= _ways(part)
        if ways > WAYS:
            break
    return ways


def _repeats(parsed: Any, inside: bool) -> bool:
    """Say whether something that repeats, or a choice, stands inside of something that repeats."""
    for operation, argument in parsed:
        name = str(operation)
        if name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
            many = argument[1] > FEW
            if (inside and many) or _repeats(argument[2], inside or many):
                return True
        elif name == "BRANCH":
            if inside or any(_repeats(branch, inside) for branch in argument[1]):
                return True
        elif name == "GROUPREF_EXISTS":
            if inside:
                return True
        else:
            parts = argument if isinstance(argument, tuple | list) else ()
            if any(_repeats(part, inside) for part in parts if type(part).__name__ == "SubPattern"):
                return True
    return False


def _words(schema: Any) -> Iterator[tuple[str, Any]]:
    todo = [schema]
    while todo:
        value = todo.pop()
        if isinstance(value, Mapping):
            yield from value.items()
            todo += value.values()
        elif isinstance(value, list):
            todo += value
