"""The oven behind its registers: commands, door, watchdog, alarms."""

import pytest

from flowengine_demo.plant.door import DoorSchedule
from flowengine_demo.plant.oven import Oven
from flowengine_demo.plant.oven_unit import OvenUnit
from flowengine_demo.plant.registers import OvenAlarm, OvenMap, Register
from flowengine_demo.plant.watchdog import Watchdog


def unit(watchdog_s: float = 10.0, schedule: DoorSchedule | None = None) -> OvenUnit:
    return OvenUnit(Oven(), Watchdog(watchdog_s), schedule)


def write(oven: OvenUnit, register: Register, value: float) -> None:
    """Write as a client does."""
    oven.tables.put(register, value)
    oven.written(register.table, register.addresses)


def run(oven: OvenUnit, seconds: float) -> None:
    for _ in range(round(seconds / 0.05)):
        oven.step(0.05, 0.05)


def alarms(oven: OvenUnit) -> OvenAlarm:
    return OvenAlarm(int(oven.tables.get(OvenMap.ALARMS)))


def test_a_command_takes_effect_on_the_next_step() -> None:
    oven = unit()
    write(oven, OvenMap.HEATER_COMMAND, 60.0)
    oven.step(0.05, 0.05)
    assert oven.tables.get(OvenMap.HEATER_ACTUAL) == 60.0


def test_the_drive_falls_to_zero_when_the_line_is_silent_and_stays_there_until_the_next_command() -> None:
    oven = unit(watchdog_s=10.0)
    write(oven, OvenMap.HEATER_COMMAND, 60.0)
    run(oven, 9.8)
    assert oven.tables.get(OvenMap.HEATER_ACTUAL) == 60.0
    run(oven, 0.4)
    assert oven.tables.get(OvenMap.HEATER_ACTUAL) == 0.0
    assert oven.tables.get(OvenMap.HEATER_COMMAND) == 0.0
    assert OvenAlarm.WATCHDOG in alarms(oven)
    write(oven, OvenMap.SETPOINT, 150.0)
    run(oven, 0.1)
    assert OvenAlarm.WATCHDOG in alarms(oven), "only a heater command feeds the watchdog"
    write(oven, OvenMap.HEATER_COMMAND, 30.0)
    run(oven, 0.1)
    assert oven.tables.get(OvenMap.HEATER_ACTUAL) == 30.0
    assert OvenAlarm.WATCHDOG not in alarms(oven)


def test_a_watchdog_of_zero_seconds_never_trips() -> None:
    oven = unit(watchdog_s=0.0)
    write(oven, OvenMap.HEATER_COMMAND, 10.0)
    run(oven, 60.0)
    assert oven.tables.get(OvenMap.HEATER_ACTUAL) == 10.0


@pytest.mark.parametrize(("command", "actual"), [(float("nan"), 0.0), (float("inf"), 0.0), (-5.0, 0.0), (140.0, 100.0)])
def test_a_command_that_makes_no_sense_is_made_safe_and_reported(command: float, actual: float) -> None:
    oven = unit()
    write(oven, OvenMap.HEATER_COMMAND, command)
    oven.step(0.05, 0.05)
    assert oven.tables.get(OvenMap.HEATER_ACTUAL) == actual
    assert OvenAlarm.BAD_COMMAND in alarms(oven)


@pytest.mark.parametrize(
    ("command", "twin"), [(OvenMap.DOOR_COIL, OvenMap.DOOR_COMMAND), (OvenMap.DOOR_COMMAND, OvenMap.DOOR_COIL)]
)
def test_the_door_opens_by_coil_or_by_register_and_both_show_it(command: Register, twin: Register) -> None:
    oven = unit()
    for state in (1, 0):
        write(oven, command, state)
        oven.step(0.05, 0.05)
        for register in (command, twin, OvenMap.DOOR, OvenMap.DOOR_WORD):
            assert oven.tables.get(register) == state
        assert (OvenAlarm.DOOR_OPEN in alarms(oven)) is bool(state)


def test_the_door_follows_its_schedule() -> None:
    schedule = DoorSchedule(every_s=120.0, open_for_s=10.0)
    assert [schedule.is_open(at) for at in (0.0, 5.0, 119.9, 120.0, 129.9, 130.0, 245.0)] == [
        *[False, False, False],
        *[True, True, False, True],
    ]
    oven = unit(schedule=DoorSchedule(every_s=2.0, open_for_s=1.0))
    run(oven, 2.5)
    assert oven.tables.get(OvenMap.DOOR) == 1
    run(oven, 1.0)
    assert oven.tables.get(OvenMap.DOOR) == 0


def test_a_door_that_never_closes_is_refused() -> None:
    with pytest.raises(ValueError, match="never closes"):
        DoorSchedule(every_s=10.0, open_for_s=10.0)


def test_the_limiter_shows_in_the_alarm_word_and_the_heartbeat_counts_steps() -> None:
    oven = unit(watchdog_s=0.0)
    write(oven, OvenMap.HEATER_COMMAND, 100.0)
    steps = 0
    while not alarms(oven):
        oven.step(0.05, 0.05)
        steps += 1
    assert alarms(oven) == OvenAlarm.OVER_TEMPERATURE
    assert oven.oven.chamber_degc >= 260.0
    assert oven.tables.get(OvenMap.HEARTBEAT) == steps
