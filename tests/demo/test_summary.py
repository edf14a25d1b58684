"""What counts as settled, overshoot and recovery."""

from flowengine_demo.summary import HeldTemperature


def held_through(*readings: tuple[float, float | None, str]) -> HeldTemperature:
    held = HeldTemperature(setpoint=180.0)
    for now, temperature, quality in readings:
        held.reading(now, temperature, quality)
    return held


def test_settled_means_five_seconds_in_the_band() -> None:
    climbing = [(t, 100.0 + t, "good") for t in range(78)]
    assert not held_through(*climbing, (78, 179, "good"), (82, 180, "good")).settled
    held = held_through(*climbing, (78, 179, "good"), (83, 181.5, "good"))
    assert held.settled
    assert held.settled_after == 78
    assert held.overshoot == 1.5


def test_leaving_the_band_is_not_settled_nor_is_a_bad_reading() -> None:
    inside = [(t, 180.0, "good") for t in range(20)]
    assert not held_through(*inside, (20, 183.0, "good")).settled
    assert not held_through(*inside, (20, 180.0, "bad")).settled


def test_an_open_door_is_allowed_for_and_its_recovery_is_measured() -> None:
    held = held_through(*[(t, 180.0, "good") for t in range(20)])
    held.door(20, True)
    held.reading(25, 150.0, "good")
    assert held.settled
    held.door(30, False)
    for t, value in ((35, 170.0), (42, 179.0), (47, 180.0)):
        held.reading(t, value, "good")
    assert held.openings == 1
    assert held.recoveries == [12]


def test_a_door_that_is_not_made_good_within_a_minute_is_not_settled() -> None:
    held = held_through(*[(t, 180.0, "good") for t in range(20)])
    held.door(20, True)
    held.door(30, False)
    held.reading(91, 170.0, "good")
    assert not held.settled
