"""Nodes and connections one by one: type, options, references, secrets, and what the node's own code says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, get_args

import msgspec

from flowengine import settings
from flowengine.flow.expansion import Expansion, Placed, PlacedConnection
from flowengine.flow.judge import Verdict, judge_options
from flowengine.flow.problem import Keys, Report, Severity, listed, near
from flowengine.flow.project import SUBFLOW
from flowengine.flow.references import Resolved, inner_schema, whole
from flowengine.node import Connection, Node
from flowengine.options import build, connection_options, hints, option_fields, schema_of
from flowengine.registry import Registry


@dataclass
class NodeCheck:
    """Checks the nodes of one expansion."""

    expansion: Expansion
    registry: Registry
    _built: dict[str, Connection | None] = field(default_factory=dict)

    def check(self, placed: Placed, report: Report) -> None:
        """Check one node; the report is that of the file it stands in."""
        severity: Severity = "warning" if placed.spec.disabled else "error"
        keys: Keys = ("nodes", placed.key)
        if placed.cls is None:
            self._unknown_type(placed, severity, report)
            return
        about = _About(report, severity, (*keys, "options"), placed.id)
        self._check_options(placed.cls, placed.spec.options, placed.resolved, placed.connections, about)

    def check_connection(self, placed: PlacedConnection, key: str, report: Report) -> None:
        """Check one connection, under its name in the file that the report is of."""
        keys: Keys = ("connections", key)
        if placed.cls is None:
            found = self.registry.types.get(placed.spec.type)
            if found is not None:
                message = f"'{placed.spec.type}' is a {found.cls.kind}, not a connection"
                report.error("not-a-connection", (*keys, "type"), message, hint="place it under nodes")
            else:
                message = f"there is no connection of type '{placed.spec.type[:100]}'"
                hint = self.registry.hint(placed.spec.type[:200])
                report.error("unknown-type", (*keys, "type"), message, hint=hint)
            return
        about = _About(report, "error", (*keys, "options"), "")
        self._check_options(placed.cls, placed.spec.options, placed.resolved, {}, about)

    def _unknown_type(self, placed: Placed, severity: Severity, report: Report) -> None:
        keys, type_name = ("nodes", placed.key, "type"), placed.spec.type
        found = self.registry.types.get(type_name)
        if found is not None:
            message = f"'{type_name}' is a connection, not a node"
            report.add(severity, "not-a-node", keys, message, node=placed.id, hint="place it under connections")
        elif not type_name.startswith(SUBFLOW):
            message = f"there is no node of type '{type_name[:100]}'"
            hint = self.registry.hint(type_name[:200])
            report.add(severity, "unknown-type", keys, message, node=placed.id, hint=hint)

    def _check_options(
        self,
        cls: type[Node],
        raw: Mapping[str, Any],
        resolved: Resolved,
        connections: Mapping[str, str],
        about: _About,
    ) -> None:
        if cls.runs_code and not settings.code_allowed():
            message = f"{cls.type} runs code, which is switched off where this engine was started"
            about.add("code-off", (), message, f"start it without --no-code and {settings.NO_CODE}, or use other nodes")
        check_references(resolved, about.report, about.keys, about.node, about.severity)
        check_secrets_in_clear(schema_of(cls), raw, about.report, about.keys, about.node, about.severity)
        verdicts = self._judge(cls, resolved)
        for verdict in verdicts:
            about.add(verdict.code, verdict.keys, _without_secrets(verdict, resolved), verdict.hint)
        sound = not verdicts and resolved.complete
        for option, planned in connections.items():
            sound = self._check_connection_fits(cls, option, planned, resolved, about) and sound
        if sound:
            self._build(cls, {**resolved.value, **connections}, resolved, about)

    def _judge(self, cls: type[Node], resolved: Resolved) -> list[Verdict]:
        known = judge_options if resolved.secret else _KNOWN.verdicts  # no secret is kept longer than needed
        verdicts = known(cls, resolved.value)
        if not verdicts:
            return verdicts
        not_known = [*resolved.open, *(fault.keys for fault in resolved.faults)]
        return [v for v in verdicts if not _hangs_on(v, not_known)] if not_known else verdicts

    def _check_connection_fits(
        self, cls: type[Node], option: str, planned: str, resolved: Resolved, about: _About
    ) -> bool:
        if not planned:
            known = [
                name.removeprefix("*/")
                for name, placed in self.expansion.connections.items()
                if placed.cls is None or issubclass(placed.cls, _wanted(cls, option))
            ]
            name = str(resolved.value[option])
            hint = near(name, known) or (f"known: {listed(known)}" if known else "add it under connections")
            about.add("unknown-connection", (option,), f"there is no connection '{name[:100]}'", hint)
            return False
        placed = self.expansion.connections[planned]
        wanted = _wanted(cls, option)
        if placed.cls is not None and not issubclass(placed.cls, wanted):
            name = resolved.value[option]
            kind = f"'{wanted.type}'" if wanted.type else wanted.__name__
            message = f"connection '{name}' is of type '{placed.spec.type}', this needs {kind}"
            about.add("wrong-connection", (option,), message)
            return False
        return placed.cls is not None and self._connection(planned) is not None

    def _connection(self, planned: str) -> Connection | None:
        """Return a connection made for looking at, never opened; None when its options are wrong."""
        if planned not in self._built:
            placed = self.expansion.connections[planned]
            self._built[planned] = None
            if placed.cls is not None and placed.resolved.complete and not self._judge(placed.cls, placed.resolved):
                try:
                    self._built[planned] = build(placed.cls, placed.resolved.value)
                except Exception:  # noqa: BLE001 - a stranger's code; said where the connection itself is checked
                    return None
        return self._built[planned]

    def _build(self, cls: type[Node], options: dict[str, Any], resolved: Resolved, about: _About) -> None:
        """Make the node for a moment, to hear what it says about its options."""
        alone = not connection_options(cls) and not resolved.secret
        if alone and _KNOWN.is_sound(cls, options):
            return
        try:
            build(cls, options, self._connection)
            if alone:
                _KNOWN.note_sound(cls, options)
        except ValueError as error:
            keys = _option_named(str(error), cls)
            about.add("refused-option", keys, mask(str(error) or "the node refuses these options", resolved))
        except Exception as error:  # noqa: BLE001 - a stranger's code may raise anything; it must not stop the check
            message = f"{cls.type} cannot be made of these options: {type(error).__name__}: {error}"
            about.add("broken-node", (), mask(message, resolved), "this is a fault of the node, report it to its maker")


class _Known:
    """What checks have found out, over all checks: a flow is checked again and again while people draw it."""

    MOST = 50_000
    """Options that are remembered; then all are forgotten."""

    def __init__(self) -> None:
        self._verdicts: dict[tuple[type[Node], bytes], list[Verdict]] = {}
        self._sound: set[tuple[type[Node], bytes]] = set()

    def verdicts(self, cls: type[Node], options: Any) -> list[Verdict]:
        """Judge options; equal ones of one class are judged once."""
        key = _key(cls, options)
        if key is None:
            return judge_options(cls, options)
        found = self._verdicts.get(key)
        if found is None:
            if len(self._verdicts) >= self.MOST:
                self._verdicts.clear()
            found = self._verdicts[key] = judge_options(cls, options)
        return found

    def is_sound(self, cls: type[Node], options: Any) -> bool:
        """Say whether a node of these options, which asks for no connection, has been made before."""
        return _key(cls, options) in self._sound

    def note_sound(self, cls: type[Node], options: Any) -> None:
        """Remember that it has."""
        key = _key(cls, options)
        if key is not None:
            if len(self._sound) >= self.MOST:
                self._sound.clear()
            self._sound.add(key)


_KNOWN = _Known()


def _key(cls: type[Node], options: Any) -> tuple[type[Node], bytes] | None:
    try:
        return cls, msgspec.json.encode(options)
    except (TypeError, UnicodeEncodeError, OverflowError):  # no JSON, so never the same as another's
        return None


@dataclass
class _About:
    report: Report
    severity: Severity
    keys: Keys
    node: str

    def add(self, code: str, keys: Keys, message: str, hint: str = "") -> None:
        self.report.add(self.severity, code, (*self.keys, *keys), message, node=self.node, hint=hint)


def check_references(
    resolved: Resolved, report: Report, keys: Keys, node: str = "", severity: Severity = "error"
) -> None:
    """Report references that lead nowhere."""
    for fault in resolved.faults:
        report.add(severity, fault.code, (*keys, *fault.keys), fault.message, node=node, hint=fault.hint)


def check_secrets_in_clear(
    schema: Mapping[str, Any], raw: Any, report: Report, keys: Keys, node: str = "", severity: Severity = "error"
) -> None:
    """Report secrets written into the file."""
    if not _has_secrets(schema):
        return
    for where, text in _texts(raw):
        inner: Mapping[str, Any] = schema
        for key in where:
            inner = inner_schema(inner, key)
        name = whole(text)
        if text and _is_secret(inner) and not (name and name.startswith(("secret:", "parameter:"))):
            hint = f"write ${{secret:{where[-1] if where else 'name'}}} and set the secret where the engine runs"
            report.add(
                severity, "secret-in-clear", (*keys, *where), "a secret may not stand in a flow", node=node, hint=hint
            )


def mask(text: str, resolved: Resolved) -> str:
    """Put the names of secrets where their values stand in a text, also where it was cut."""
    for secrets in resolved.secret.values():
        for name, value in secrets.items():
            if len(value) < 4:
                text = f"(hidden: it may show ${{secret:{name}}})" if value and value in text else text
                continue
            for shown in (value, repr(value)[1:-1]):
                for length in range(len(shown), 3, -1):
                    text = text.replace(shown[:length], f"${{secret:{name}}}")
    return text


def _without_secrets(verdict: Verdict, resolved: Resolved) -> str:
    for keys in resolved.secret:
        if verdict.keys[: len(keys)] == keys:
            return "the value of this secret does not fit the option"
    return mask(verdict.message, resolved) if resolved.secret else verdict.message


def _hangs_on(verdict: Verdict, not_known: list[Keys]) -> bool:
    """Say whether a verdict is about a value that is not known, or about something around it."""
    if verdict.code.startswith(("unknown-", "missing-")):
        return False
    at = verdict.keys
    return any(at[: len(keys)] == keys or keys[: len(at)] == at for keys in not_known)


def _wanted(cls: type[Node], option: str) -> type[Connection]:
    hint = hints(cls)[option]
    for part in (hint, *get_args(hint)):
        if isinstance(part, type) and issubclass(part, Connection):
            return part
    return Connection


def _option_named(message: str, cls: type[Node]) -> Keys:
    """Return the option that a node's complaint begins with (`window must be ...`), if it does."""
    first = message.removeprefix("option ").split(" ", 1)[0].strip(":,'\"`")
    return (first,) if any(f.name == first for f in option_fields(cls)) else ()


def _texts(value: Any) -> list[tuple[Keys, str]]:
    if isinstance(value, str):
        return [((), value)]
    if isinstance(value, dict | list):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        return [((key, *keys), text) for key, inner in items for keys, text in _texts(inner)]
    return []


def _is_secret(schema: Mapping[str, Any]) -> bool:
    branches = (schema, *schema.get("anyOf", ()), *schema.get("oneOf", ()))
    return any(branch.get("writeOnly") is True or branch.get("format") == "password" for branch in branches)


def _has_secrets(schema: Any) -> bool:
    known = _SECRETS.get(id(schema))
    if known is not None and known[0] is schema:
        return known[1]
    found = _search_secrets(schema)
    if len(_SECRETS) > 4096:
        _SECRETS.clear()
    _SECRETS[id(schema)] = (schema, found)
    return found


_SECRETS: dict[int, tuple[Any, bool]] = {}
"""Whether a schema has a secret in it; classes give the same schema object every time."""


def _search_secrets(schema: Any) -> bool:
    if isinstance(schema, dict):
        return _is_secret(schema) or any(_search_secrets(inner) for inner in schema.values())
    return isinstance(schema, list) and any(_search_secrets(inner) for inner in schema)
