"""The actuator `sql/write`."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Annotated, ClassVar

from msgspec import Meta

from flowengine import Actuator, BadData, Message
from flowengine_nodes.sql.database import Database
from flowengine_nodes.sql.session import Work
from flowengine_nodes.sql.statement import ParametersOption, Statement, StatementOption
from flowengine_nodes.values.convert import shown

MOST_ROWS = 10_000


class WriteSql(Actuator, type="sql/write"):
    """Write rows into a database, or change them, with one SQL statement.

    Values only come in as parameters, `:name`, and never become part of the statement, so no text can do harm there. A
    parameter is what the payload, an object, has under that name, else the message's property so called (`:payload`,
    `:topic`, `:time` in seconds since 1970, `:quality`, `:id`); `parameters` may name another place. Objects and lists
    are written as JSON.

    Where the payload is a list of objects, the statement is done for each of them, all or none. A message is done with
    when it is committed; while the database is away the flow waits. What the database does not take (a constraint, a
    type) fails that message alone.

    After a crash a message may come again, with the same id: `ON CONFLICT (id) DO NOTHING` writes it once.

    Example: `INSERT INTO reading (id, tag, value) VALUES (:id, :topic, :payload) ON CONFLICT (id) DO NOTHING`.
    """

    concurrency: ClassVar[int] = 1000

    connection: Annotated[Database, Meta(description="The database")]
    statement: StatementOption
    parameters: ParametersOption = {}

    def __post_init__(self) -> None:
        self._statement = Statement(self.statement, self.parameters)

    async def write(self, msg: Message) -> None:
        """Write and wait until it is committed."""
        done = self.submit(msg)
        if done is not None:
            await done

    def submit(self, msg: Message) -> Awaitable[None] | None:
        """Hand over the rows; None: there are none.

        Raises:
            BadData: a value is missing, or there are too many rows.
        """
        if not isinstance(msg.payload, list | tuple):
            return self.connection.write(Work(self._statement, [self._statement.values(msg)]))
        if len(msg.payload) > MOST_ROWS:
            raise BadData(f"{len(msg.payload)} rows in one message: at most {MOST_ROWS} are written at once; split it")
        rows = []
        for number, row in enumerate(msg.payload, 1):
            if not isinstance(row, dict):
                raise BadData(f"row {number} is {shown(row)}: expected an object for each row")
            try:
                rows.append(self._statement.values(msg.with_payload(row)))
            except BadData as error:
                raise BadData(f"row {number}: {error}") from None
        return self.connection.write(Work(self._statement, rows)) if rows else None
