"""JSON against JSON Schema: every problem at once, in words for the person who wrote the file.

jsonschema is the judge. It is slow, so msgspec is asked first wherever it can only be stricter: what it accepts is
accepted, and what it refuses is judged by jsonschema. That both agree is a property test.
"""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, get_args, get_origin

import msgspec

from flowengine.flow.problem import Keys, listed, near, quoted
from flowengine.node import Node
from flowengine.options import connection_type, hints, option_fields, schema_of

NAME = r"^[A-Za-z0-9_][A-Za-z0-9_-]*$(?!\n)"
"""Names of flows, nodes, connections, ports and parameters. (`$` alone lets a line feed through in Python.)"""

_SAYS_NOTHING = {"title", "description", "examples", "format", "writeOnly", "readOnly", "deprecated", "default"}
"""Words of a schema that let everything through; so do all that begin with x-."""

_TYPES = {
    "object": "an object",
    "array": "a list",
    "string": "text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "null": "null",
}


@dataclass(frozen=True)
class Verdict:
    """One way in which a value breaks its schema."""

    keys: Keys
    code: str
    message: str
    hint: str = ""


def judge_options(cls: type[Node], options: Mapping[str, Any]) -> list[Verdict]:
    """Return every way in which options break the schema of a node class."""
    fast = _options_type(cls)
    if fast is not None:
        try:
            msgspec.convert(options, fast)
        except (msgspec.ValidationError, RecursionError):
            pass
        else:
            return []
    return judge(schema_of(cls), options, "option")


def judge(schema: Mapping[str, Any], value: Any, what: str = "key") -> list[Verdict]:
    """Return every way in which a value breaks a schema; `what` is the word for a member of the outermost object."""
    validator = _validator(msgspec.json.encode(schema))
    found = [verdict for error in validator.iter_errors(value) for verdict in _verdicts(error, (), what)]
    return sorted(dict.fromkeys(found), key=lambda verdict: [str(key) for key in verdict.keys])


@lru_cache(maxsize=1024)
def _validator(schema: bytes) -> Any:
    from jsonschema import Draft202012Validator  # 70 ms to import: only when something may be wrong
    from referencing import Registry

    return Draft202012Validator(msgspec.json.decode(schema), registry=Registry())  # which fetches nothing


@lru_cache(maxsize=4096)
def _options_type_of(cls: Any) -> Any:
    """Return a struct that takes what the schema of a node's options takes, or less; None when there is none."""
    own = hints(cls)
    fields: list[Any] = []
    for field in option_fields(cls):
        hint = own[field.name]
        if _restricts(hint, set()):
            return None
        if connection_type(hint) is not None:
            hint = Annotated[str, msgspec.Meta(min_length=1)]
        required = field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
        fields.append((field.name, hint) if required else (field.name, hint, None))
    struct = msgspec.defstruct("Options", fields, kw_only=True, forbid_unknown_fields=True)
    try:
        msgspec.convert({}, struct)
    except msgspec.ValidationError:
        return struct
    except TypeError:  # a type that msgspec cannot convert to: jsonschema alone judges
        return None
    return struct


# Typed by hand: mypy takes the __hash__ of a class for that of its instances and refuses it as a cache key.
_options_type = typing.cast(Callable[[Any], Any], _options_type_of)


def _restricts(hint: Any, seen: set[Any]) -> bool:
    """Say whether a type's schema has words of its own that msgspec does not look at."""
    if get_origin(hint) is Annotated:
        metas = [meta for meta in hint.__metadata__ if isinstance(meta, msgspec.Meta)]
        words = {word for meta in metas for word in (meta.extra_json_schema or {})}
        if any(word not in _SAYS_NOTHING and not word.startswith("x-") for word in words):
            return True
    if {hint, get_origin(hint)} & {set, frozenset}:
        return True  # the schema wants no entry twice, msgspec does not mind
    if isinstance(hint, type) and hint not in seen:
        seen.add(hint)
        has_fields = issubclass(hint, msgspec.Struct) or dataclasses.is_dataclass(hint) or typing.is_typeddict(hint)
        if has_fields and connection_type(hint) is None and any(_restricts(h, seen) for h in hints(hint).values()):
            return True
    return any(_restricts(inner, seen) for inner in get_args(hint) if not isinstance(inner, str | int | None))


def _verdicts(error: Any, around: Keys, what: str) -> Iterable[Verdict]:
    keys = (*around, *error.path)
    validator, value, wanted = error.validator, error.instance, error.validator_value
    inside = what if not keys else "key"
    if "propertyNames" in error.schema_path:
        if wanted == NAME:
            message, hint = f"{quoted(value)} is not a name", _name_hint(str(value))
        else:
            message, hint = f"as a key: {_reason(error, validator, value, wanted)[0]}", ""
        yield Verdict((*keys, str(value)), "bad-name", message, hint)
    elif validator == "additionalProperties":
        known = list(error.schema.get("properties", {}))
        for name in [name for name in value if name not in known]:
            message = f"there is no {inside} {quoted(name)}"
            yield Verdict((*keys, name), f"unknown-{inside}", message, near(name, known) or f"known: {listed(known)}")
    elif validator == "required":
        missing = next(name for name in wanted if name not in value and f"'{name}'" in error.message)
        about = error.schema.get("properties", {}).get(missing, {}).get("description", "")
        yield Verdict(keys, f"missing-{inside}", f"{inside} '{missing}' is missing", about)
    elif validator in ("anyOf", "oneOf") and error.context:
        yield from _of_branches(error, keys, what)
    else:
        message, hint = _reason(error, validator, value, wanted)
        yield Verdict(keys, "bad-value", message, hint)


def _of_branches(error: Any, keys: Keys, what: str) -> Iterable[Verdict]:
    """Show the problems of the branch that was meant; if none was, what all of them want."""
    branches: dict[int, list[Any]] = {}
    for inner in error.context:
        branches.setdefault(inner.schema_path[0], []).append(inner)
    at_top = {n: [e for e in errors if not e.path and e.validator == "type"] for n, errors in branches.items()}
    meant = [n for n in branches if not at_top[n]]
    if meant:
        best = min(meant, key=lambda n: len(branches[n]))
        for inner in branches[best]:
            yield from _verdicts(inner, keys, what)
        return
    types = [t for errors in at_top.values() for t in _as_list(errors[0].validator_value)]
    message = f"must be {' or '.join(dict.fromkeys(_TYPES[t] for t in types))}, not {_shown(error.instance)}"
    yield Verdict(keys, "bad-value", message)


def _reason(error: Any, validator: str, value: Any, wanted: Any) -> tuple[str, str]:
    shown = _shown(value)
    if validator == "type":
        return f"must be {' or '.join(_TYPES[t] for t in _as_list(wanted))}, not {shown}", ""
    if validator in ("enum", "const"):
        choices = [_word(choice) for choice in (wanted if validator == "enum" else [wanted])]
        hint = near(value, [choice for choice in wanted if isinstance(choice, str)]) if isinstance(value, str) else ""
        return f"must be {' or '.join(choices) if len(choices) < 3 else 'one of ' + listed(choices)}, not {shown}", hint
    plain = {
        "minimum": f"must be at least {wanted}, not {shown}",
        "maximum": f"must be at most {wanted}, not {shown}",
        "exclusiveMinimum": f"must be more than {wanted}, not {shown}",
        "exclusiveMaximum": f"must be less than {wanted}, not {shown}",
        "multipleOf": f"must be a multiple of {wanted}, not {shown}",
        "minLength": f"must have at least {wanted} characters, not {shown}",
        "maxLength": f"must have at most {wanted} characters, not {shown}",
        "minItems": f"must have at least {wanted} entries, not {shown}",
        "maxItems": f"must have at most {wanted} entries, not {shown}",
        "minProperties": f"must have at least {wanted} entries, not {shown}",
        "maxProperties": f"must have at most {wanted} entries, not {shown}",
        "uniqueItems": f"must not have an entry twice: {shown}",
        "pattern": f"{shown} does not match {wanted}",
    }
    message: str = plain.get(validator) or error.message
    return (message if len(message) <= 300 else message[:297] + "..."), ""


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return "an object" if value else "an empty object"
    if isinstance(value, list):
        return f"a list of {len(value)}" if value else "an empty list"
    return _word(value)


def _word(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return quoted(value)


def _as_list(types: Any) -> list[str]:
    return [types] if isinstance(types, str) else list(types)


def _name_hint(name: str) -> str:
    import re

    better = re.sub(r"[^A-Za-z0-9_-]+", "-", name[:100]).strip("-")
    use = "use letters, digits, _ and -, at most 100, not beginning with -"
    return f"{use}, such as '{better}'" if better and better != name else use
