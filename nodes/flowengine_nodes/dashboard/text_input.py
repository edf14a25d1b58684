"""The source `dashboard/text-input`."""

from __future__ import annotations

import re
from typing import Annotated, Any

from msgspec import Meta

from flowengine import BadData
from flowengine_nodes.dashboard.control import Control
from flowengine_nodes.values.convert import shown


class TextInput(Control, type="dashboard/text-input"):
    """Send a text that an operator enters on the operators' page: an order number, a batch, a remark.

    Texts that are longer than `length`, or do not fit `pattern` as a whole, are refused.

    Example: title Order, pattern "[A-Z]{2}[0-9]{6}", hint "two letters, six digits".
    """

    widget = "text-input"

    length: Annotated[int, Meta(description="Characters at most", ge=1, le=2000)] = 100
    pattern: Annotated[
        str, Meta(description="Regular expression that the whole text must fit; empty: any", max_length=200)
    ] = ""
    hint: Annotated[str, Meta(description="What to enter, shown beside it", max_length=100)] = ""
    choices: Annotated[list[str], Meta(description="Texts to choose from; empty: free text", max_length=100)] = []

    def __post_init__(self) -> None:
        try:
            self._pattern = re.compile(self.pattern) if self.pattern else None
        except re.error as error:
            raise ValueError(f"pattern: {error}") from error

    def payload(self, value: Any) -> str:
        """Return the text.

        Raises:
            BadData: it is no text, too long, or does not fit.
        """
        if not isinstance(value, str):
            raise BadData(f"{shown(value)} is not a text")
        if len(value) > self.length:
            raise BadData(f"the text has {len(value)} characters; {self.length} are the most")
        if self.choices and value not in self.choices:
            raise BadData(f"{shown(value)} is none of the choices: {', '.join(self.choices)[:200]}")
        if self._pattern is not None and self._pattern.fullmatch(value) is None:
            raise BadData(f"{shown(value)} does not fit" + (f": {self.hint}" if self.hint else f" {self.pattern}"))
        return value
