"""References in options: `${NAME}`, `${NAME:-default}`, `${secret:name}`, `${parameter:name}`; `$${` writes `${`.

They may stand anywhere inside a string, at any depth. A string that is one reference and nothing else can stand for a
number, a boolean or null too: where the option's schema takes no string, the value found is read as a JSON scalar.
What is not known yet (a secret in CI, a parameter of a subflow that nobody has placed) stays open and is not judged.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from flowengine.flow.problem import Keys, near

Secrets = Callable[[str], str | None]
"""Returns the secret of that name, or None when there is none."""

_REFERENCE = re.compile(r"\$\$\{|\$\{([^{}]*)\}|\$\{")
_VARIABLE = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(:-(.*))?\Z", re.DOTALL)
_NAMED = re.compile(r"(secret|parameter):([A-Za-z0-9_][A-Za-z0-9_./-]*)\Z")


@dataclass(frozen=True)
class Scope:
    """Where references of one flow find their values. None instead of a mapping: not known here."""

    environment: Mapping[str, str] = field(default_factory=dict)
    """The flow's own variables."""
    process: Mapping[str, str] | None = None
    """The variables of the process, asked after the flow's own."""
    secrets: Secrets | None = None
    parameters: Mapping[str, Any] | None = None
    """The values of a subflow's parameters; None outside of one, or when it is checked by itself."""
    declared: frozenset[str] = frozenset()
    """The names of the subflow's parameters."""


@dataclass(frozen=True)
class Fault:
    """A reference that leads nowhere."""

    keys: Keys
    """Where, from the root of the options."""
    code: str
    message: str
    hint: str


@dataclass
class Resolved:
    """Options with their references replaced."""

    value: Any
    faults: list[Fault] = field(default_factory=list)
    open: list[Keys] = field(default_factory=list)
    """Where a value is not known; a null stands there."""
    secret: dict[Keys, dict[str, str]] = field(default_factory=dict)
    """Where secrets went: the name and value of each."""

    @property
    def complete(self) -> bool:
        """Whether every reference has found its value."""
        return not self.faults and not self.open


def resolve(value: Any, scope: Scope, schema: Mapping[str, Any] | None = None) -> Resolved:
    """Replace all references in a JSON value, judged by `schema` where a whole string is one reference."""
    result = Resolved(value)
    if may_refer(value):
        result.value = _resolve(value, scope, schema or {}, (), result)
    return result


def may_refer(value: Any) -> bool:
    """Say whether a JSON value has anything in it that looks like a reference."""
    if isinstance(value, str):
        return "${" in value
    if isinstance(value, dict):
        return any(may_refer(inner) for inner in value.values())
    if isinstance(value, list):
        return any(may_refer(inner) for inner in value)
    return False


def references(value: Any) -> Iterator[tuple[Keys, str]]:
    """Yield the place and inside (`secret:name`) of every reference in a JSON value."""
    if isinstance(value, str):
        if "${" in value:
            yield from (((), match[1]) for match in _REFERENCE.finditer(value) if match[1] is not None)
    elif isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from (((key, *keys), name) for keys, name in references(inner))


def whole(text: Any) -> str | None:
    """Return the inside of a string that is one reference and nothing else (`secret:name`), or None."""
    match = _REFERENCE.fullmatch(text) if isinstance(text, str) else None
    return match[1] if match else None


def escape(text: str) -> str:
    """Write a text so that nothing in it is taken for a reference."""
    return text.replace("${", "$${")


def takes_string(schema: Mapping[str, Any]) -> bool:
    """Say whether a JSON Schema lets any string through."""
    if "enum" in schema:
        return any(isinstance(choice, str) for choice in schema["enum"])
    if "const" in schema:
        return isinstance(schema["const"], str)
    for word in ("anyOf", "oneOf"):
        if word in schema:
            return any(takes_string(branch) for branch in schema[word])
    types = schema.get("type", "string")
    return "string" in ([types] if isinstance(types, str) else types)


def inner_schema(schema: Mapping[str, Any], key: str | int) -> Mapping[str, Any]:
    """Return the JSON Schema of what stands under a key, as far as it can be said."""
    found: list[Mapping[str, Any]] = []
    for branch in (schema, *schema.get("anyOf", ()), *schema.get("oneOf", ())):
        if isinstance(key, int):
            prefix = branch.get("prefixItems", ())
            candidate = prefix[key] if key < len(prefix) else branch.get("items")
        else:
            candidate = branch.get("properties", {}).get(key, branch.get("additionalProperties"))
        if isinstance(candidate, Mapping):
            found.append(candidate)
    return found[0] if len(found) == 1 else {"anyOf": found} if found else {}


def _resolve(value: Any, scope: Scope, schema: Mapping[str, Any], keys: Keys, result: Resolved) -> Any:
    if isinstance(value, str):
        return _resolve_text(value, scope, schema, keys, result) if "${" in value else value
    if isinstance(value, dict):
        return {k: _resolve(v, scope, inner_schema(schema, k), (*keys, k), result) for k, v in value.items()}
    if isinstance(value, list):
        return [_resolve(v, scope, inner_schema(schema, i), (*keys, i), result) for i, v in enumerate(value)]
    return value


class _Open(Exception):
    """The value is not known here."""


def _resolve_text(text: str, scope: Scope, schema: Mapping[str, Any], keys: Keys, result: Resolved) -> Any:
    alone = whole(text)
    try:
        if alone is not None:
            found = _find(alone, scope, keys, result)
            if isinstance(found, str) and not alone.startswith("parameter:") and not takes_string(schema):
                return _scalar(found, alone, keys, result)
            return found

        def value_of(match: re.Match[str]) -> str:
            if match[0] == "$${":
                return "${"
            if match[1] is None:
                raise _broken(match[0], keys, result, "a '}' is missing")
            found = _find(match[1], scope, keys, result)
            return found if isinstance(found, str) else json.dumps(found)

        return _REFERENCE.sub(value_of, text)
    except _Open:
        return None


def _find(inside: str, scope: Scope, keys: Keys, result: Resolved) -> Any:
    """Return the value of one reference; what is missing is noted and raised as open."""
    named = _NAMED.match(inside)
    if named is None:
        return _find_variable(inside, scope, keys, result)
    kind, name = named.groups()
    if kind == "secret":
        if scope.secrets is None:
            raise _unknown(keys, result)
        value = scope.secrets(name)
        if value is None:
            hint = f"set the secret '{name}' where the engine runs"
            raise _fault(keys, result, "missing-secret", f"there is no secret '{name}'", hint)
        result.secret.setdefault(keys, {})[name] = value
        return value
    if name not in scope.declared:
        hint = near(name, scope.declared) or "declare it under subflow.parameters"
        raise _fault(keys, result, "unknown-parameter", f"this flow has no parameter '{name}'", hint)
    if scope.parameters is None or name not in scope.parameters:
        raise _unknown(keys, result)
    return scope.parameters[name]


def _find_variable(inside: str, scope: Scope, keys: Keys, result: Resolved) -> str:
    variable = _VARIABLE.match(inside)
    if variable is None:
        why = "expected ${NAME}, ${NAME:-default}, ${secret:name} or ${parameter:name}"
        raise _broken("${" + inside + "}", keys, result, why)
    name, has_default, default = variable.groups()
    if name in scope.environment:
        return scope.environment[name]
    if scope.process is not None and name in scope.process:
        return scope.process[name]
    if has_default:
        return str(default)
    if scope.process is None:
        raise _unknown(keys, result)
    hint = near(name, scope.environment) or f"set it, or write a default: ${{{name}:-...}}"
    raise _fault(keys, result, "missing-variable", f"the variable {name} is not set", hint)


def _scalar(text: str, inside: str, keys: Keys, result: Resolved) -> Any:
    try:
        value = json.loads(text)
        if not isinstance(value, dict | list) and value == value and abs(value or 0) != float("inf"):
            return value
    except (ValueError, RecursionError, TypeError):
        pass
    shown = "its value" if inside.startswith("secret:") else f"'{text[:60]}'"
    message = f"${{{inside}}} should give a number, true, false or null here, not {shown}"
    raise _fault(keys, result, "bad-reference", message, "")


def _unknown(keys: Keys, result: Resolved) -> _Open:
    result.open.append(keys)
    return _Open()


def _fault(keys: Keys, result: Resolved, code: str, message: str, hint: str) -> _Open:
    result.faults.append(Fault(keys, code, message, hint))
    return _Open()


def _broken(text: str, keys: Keys, result: Resolved, why: str) -> _Open:
    message = f"'{text[:60]}' is not a reference: {why}"
    return _fault(keys, result, "bad-reference", message, "write $${ where ${ is meant as it is")
