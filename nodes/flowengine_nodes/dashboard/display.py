"""What all displays have in common."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta

from flowengine import ADVANCED, Message, Transform


class Display(Transform):
    """Base of the displays: a message is shown on the operators' page and passed on as it is."""

    title: Annotated[str, Meta(description="Heading on the page; empty: the node's name", max_length=100)] = ""
    page: Annotated[
        str, Meta(description="Page where it stands until someone moves it; empty: the first", max_length=100), ADVANCED
    ] = ""

    def process(self, msg: Message) -> Message:
        """Show the message and pass it on."""
        self.take(msg)
        return msg

    def take(self, msg: Message) -> None:
        """Keep what is to be shown of a message."""
        raise NotImplementedError


class NewestDisplay(Display):
    """Base of the displays that show the newest value."""

    def __post_init__(self) -> None:
        self._newest: Message | None = None

    def take(self, msg: Message) -> None:
        """Keep the message."""
        self._newest = msg

    def shown(self) -> Any:
        """Return value, unit, quality and time (seconds since 1970) of the newest message; None before the first."""
        return None if self._newest is None else facts(self._newest)

    def keepsake(self) -> Any:
        """Return the newest value and what is shown with it."""
        return None if self._newest is None else facts(self._newest)

    def regain(self, keepsake: Any) -> None:
        """Show that again, with its time."""
        unit = {"unit": keepsake["unit"]} if keepsake["unit"] else {}
        self._newest = Message(keepsake["value"], quality=keepsake["quality"], time=keepsake["time"], properties=unit)


def facts(msg: Message) -> dict[str, Any]:
    """Return what a widget shows of a message."""
    unit = msg.properties.get("unit")
    return {
        "value": msg.payload,
        "unit": unit if isinstance(unit, str) else "",
        "quality": msg.quality,
        "time": msg.time,
    }
