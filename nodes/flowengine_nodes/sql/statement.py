"""An SQL statement with named parameters, `:name`, in the notation of each system. Nothing is ever put into its text.

What is a parameter is told from what only looks like one as PostgreSQL's documentation, chapter 4.1, and SQLite's "SQL
As Understood By SQLite" say: not inside quotes, dollar quotes and comments, and not in a cast (`::integer`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from flowengine import BadData, Message
from flowengine_nodes.values.properties import MISSING, Reader, reader

_TOKEN = re.compile(
    r"""
    '(?:[^']|'')*'              # text
    | "(?:[^"]|"")*"            # a name in quotes
    | `(?:[^`]|``)*`            # the same in MySQL
    | --[^\n]*                  # a comment to the end of the line
    | /\*.*?\*/                 # a comment
    | \$(?P<tag>\w*)\$.*?\$(?P=tag)\$   # text in dollar quotes
    | ::                        # a cast
    | :(?P<name>[A-Za-z_]\w*)   # a parameter
    | (?P<end>;)
    | (?P<percent>%)
    | (?P<open>'|"|`|/\*)        # of which nothing above has found the end
    """,
    re.VERBOSE | re.DOTALL,
)

StatementOption = Annotated[
    str,
    Meta(
        description="One SQL statement; values as :name",
        min_length=1,
        extra_json_schema={"x-widget": "text", "x-language": "sql"},
    ),
]
ParametersOption = Annotated[
    dict[str, str], Meta(description="Where a parameter's value is in the message: a path such as payload.weight")
]
"""The options that sql/query and sql/write share."""


class Statement:
    """One statement; `names` are its parameters, each once, in the order in which they first come."""

    def __init__(self, text: str, parameters: Mapping[str, str]) -> None:
        """Find the parameters; `parameters` says for some from which property of a message they come.

        Raises:
            ValueError: the text is empty or holds several statements, a quote is not closed, `parameters` names one
                that the text has not, or a path is none.
        """
        self.text = text.strip()
        if not self.text:
            raise ValueError("the statement is empty")
        names: list[str] = []
        named: list[str] = []
        at, ended = 0, False
        for found in _TOKEN.finditer(self.text):
            between = self.text[at : found.start()]
            if ended and (between.strip() or found["name"] or found["percent"] or found["end"]):
                raise ValueError("one statement only: use a node for each, or a procedure in the database")
            at = found.end()
            if found["open"]:
                raise ValueError(f"{found['open']} at character {found.start() + 1} of the statement is not closed")
            ended = ended or bool(found["end"])
            name = found["name"]
            if name and name not in names:
                names.append(name)
            between = between.replace("%", "%%")
            named.append(between + (f"%({name})s" if name else found[0].replace("%", "%%")))
        if ended and self.text[at:].strip():
            raise ValueError("one statement only: use a node for each, or a procedure in the database")
        self.names = tuple(names)
        self.percent_text = "".join(named) + self.text[at:].replace("%", "%%")
        """The same with `%(name)s` for each parameter (PEP 249, pyformat)."""
        unknown = sorted(parameters.keys() - set(names))
        if unknown:
            raise ValueError(f"parameter '{unknown[0]}' is not in the statement: write :{unknown[0]} where it belongs")
        self._readers: dict[str, tuple[Reader, bool]] = {
            name: (reader(parameters.get(name, name)), name not in parameters) for name in names
        }

    def values(self, msg: Message) -> dict[str, Any]:
        """Return the parameters' values for a message.

        A parameter without a path is what the payload, an object, has under its name, else the property so called.

        Raises:
            BadData: the message lacks one, or a value is nothing that a database keeps.
        """
        payload = msg.payload if isinstance(msg.payload, dict) else {}
        found = {}
        for name, (read, by_name) in self._readers.items():
            value = payload[name] if by_name and name in payload else read(msg)
            if value is MISSING:
                raise BadData(
                    f"the message has nothing for :{name}: neither payload.{name} nor a property {name}; "
                    "say in 'parameters' where it is"
                )
            found[name] = storable(name, value)
        return found


def storable(name: str, value: Any) -> Any:
    """Return the value of a parameter as databases keep it; what has structure becomes JSON.

    Raises:
        BadData: it is nothing that a database keeps.
    """
    if value is None or isinstance(value, bool | float | str | bytes):
        return value
    if isinstance(value, int):
        if -(2**63) <= value < 2**63:
            return value
        raise BadData(f":{name} is an integer of more than 64 bits")
    if isinstance(value, bytearray):
        return bytes(value)
    try:
        return msgspec.json.encode(value).decode()  # what has structure is kept as JSON
    except (TypeError, ValueError, RecursionError) as error:
        raise BadData(f":{name} is nothing that a database keeps: {error}") from None
