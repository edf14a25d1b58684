"""How many spares to buy before nobody sells them any more, and by when.

Failures of installed pieces are taken as a Poisson process, as is usual in spare parts provisioning (IEC 62550): with n
pieces and lambda failures a year of each, the number needed in t years is Poisson with mean n * lambda * t. Enough is
the smallest number that will do with the confidence asked for.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import NormalDist
from typing import Final

from flowengine.assets.lifecycle import YEAR

CONFIDENCE: Final = 0.95
_MANY: Final = 5000.0
"""A mean from which on the normal distribution is as good."""


@dataclass(frozen=True)
class Purchase:
    """What to buy of a product."""

    by: date
    """Day on which it must be ordered at the latest."""
    quantity: int
    """How many, beyond those in stock."""
    sold: bool
    """Whether it is still sold; else they are missing, and have to be found elsewhere."""
    why: str


def last_time_buy(
    *,
    installed: int,
    failures_per_year: float,
    spares: int,
    lead_time: float,
    end_of_sale: date,
    needed_until: date,
    today: date,
) -> Purchase | None:
    """Return the last purchase that keeps `installed` pieces running until they are no longer needed; None: none.

    It must be ordered on the last day of sale, or so long before the stock runs out as delivery takes (`lead_time`, in
    days), whichever comes first. What is used up until then comes on top of what is used up afterwards, so all of it is
    counted from today.
    """
    years = (needed_until - today).days / YEAR
    rate = installed * failures_per_year
    if years <= 0 or rate <= 0:
        return None
    needed = enough(rate * years)
    quantity = needed - spares
    if quantity <= 0:
        return None
    lasts = timedelta(days=min(spares / rate * YEAR, 3_000_000.0))
    try:
        runs_out = today + lasts
    except OverflowError:
        runs_out = needed_until
    by = min(end_of_sale, runs_out - timedelta(days=lead_time))
    why = (
        f"{needed} will do until {needed_until} with {CONFIDENCE:.0%} confidence: {installed} installed, "
        f"{failures_per_year:g} a year each; {spares} in stock last until about {runs_out}, "
        f"delivery takes {lead_time:g} days"
    )
    return Purchase(by, quantity, today <= end_of_sale, why)


def enough(mean: float, confidence: float = CONFIDENCE) -> int:
    """Return the smallest number that a Poisson variable does not exceed with this probability.

    Summed in logarithms, so that a large mean does not underflow.
    """
    if mean > _MANY:
        return math.ceil(mean + NormalDist().inv_cdf(confidence) * math.sqrt(mean))
    term = -mean
    total, number = math.exp(term), 0
    while total < confidence:
        number += 1
        term += math.log(mean) - math.log(number)
        total += math.exp(term)
    return number
