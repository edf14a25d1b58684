"""A node class's annotated fields as JSON Schema, and JSON options as constructor arguments.

The schema is the one judge (with jsonschema: all problems at once); msgspec derives it and converts values after it
has passed. Field words that a form understands: title, description, default, minimum, maximum, pattern, enum, format,
writeOnly and x-unit, x-connection, x-widget (code, expression, text), x-language (python, mustache), x-titles (words
for the values of an enum), x-advanced, x-when, x-type-of.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import msgspec

T = typing.TypeVar("T")


class _StateMark:
    def __repr__(self) -> str:
        return "STATE"


STATE = _StateMark()

State = Annotated[T, STATE]
"""Marks a field as the node's own state, not an option: `count: State[int] = 0`. The engine may keep it."""

Secret = Annotated[str, msgspec.Meta(extra_json_schema={"format": "password", "writeOnly": True})]
"""An option that holds a password or key; a flow file may only say `${secret:name}` here."""

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def unit(text: str) -> dict[str, Any]:
    """Name the unit of an option for its form: `Meta(ge=0, extra_json_schema=unit("s"))`."""
    return {"x-unit": text}


ADVANCED = msgspec.Meta(extra_json_schema={"x-advanced": True})
"""Marks an option as rarely needed; a form shows it under "More": `Annotated[int, Meta(ge=1), ADVANCED]`."""


def only_with(**values: Any) -> msgspec.Meta:
    """Show an option only while others have a value: `only_with(shape="csv")`; a tuple holds several values."""
    when = {name: list(value) if isinstance(value, tuple) else [value] for name, value in values.items()}
    return msgspec.Meta(extra_json_schema={"x-when": when})


def type_of(option: str) -> msgspec.Meta:
    """Say that this option tells how to read another one; a form shows both as one control."""
    return msgspec.Meta(extra_json_schema={"x-type-of": option})


def hints(cls: type[Any]) -> dict[str, Any]:
    """Return the annotations of a class, resolved, `Annotated` kept."""
    return _hints_by_class(cls)


def is_state(hint: Any) -> bool:
    """Say whether an annotation is `State[...]`."""
    return get_origin(hint) is Annotated and STATE in hint.__metadata__


def option_fields(cls: type[Any]) -> list[dataclasses.Field[Any]]:
    """Return the fields of a node class that are options, in the order written."""
    return _fields_by_class(cls)


def _option_fields(cls: type[Any]) -> list[dataclasses.Field[Any]]:
    return [f for f in dataclasses.fields(cls) if not is_state(hints(cls)[f.name])]


def state_fields(cls: type[Any]) -> list[str]:
    """Return the names of a node class's declared state."""
    return _state_by_class(cls)


def _state_fields(cls: type[Any]) -> list[str]:
    return [f.name for f in dataclasses.fields(cls) if is_state(hints(cls)[f.name])]


def connection_type(hint: Any) -> str | None:
    """Return the connection type that an option asks for, or None if it is a plain value."""
    parts = (hint, *get_args(hint))
    for part in (*parts, *(inner for outer in parts for inner in get_args(outer))):
        if isinstance(part, type) and getattr(part, "kind", None) == "connection":
            return str(getattr(part, "type", ""))
    return None


def connection_names(cls: type[Any], options: Mapping[str, Any]) -> list[str]:
    """Return the names of the connections that these options ask for."""
    return [options[name] for name in _connections_by_class(cls) if options.get(name) is not None]


def connection_options(cls: type[Any]) -> list[str]:
    """Return the names of the options that ask for a connection."""
    return _connections_by_class(cls)


def _connection_options(cls: type[Any]) -> list[str]:
    return [f.name for f in option_fields(cls) if connection_type(hints(cls)[f.name]) is not None]


def schema_of(cls: type[Any]) -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a node class's options: one flat object, nothing else allowed in it."""
    return _schema_by_class(cls)


def _schema(cls: type[Any]) -> dict[str, Any]:
    properties: dict[str, Any] = {}
    required: list[str] = []
    for field in option_fields(cls):
        hint = hints(cls)[field.name]
        wanted = connection_type(hint)
        if wanted is not None:
            schema: dict[str, Any] = {"type": "string", "minLength": 1, "x-connection": wanted}
            if get_origin(hint) is Annotated:
                for meta in hint.__metadata__:
                    schema["description"] = meta.description
        else:
            schema = type_schema(hint)
        if field.default is not dataclasses.MISSING:
            if not (wanted and field.default is None):
                schema["default"] = msgspec.to_builtins(field.default)
        elif field.default_factory is not dataclasses.MISSING:
            schema["default"] = msgspec.to_builtins(field.default_factory())
        else:
            required.append(field.name)
        properties[field.name] = schema
    result: dict[str, Any] = {"type": "object", "properties": properties, "additionalProperties": False}
    if required:
        result["required"] = required
    return result


def type_schema(hint: Any) -> dict[str, Any]:
    """Return the JSON Schema of any supported type, without `$ref`, choices in the order written."""
    (schema,), components = msgspec.json.schema_components([hint], ref_template="#/$defs/{name}")
    return _ordered(_inlined(schema, components), hint)


def _inlined(schema: Any, components: Mapping[str, Any]) -> Any:
    if isinstance(schema, list):
        return [_inlined(item, components) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        target = components[schema["$ref"].rsplit("/", 1)[-1]]
        return {**_inlined(target, components), **{k: v for k, v in schema.items() if k != "$ref"}}
    return {key: _inlined(value, components) for key, value in schema.items()}


def _ordered(schema: dict[str, Any], hint: Any) -> dict[str, Any]:
    """Put the choices of Literals back in the order written (msgspec sorts them)."""
    origin, args = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _ordered(schema, args[0])
    if origin is Literal and "enum" in schema:
        return {**schema, "enum": list(args)}
    if origin in (Union, types.UnionType):
        literals = [a for arg in args if get_origin(arg) is Literal for a in get_args(arg)]
        if "enum" in schema and literals:
            return {**schema, "enum": literals + [v for v in schema["enum"] if v not in literals]}
        return schema
    if origin is list and "items" in schema:
        return {**schema, "items": _ordered(schema["items"], args[0])}
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct) and "properties" in schema:
        own = hints(hint)
        return {**schema, "properties": {n: _ordered(s, own.get(n)) for n, s in schema["properties"].items()}}
    return schema


def problems(schema: Mapping[str, Any], value: Any) -> list[tuple[list[str | int], str]]:
    """Return every way in which `value` breaks `schema`: where (keys from the root) and why."""
    found = sorted(_validator(msgspec.json.encode(schema)).iter_errors(value), key=lambda e: [str(k) for k in e.path])
    return [(list(error.absolute_path), _reason(error)) for error in found]


@lru_cache(maxsize=1024)
def _validator(schema: bytes) -> Any:
    from jsonschema import Draft202012Validator  # 70 ms to import: only when something is checked

    return Draft202012Validator(msgspec.json.decode(schema))


def _reason(error: Any) -> str:
    message: str = error.message
    if error.validator == "additionalProperties":
        known = ", ".join(sorted(error.schema.get("properties", {}))) or "none"
        return f"{message.replace('Additional properties are not allowed', 'unknown option')}; known: {known}"
    return message if len(message) <= 300 else message[:297] + "..."


def build(cls: type[T], options: Mapping[str, Any], connect: Callable[[str], Any] = lambda name: None) -> T:
    """Make a node from options that have passed its schema; `connect` turns a connection's name into the connection.

    Raises:
        ValueError: an option does not fit after all (it passed the schema, but the node itself refuses it).
    """
    arguments: dict[str, Any] = {}
    known, connections = hints(cls), _connections_by_class(cls)
    for field in option_fields(cls):
        name = field.name
        if name not in options:
            continue
        value = options[name]
        if name in connections:
            arguments[name] = connect(value) if value is not None else None
            continue
        try:
            arguments[name] = msgspec.convert(value, known[name])
        except msgspec.ValidationError as error:
            raise ValueError(f"option {name}: {error}") from error
    try:
        return cls(**arguments)
    except TypeError as error:
        raise ValueError(str(error)) from error


def _hints(cls: type[Any]) -> dict[str, Any]:
    return {name: _within(hint) for name, hint in typing.get_type_hints(cls, include_extras=True).items()}


LIMITS = ("gt", "ge", "lt", "le", "multiple_of", "pattern", "min_length", "max_length")


def _within(hint: Any) -> Any:
    """Move limits of `Annotated[float | None, Meta(gt=0)]` to the number, where msgspec wants them."""
    if get_origin(hint) is not Annotated or get_origin(get_args(hint)[0]) not in (Union, types.UnionType):
        return hint
    union, *metas = get_args(hint)
    limits = {key: value for meta in metas for key in LIMITS if (value := getattr(meta, key, None)) is not None}
    if not limits:
        return hint
    limited = msgspec.Meta(**limits)
    members = tuple(arg if arg is type(None) else Annotated[arg, limited] for arg in get_args(union))
    inner: Any = Union.__getitem__(members)
    words: dict[str, Any] = {
        key: value
        for meta in metas
        for key in ("title", "description", "examples", "extra")
        if (value := getattr(meta, key, None)) is not None
    }
    further = {key: value for meta in metas for key, value in (meta.extra_json_schema or {}).items()}
    if further:
        words["extra_json_schema"] = further
    return Annotated[inner, msgspec.Meta(**words)]


# Typed by hand: mypy takes the __hash__ of a class for that of its instances and refuses it as a cache key.
_hints_by_class = typing.cast(Callable[[Any], dict[str, Any]], cache(_hints))
_schema_by_class = typing.cast(Callable[[Any], dict[str, Any]], cache(_schema))
_fields_by_class = typing.cast(Callable[[Any], list[dataclasses.Field[Any]]], cache(_option_fields))
_state_by_class = typing.cast(Callable[[Any], list[str]], cache(_state_fields))
_connections_by_class = typing.cast(Callable[[Any], list[str]], cache(_connection_options))
