"""Times of day as Node-RED's inject node writes them: five fields, or six with the seconds first."""

from __future__ import annotations

import datetime

from cronsim import CronSim, CronSimError

from flowengine_nodes.nodered.base import RedError


def next_time(crontab: str, now: float) -> float:
    """Return the next time after `now`, both in seconds since 1970; times of day are local.

    Raises:
        RedError: the fields cannot be read, or never come.
    """
    start = datetime.datetime.fromtimestamp(now).astimezone()
    try:
        found = next(CronSim(crontab, start))
    except (CronSimError, StopIteration) as error:
        raise RedError(f"the times '{crontab}' cannot be read: {error}") from None
    return float(found.timestamp())
