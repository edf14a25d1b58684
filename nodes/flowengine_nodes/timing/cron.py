"""When a cron expression fires, right across daylight-saving changes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from cronsim import CronSim, CronSimError

from flowengine_nodes.timing.wall import after_gap, zone_of

_MONDAY = datetime(2024, 1, 1, tzinfo=UTC)


class Cron:
    """A cron expression in a time zone.

    Five fields: minute, hour, day of month, month, day of week; with six, seconds come first. As in Debian's cron, a
    job at fixed times of day that falls into the hour skipped in spring runs right after it, and one in the hour
    repeated in autumn runs once; a job whose minutes or hours begin with `*` follows elapsed time.
    """

    def __init__(self, expression: str, zone: str = "UTC") -> None:
        """Check expression and zone.

        Raises:
            ValueError: the expression is no cron expression or never fires; the zone is not known.
        """
        fields = expression.split()
        if len(fields) not in (5, 6):
            raise ValueError(
                f"'{expression}' is no cron expression: it has {len(fields)} fields, expected 5 (minute hour day month "
                "weekday) or 6 (second first)"
            )
        try:
            next(CronSim(expression, _MONDAY))
        except CronSimError as error:
            raise ValueError(f"'{expression}' is no cron expression: {error}") from error
        except (StopIteration, RuntimeError) as error:
            raise ValueError(f"'{expression}' never fires") from error
        self.zone = zone_of(zone)
        self.expression = expression
        # cronsim does this for five fields only; done here for both, so that a seconds field changes nothing else.
        minute, hour = fields[-5:-3]
        self.at_times_of_day = not minute.startswith("*") and not hour.startswith("*")
        """Whether it fires at fixed times of day, and not again and again."""

    def after(self, moment: float) -> float:
        """Return the first time after `moment` at which it fires; both in seconds since 1970 UTC."""
        return next(found for found in self._times(moment) if found > moment)

    def _times(self, moment: float) -> Iterator[float]:
        start = datetime.fromtimestamp(moment, self.zone)
        if not self.at_times_of_day:
            for found in CronSim(self.expression, start):
                yield found.timestamp()
            return
        for wall in CronSim(self.expression, start.replace(tzinfo=None)):
            yield after_gap(wall, self.zone).timestamp()
