"""The transform `sql/query`."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from flowengine import AsyncTransform, Message
from flowengine_nodes.sql.database import Database
from flowengine_nodes.sql.statement import ParametersOption, Statement, StatementOption

MOST = 100_000


class QuerySql(AsyncTransform, type="sql/query"):
    """Ask a database: for each message the payload becomes the rows that one SQL statement finds.

    Values only come in as parameters, `:name`, as in sql/write: from the payload, an object, else from the message's
    property so called, or from where `parameters` says. The statement can change nothing: the session only reads.

    Rows are objects with the columns' names. More rows than `most` are an error, never cut off. With PostgreSQL, times
    with a zone come as seconds since 1970, others as ISO 8601.

    Example: `SELECT recipe, setpoint FROM orders WHERE line = :line AND state = 'next'`, with `result: first`.
    """

    connection: Annotated[Database, Meta(description="The database")]
    statement: StatementOption
    parameters: ParametersOption = {}
    result: Annotated[
        Literal["rows", "first"], Meta(description="Send all rows as a list, or the first alone (null: there is none)")
    ] = "rows"
    most: Annotated[int, Meta(description="Rows at most", ge=1, le=MOST)] = 1000

    def __post_init__(self) -> None:
        self._statement = Statement(self.statement, self.parameters)

    async def process(self, msg: Message) -> Message:
        """Return the message with what was found."""
        rows = await self.connection.read(self._statement, self._statement.values(msg), self.most)
        if self.result == "rows":
            return msg.with_payload(rows)
        return msg.with_payload(rows[0] if rows else None)
