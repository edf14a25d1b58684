"""What a database node of Node-RED does with a statement that changes something: our sql/write, once for a message."""

from __future__ import annotations

from collections.abc import Awaitable

from flowengine import Message
from flowengine_nodes.nodered.base import Name
from flowengine_nodes.sql.session import Work
from flowengine_nodes.sql.write import WriteSql


class SqlWrite(WriteSql, type="nodered/sql-write"):
    """Do one SQL statement that changes something, once for each message, as database nodes of Node-RED do.

    It is sql/write, but a payload that is a list is nothing special: the statement is not done for each of its items.
    """

    name: Name = ""

    def submit(self, msg: Message) -> Awaitable[None] | None:
        """Hand over the statement with the values of a message.

        Raises:
            BadData: a value is missing.
        """
        return self.connection.write(Work(self._statement, [self._statement.values(msg)]))
