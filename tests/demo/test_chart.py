"""Charts of block characters."""

from flowengine_demo.chart import bar, columns, resampled


def test_columns_grow_with_the_value_and_the_newest_is_at_the_right() -> None:
    assert columns([0, 8, 16], 4, 2, 0, 16) == ["   █", " ▁██"]


def test_values_outside_the_chart_stay_inside_it() -> None:
    assert columns([-100, 100], 2, 1, 0, 1) == ["▁█"]


def test_a_chart_without_room_is_empty() -> None:
    assert columns([1.0], 0, 3, 0, 1) == []
    assert columns([1.0], 3, 3, 1, 1) == []


def test_a_trend_is_averaged_into_equal_stretches_and_gaps_repeat_the_last() -> None:
    trend = [(61.0, 1.0), (63.0, 3.0), (95.0, 10.0)]
    assert resampled(trend, now=100.0, span=100.0, width=10) == [2.0, 2.0, 2.0, 10.0]
    assert resampled([], now=100.0, span=100.0, width=10) == []


def test_a_bar_is_full_at_its_end_and_blank_without_a_value() -> None:
    assert bar(50, 100, 4) == "██  "
    assert bar(1000, 100, 2) == "██"
    assert bar(None, 100, 3) == "   "
