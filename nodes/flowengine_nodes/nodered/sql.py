"""The sqlite and mysql nodes of Node-RED where they do what `msg.topic` says."""

from __future__ import annotations

import re
from typing import Annotated, Any, ClassVar, Final

from msgspec import Meta

from flowengine import AsyncTransform, BadData, Message, Port, Refused
from flowengine_nodes.nodered.base import Name, numbered
from flowengine_nodes.sql.database import Database
from flowengine_nodes.sql.query import MOST
from flowengine_nodes.sql.session import Work
from flowengine_nodes.sql.statement import Statement, storable

_TOKEN: Final = re.compile(
    r"""
    '(?:[^']|'')*' | "(?:[^"]|"")*" | `(?:[^`]|``)*` | --[^\n]* | /\*.*?\*/ | ::
    | (?P<mark>\?\??)(?P<place>\d{0,5}) | (?P<name>[$:@][A-Za-z_]\w*) | (?P<word>[A-Za-z_]\w*)
    """,
    re.VERBOSE | re.DOTALL,
)
"""What may hold a question mark or a word without meaning it, the places of values, and words."""

_ASKS: Final = frozenset(("select", "values", "explain", "show", "describe", "desc"))
_CHANGES: Final = frozenset(("insert", "update", "delete", "replace", "create", "drop", "alter", "truncate"))


class Sql(AsyncTransform, type="nodered/sql"):
    """Do the SQL statement that a message brings in `msg.topic`, as the sqlite and mysql nodes of Node-RED do.

    A payload that is a list holds the values, bound to `?` (in SQLite to `?1`, `$name`, `:name` and `@name`, too) in
    order: they never become part of the statement. The payload becomes the rows that were found, each an object; a
    statement that changes something gives an empty list.

    Whoever can say what is in `msg.topic` can read the whole database, and with `changes` change it: never build the
    statement from what comes from outside, and give the database's user no more rights than the flow needs. Where the
    statement is always the same, use sql/query and sql/write, which have no such risk.

    Example: topic `SELECT name FROM recipes WHERE line = ?`, payload `["press 2"]`.
    """

    outputs: ClassVar[tuple[Port, ...]] = numbered(1)
    runs_code: ClassVar[tuple[str, ...]] = ("changes",)
    concurrency: ClassVar[int] = 1

    connection: Annotated[Database, Meta(description="The database")]
    name: Name = ""
    changes: Annotated[
        bool, Meta(description="Statements of messages may change the database, too; else they only ask")
    ] = False

    async def process(self, msg: Message) -> Message:
        """Return the message with the rows.

        Raises:
            Refused: the statement is of a kind that messages cannot bring.
            Retryable, BadData: what the database says, or the message lacks a statement or a value.
        """
        if not msg.topic.strip():
            raise BadData("there is no SQL statement in msg.topic")
        payload = msg.payload if isinstance(msg.payload, list | tuple) else ()
        statement, values, changing = bound(msg.topic, payload, self.connection.system)
        if not changing:
            return msg.with_payload(await self.connection.read(statement, values, MOST))
        if not self.changes:
            raise Refused("the statement changes something, and 'changes' is off")
        await self.connection.write(Work(statement, [values]))
        return msg.with_payload([])


def bound(text: str, given: Any, system: str) -> tuple[Statement, dict[str, Any], bool]:
    """Return a statement with its values bound by name, and whether it changes something.

    Args:
        text: SQL with the values' places as Node-RED's node for this system has them.
        given: the values, in order; SQLite has NULL for those that are missing.
        system: `sqlite`, `mysql` or `postgresql`.

    Raises:
        BadData: there is no single statement in it, or a value is missing.
        Refused: it is of another kind than those that ask, or change rows and tables.
    """
    made: list[str] = []
    words: list[str] = []
    places: dict[str, int] = {}
    at = most = 0
    for found in _TOKEN.finditer(text):
        made.append(text[at : found.start()])
        at = found.end()
        if found["word"]:
            words.append(found["word"].lower())
        if found["mark"] and len(found["mark"]) > 1:
            raise Refused("a name in the statement cannot be a value (`??`): write it out")
        sqlite = system == "sqlite"
        if found["mark"]:
            place = int(found["place"]) if sqlite and found["place"] else most + 1
        elif found["name"] and sqlite:
            place = places.setdefault(found["name"], most + 1)
        else:
            made.append(found[0])
            continue
        if not 0 < place < 10_000:
            raise BadData(f"the statement has no place for a value {found[0]:.20}")
        most = max(most, place)
        made.append(f":p{place}" + ("" if sqlite else found["place"] or ""))
    try:
        statement = Statement("".join(made) + text[at:], {})
    except ValueError as error:
        raise BadData(f"msg.topic: {error}") from None
    values = {name: _value(name, given, system) for name in statement.names}
    return statement, values, _changing(words)


def _value(name: str, given: Any, system: str) -> Any:
    if not re.fullmatch(r"p\d+", name):
        raise BadData(f":{name:.40} has no value here: write ? for each value")
    place = int(name[1:])
    if place <= len(given):
        return storable(name, given[place - 1])
    if system == "sqlite":
        return None
    raise BadData(f"the statement wants {place} values, and the payload, a list, has {len(given)}")


def _changing(words: list[str]) -> bool:
    """Say whether a statement changes something; one that also asks, or is of another kind, is refused."""
    first = words[0] if words else ""
    changing = first in _CHANGES or (first in ("with", "explain") and not _CHANGES.isdisjoint(words))
    if first not in _ASKS | _CHANGES | {"with"}:
        raise Refused(f"a message cannot bring a statement that begins with '{first.upper()[:20]}'")
    if changing and "returning" in words:
        raise Refused("a statement that changes something gives no rows: leave RETURNING out, and ask afterwards")
    return changing
