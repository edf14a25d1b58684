"""Charts of block characters."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

_EIGHTHS = " ▁▂▃▄▅▆▇█"
_ACROSS = " ▏▎▍▌▋▊▉█"


def resampled(trend: Iterable[tuple[float, float]], now: float, span: float, width: int) -> list[float]:
    """Return the means of `width` equal stretches of the last `span` seconds, from the first that has a value on.

    A stretch without a value repeats the one before.
    """
    sums: dict[int, tuple[float, int]] = {}
    for time, value in trend:
        place = width - 1 - int((now - time) / span * width)
        total, count = sums.get(place, (0.0, 0))
        sums[place] = total + value, count + 1
    means: list[float] = []
    for place in range(min(sums, default=width), width) if sums else ():
        total, count = sums.get(place, (0.0, 0))
        means.append(total / count if count else means[-1])
    return means[-width:]


def columns(values: Sequence[float], width: int, height: int, low: float, high: float) -> list[str]:
    """Return the newest `width` values as columns `height` lines high, the newest at the right.

    A value of `low` or less is one eighth of a line high, so that it can be told from no value.
    """
    if width < 1 or height < 1 or high <= low:
        return []
    shown = list(values)[-width:]
    filled = [min(8 * height, max(1, round((value - low) / (high - low) * 8 * height))) for value in shown]
    blank = " " * (width - len(shown))
    return [
        blank + "".join(_EIGHTHS[min(8, max(0, eighths - 8 * below))] for eighths in filled)
        for below in range(height - 1, -1, -1)
    ]


def bar(value: object, full: float, width: int) -> str:
    """Return a value as a bar from left to right, `width` characters long at `full`; anything else as blanks."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return " " * width
    eighths = round(min(1.0, max(0.0, value / full)) * 8 * width)
    return "".join(_ACROSS[min(8, max(0, eighths - 8 * before))] for before in range(width))
