from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import poisson

from flowengine.assets.feed import Notice
from flowengine.assets.lifecycle import Due, dates_of, reminder, worst
from flowengine.assets.shape import AssetShape, ProductShape
from flowengine.assets.spares import enough, last_time_buy

TODAY = date(2026, 1, 1)


@given(st.floats(0.001, 4000))
def test_enough_is_the_quantile_of_the_poisson_distribution(mean: float) -> None:
    assert enough(mean) == poisson.ppf(0.95, mean)


def test_a_large_mean_is_as_good_by_the_normal_distribution() -> None:
    assert abs(enough(20_000.0) - poisson.ppf(0.95, 20_000.0)) <= 1
    assert enough(0.0) == 0


def buy(**changed: object) -> object:
    said = {
        "installed": 4,
        "failures_per_year": 0.5,
        "spares": 1,
        "lead_time": 90.0,
        "end_of_sale": date(2028, 1, 1),
        "needed_until": date(2031, 1, 1),
        "today": TODAY,
        **changed,
    }
    return last_time_buy(**said)  # type: ignore[arg-type]


def test_a_last_purchase_covers_all_that_is_used_up_until_it_is_no_longer_needed() -> None:
    # 4 x 0.5 a year for 5 years: mean 10 (1826 days of 365.25); 95 % of the time 15 will do; one is there
    found = buy()
    assert found.quantity == 14  # type: ignore[attr-defined]


def test_it_is_ordered_before_the_stock_runs_out_or_on_the_last_day_of_sale() -> None:
    runs_out = TODAY + timedelta(days=1 / 2 * 365.25)
    assert buy().by == runs_out - timedelta(days=90)  # type: ignore[attr-defined]
    assert buy(spares=10).by == date(2028, 1, 1)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "changed", [{"failures_per_year": 0.0}, {"spares": 15}, {"needed_until": TODAY}, {"installed": 0}]
)
def test_nothing_is_bought_that_is_not_needed(changed: dict[str, object]) -> None:
    assert buy(**changed) is None


def product(**ends: str) -> ProductShape:
    return ProductShape(vendor="v", model="m", **ends)  # type: ignore[arg-type]


def test_dates_are_past_soon_or_later_and_a_notice_may_bring_one_forward() -> None:
    asset = AssetShape(kind="device", warranty_until="2020-01-01")
    notice = Notice(id="PCN-1", kind="end_of_sale", vendor="v", title="t", date="2025-12-31")
    made = product(end_of_sale="2027-01-01", end_of_support="2026-06-01", end_of_life="2040-01-01")
    found = dates_of(made, asset, [notice], TODAY, 365)
    assert [(due.what, due.days, due.state, due.why) for due in found] == [
        ("warranty", -2192, "past", ""),
        ("end_of_sale", -1, "past", "PCN-1"),
        ("end_of_support", 151, "soon", ""),
        ("end_of_life", 5113, "later", ""),
    ]
    assert worst(found) == "past"
    assert worst(found[:1]) == "unknown"
    assert worst(found[2:]) == "soon"


def test_a_part_that_runs_wears_out_on_a_day() -> None:
    asset = AssetShape(kind="device", running_hours=20_000, hours_on="2026-01-01", hours_per_year=5000)
    (due,) = dates_of(ProductShape(vendor="v", model="m", rated_hours=30_000), asset, [], TODAY, 365)
    assert (due.what, due.day) == ("worn_out", date(2028, 1, 1))  # 730.5 days, rounded to even
    assert "20000 of 30000 h" in due.why


def test_a_part_that_has_run_its_hours_is_worn_out_however_many_it_runs_a_year() -> None:
    made = ProductShape(vendor="v", model="m", rated_hours=30_000)
    (due,) = dates_of(made, AssetShape(kind="device", running_hours=30_000, hours_on="2025-12-01"), [], TODAY, 365)
    assert (due.what, due.day, due.state) == ("worn_out", date(2025, 12, 1), "past")
    (due,) = dates_of(made, AssetShape(kind="device", running_hours=31_000), [], TODAY, 365)
    assert (due.day, due.state) == (TODAY, "soon")
    assert dates_of(made, AssetShape(kind="device", running_hours=29_000), [], TODAY, 365) == []


@pytest.mark.parametrize(("days", "reached"), [(400, None), (365, 365), (100, 180), (30, 30), (0, 30), (-1, 0)])
def test_a_reminder_is_the_nearest_that_has_been_reached(days: int, reached: int | None) -> None:
    due = Due("end_of_sale", TODAY, days, "later")
    assert reminder(due, [365, 180, 30]) == reached
