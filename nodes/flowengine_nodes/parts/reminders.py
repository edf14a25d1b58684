"""The source `parts/reminders`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from msgspec import Meta

from flowengine import Message, Retryable, Source, State, unit
from flowengine_nodes.timing.wall import after_gap, zone_of

if TYPE_CHECKING:
    from flowengine.assets.reminding import Reminder

AT_ONCE: Final = 100
"""Messages sent together."""

ENDS: Final = ("end_of_support", "end_of_life", "worn_out")

RECKONED: Final = ("worn_out", "last_time_buy")
"""Days that are worked out from hours run and from the stock: they move a little with every look."""


class Reminders(Source, type="parts/reminders"):
    """Remind of the dates at which parts reach their end: once for each, again when the next reminder comes.

    Reads `assets.json` and `notices.json` beside the flows: at the start, every day at `hour`, and when one of them
    changes. How long before a date it reminds is in `assets.json` (`remind`: 365, 180, 90 and 30 days, unless it says
    otherwise), and once when the date has passed. What has been told is kept over a restart; a date that a vendor moves
    is told anew, one that is worked out (worn_out, last_time_buy) at the next reminder.

    With `send` new comes one message for each reminder, its topic the part. Its payload: part, name, machine, place;
    what (end_of_sale, last_time_buy, end_of_support, end_of_life, worn_out or warranty) and event (the same in words),
    day, days (left), reminder, why in a sentence; the flows, tags and outputs that it touches; vendor, model,
    order_code, serial, installed, running_hours, spares, substitutes; buy (how many) and buy_by; replacement (what
    takes its place, or the same again where it is worn out) and order_by. With all comes the list of everything that a
    reminder has come to, at each look: for a table. msg.past says how many of them have passed and are the end of
    support, of life or of the rated hours.

    Names of other flows of the folder are in the messages. Flows that use nodes from a folder of local files are not
    looked at.

    Example: send new, then notify/work-order with the key `{{payload.part}}` and again_after 168 h.
    """

    send: Annotated[Literal["new", "all"], Meta(description="Each reminder once, or all in one list")] = "new"
    folder: Annotated[
        str, Meta(description="Folder with assets.json; empty: that of the flows that the engine runs")
    ] = ""
    hour: Annotated[int, Meta(description="Hour of the day at which it looks", ge=0, le=23)] = 6
    zone: Annotated[str, Meta(description="Time zone of the plant, such as Europe/Berlin")] = "UTC"
    interval: Annotated[
        float, Meta(description="How often to see whether a file has changed", ge=0.1, extra_json_schema=unit("s"))
    ] = 10.0
    topic: Annotated[str, Meta(description="Topic of the messages; empty: the part, or parts/due for all")] = ""
    told: State[dict[str, list[Any]]] = {}
    """By part and date: the day, and the reminder that was given."""

    def __post_init__(self) -> None:
        self._zone = zone_of(self.zone)
        self._sent: dict[str, list[Any]] = {}
        """What has been sent, be it taken or not."""
        self._of: dict[int, tuple[str, list[Any]]] = {}
        """What the messages say that are under way."""

    async def run(self) -> AsyncIterator[list[Message]]:
        """Look, and look again when it is time."""
        from flowengine.assets.reminding import FOLDER, stamp

        folder = Path(self.folder or self.runtime.environment(FOLDER) or "flows")
        self._sent = {**self.told, **self._sent}
        while True:
            now = self.clock.now()
            seen = await self.blocking(stamp, folder)
            found = await self._look(folder, self._today(now))
            messages = self._list(found) if self.send == "all" else self._news(found)
            for begin in range(0, len(messages), AT_ONCE):
                yield messages[begin : begin + AT_ONCE]
            until = self._next(now)
            while self.clock.now() < until and await self.blocking(stamp, folder) == seen:
                await self.clock.sleep(min(self.interval, max(0.0, until - self.clock.now())))

    def taken(self, messages: list[Message]) -> None:
        """Keep what has been told."""
        told = dict(self.told)
        for msg in messages:
            key, said = self._of.pop(id(msg), ("", []))
            if key:
                told[key] = said
        self.told = told

    async def _look(self, folder: Path, today: date) -> list[Reminder]:
        from flowengine.assets.reminding import reminders

        try:
            found = await self.blocking(reminders, folder, today)
        except (OSError, ValueError) as error:
            raise Retryable(f"the parts cannot be read: {error}") from None
        self.status("ok", f"{len(found)} due on {today}")
        return found

    def _list(self, found: list[Reminder]) -> list[Message]:
        past = sum(one.reached == 0 and one.what in ENDS for one in found)
        payload = [dict(one.payload) for one in found]
        return [Message(payload, topic=self.topic or "parts/due", time=self.clock.now(), properties={"past": past})]

    def _news(self, found: list[Reminder]) -> list[Message]:
        """Return what has not been told yet; what is no longer due is forgotten."""
        due = {f"{one.part}/{one.what}": one for one in found}
        self._sent = {key: said for key, said in self._sent.items() if key in due}
        self.told = {key: said for key, said in self.told.items() if key in due}
        messages = []
        for key, one in due.items():
            said = [str(one.day), one.reached]
            before = self._sent.get(key)
            moved = before is not None and before[0] != said[0] and one.what not in RECKONED
            if before is not None and not moved and before[1] <= one.reached:
                continue
            message = Message(dict(one.payload), topic=self.topic or one.part, time=self.clock.now())
            self._sent[key] = said
            self._of[id(message)] = (key, said)
            messages.append(message)
        return messages

    def _today(self, now: float) -> date:
        return datetime.fromtimestamp(now, self._zone).date()

    def _next(self, now: float) -> float:
        """Return when it is `hour` of the day next."""
        wall = datetime.fromtimestamp(now, self._zone).replace(tzinfo=None)
        at = wall.replace(hour=self.hour, minute=0, second=0, microsecond=0)
        moment = after_gap(at, self._zone).timestamp()
        return moment if moment > now else after_gap(at + timedelta(days=1), self._zone).timestamp()
