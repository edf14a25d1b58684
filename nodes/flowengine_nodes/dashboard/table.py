"""The transform `dashboard/table`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta

from flowengine import ADVANCED, BadData, Message
from flowengine_nodes.dashboard.display import Display
from flowengine_nodes.values.convert import shown

MOST_COLUMNS = 30

Format = Literal["percent", "duration", "moment"]
"""How a number is written: a share as 25 %, seconds as 0:01:15, seconds since 1970 as a time of day with its date."""


class Table(Display, type="dashboard/table"):
    """Show rows on the operators' page.

    A list of objects replaces the whole table. One object becomes a row: with `key` it takes the place of the row that
    has the same value there, without, it is added on top. At most `rows` rows are kept, the oldest leave. Messages are
    passed on as they are. `names` gives columns better headings. `formats` says how numbers of a column are written: a
    share as percent (0.25 is 25 %), seconds as a duration (75 is 0:01:15), seconds since 1970 as a moment.

    Example: columns ["order", "begin"], names {"order": "Order no."}, formats {"begin": "moment"}, key order.
    """

    widget = "table"

    columns: Annotated[
        list[str],
        Meta(description="Properties to show, in order; empty: all of the first row", max_length=MOST_COLUMNS),
    ] = []
    names: Annotated[dict[str, str], Meta(description="Property to heading of its column")] = {}
    formats: Annotated[
        dict[str, Format], Meta(description="Property to how its numbers are written: percent, duration, moment")
    ] = {}
    key: Annotated[str, Meta(description="Property that names a row; empty: every object is a new row")] = ""
    rows: Annotated[int, Meta(description="Rows kept", ge=1, le=200), ADVANCED] = 20

    def __post_init__(self) -> None:
        self._rows: list[dict[str, Any]] = []
        self._time = 0.0

    def take(self, msg: Message) -> None:
        """Take rows.

        Raises:
            BadData: the payload is neither an object nor a list of objects.
        """
        payload = msg.payload
        if isinstance(payload, list) and all(isinstance(row, dict) for row in payload):
            self._rows = payload[: self.rows]
        elif isinstance(payload, dict):
            others = self._rows
            if self.key and self.key in payload:
                here = [i for i, row in enumerate(others) if row.get(self.key) == payload[self.key]]
                if here:
                    self._rows = [payload if i == here[0] else row for i, row in enumerate(others)]
                    self._time = msg.time
                    return
            self._rows = [payload, *others][: self.rows]
        else:
            raise BadData(f"a table takes an object (a row) or a list of objects, not {shown(payload)}")
        self._time = msg.time

    def keepsake(self) -> Any:
        """Return the rows."""
        return {"rows": self._rows, "time": self._time} if self._time else None

    def regain(self, keepsake: Any) -> None:
        """Show them again."""
        self._rows, self._time = keepsake["rows"][: self.rows], keepsake["time"]

    def shown(self) -> Any:
        """Return headings, formats (null: as it is), rows as lists of values, and the time of the newest message."""
        columns = self.columns or list(self._rows[0] if self._rows else ())[:MOST_COLUMNS]
        return {
            "columns": [self.names.get(column, column) for column in columns],
            "formats": [self.formats.get(column) for column in columns],
            "rows": [[row.get(column) for column in columns] for row in self._rows],
            "time": self._time,
        }
