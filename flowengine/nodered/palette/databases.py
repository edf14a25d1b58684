"""Databases: sqlite, postgresql and mysql. Their configuration nodes are connections `sql/database`.

A statement that comes with a message, as in sqlite and mysql, is done by `nodered/sql`; where a node names it, messages
give the values only.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from flowengine.nodered.entries import Entry
from flowengine.nodered.fitting import escaped
from flowengine.nodered.palette.stand import CAUGHT, Made, Stand, refused, stated, text, whole

_TOKEN: Final = re.compile(
    r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|/\*.*?\*/|\$(?P<tag>\w*)\$.*?\$(?P=tag)\$|::"""
    r"""|(?P<name>[$:@][A-Za-z_]\w*)|\$(?P<place>[1-9]\d{0,3})|\?(?P<mark>\d{0,4})|(?P<end>;)""",
    re.DOTALL,
)
_ASKS: Final = ("select", "values", "pragma", "explain", "show")
_CHANGES: Final = ("insert", "update", "delete", "replace", "create", "drop", "alter", "truncate")
_BY_MESSAGE: Final = (
    "its statements come with messages; here a node names its statement, and messages give the values only"
)
_SEVERAL: Final = (
    "it does several statements, or one that both changes and asks; sql/query and sql/write do one thing each"
)
_OTHERWISE: Final = "its parameters are written in a way that sql/query and sql/write have not"


class _Unfit(ValueError):
    """Nothing here does such a statement; says why."""


def _named(given: str, names: str, by_name: Callable[[str], str]) -> tuple[str, dict[str, str]]:
    """Return a statement with its parameters as `:name`, and where in a message each is.

    Args:
        given: the statement.
        names: the characters that a parameter may begin with.
        by_name: the path to a parameter, with the character that it begins with.

    Raises:
        _Unfit: it is several statements, or its parameters are of another kind.
    """
    parameters: dict[str, str] = {}
    made: list[str] = []
    at = marks = 0
    for found in _TOKEN.finditer(given):
        made.append(given[at : found.start()])
        at = found.end()
        if found["end"]:
            raise _Unfit(_SEVERAL)
        if found["name"]:
            if found["name"][0] not in names or parameters.get(found["name"][1:], by_name(found["name"])) != by_name(
                found["name"]
            ):
                raise _Unfit(_OTHERWISE)
            parameters[found["name"][1:]] = by_name(found["name"])
            made.append(":" + found["name"][1:])
        elif found["place"] or (found["mark"] is not None and ":" in names):
            marks += not (found["place"] or found["mark"])
            place = int(found["place"] or found["mark"] or marks)
            parameters[f"p{place}"] = f"params[{place - 1}]"
            made.append(f":p{place}")
        else:
            made.append(found[0])
    return "".join(made) + given[at:], parameters


def _statement(given: str, connection: str, names: str, by_name: Callable[[str], str]) -> Stand:
    """Return what does a statement."""
    try:
        statement, parameters = _named(given.strip().rstrip(";").rstrip(), names, by_name)
    except _Unfit as error:
        return Stand("", placeholder=str(error))
    words = re.findall(r"[a-z]+", statement.lower())
    changing = any(word in _CHANGES for word in words)
    options = {"statement": escaped(statement), **({"parameters": escaped(parameters)} if parameters else {})}
    if words and (words[0] in _ASKS or (words[0] == "with" and not changing)):
        return Stand("sql/query", {**options, "most": 100_000}, ("",), {"connection": connection})
    if words and words[0] in _CHANGES and "returning" not in words:
        changed = ("nothing follows a statement that changes something; " + CAUGHT,)
        return Stand("nodered/sql-write", options, (), {"connection": connection}, changed=changed)
    return Stand("", placeholder=_SEVERAL)


def _by_message(entry: Entry) -> Stand:
    risk = (
        "its statements come with messages: whoever can say what is in msg.topic can read and change the database; "
        "never build it from what comes from outside, and use sql/query and sql/write where it is always the same"
    )
    same = "a statement that changes something gives an empty list, on MySQL too, where Node-RED says how many rows"
    changed = (risk, same, "a message cannot name another database, or load an extension")
    return Stand("nodered/sql", {"changes": True}, ("1",), {"connection": "mydb"}, changed=changed)


def _sqlite(entry: Entry) -> Stand:
    kind = text(entry, "sqlquery") or "msg.topic"
    if kind == "msg.topic":
        return _by_message(entry)
    if kind == "batch":
        return Stand("", placeholder=_SEVERAL)
    return _statement(text(entry, "sql", 100_000), "mydb", "$:@", lambda name: f'params["{name}"]')


def _sqlite_options(entry: Entry) -> Made:
    file = stated(entry, "db", "")
    if not file or file == ":memory:":
        raise ValueError("it is in memory; a connection sql/database keeps a file")
    return Made({"system": "sqlite", "file": file}, lost=("mode",) if entry.get("mode") == "RO" else ())


def _postgresql(entry: Entry) -> Stand:
    query = text(entry, "query", 100_000)
    if not query.strip() or "{{" in query:
        return Stand("", placeholder=_BY_MESSAGE)
    made = _statement(query, "postgreSQLConfig", "$", lambda name: f"queryParameters.{name[1:]}")
    lost = ("split",) if entry.get("split") is True else ()
    changed = (*made.changed, "a statement in msg.query is not heard")
    return made if made.placeholder else replace(made, lost=lost, changed=changed)


def _postgresql_options(entry: Entry) -> Made:
    if any(text(entry, f"{key}FieldType") not in ("", "str", "num", "bool") for key in ("host", "port", "database")):
        raise ValueError("where it is, is said by variables; state it in a connection sql/database")
    database = stated(entry, "database", "")
    if not database:
        raise ValueError("it names no database")
    options = {
        "system": "postgresql",
        "host": stated(entry, "host", "127.0.0.1"),
        "port": whole(entry, "port", 5432, 1, 65535),
        "database": database,
        "tls": "verify-full" if entry.get("ssl") in (True, "true") else "off",
    }
    return Made(options, {"user": "username", "password": "password"})


def _mysql_options(entry: Entry) -> Made:
    database = stated(entry, "db", "")
    if not database:
        raise ValueError("it names no database")
    options = {
        "system": "mysql",
        "host": stated(entry, "host", "127.0.0.1"),
        "port": whole(entry, "port", 3306, 1, 65535),
        "database": database,
        "tls": "off",  # its node has none
    }
    lost = tuple(key for key in ("tz", "charset") if text(entry, key) not in ("", "UTF8", "UTF8_GENERAL_CI"))
    return Made(options, {"user": "username", "password": "password"}, lost)


STANDS: Final[dict[str, Callable[[Entry], Stand]]] = {
    "sqlite": _sqlite,
    "postgresql": _postgresql,
    "mysql": _by_message,
    **{kind: refused(_BY_MESSAGE) for kind in ("postgres", "stackhero-mysql", "MSSQL")},
}

CONNECTIONS: Final[dict[str, Callable[[Entry], Made]]] = {
    "sqlitedb": _sqlite_options,
    "postgreSQLConfig": _postgresql_options,
    "MySQLdatabase": _mysql_options,
}
"""Configuration nodes -> what gives the options of the connection that stands for one; it raises ValueError."""
