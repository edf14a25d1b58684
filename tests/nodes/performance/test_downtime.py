"""performance/downtime: stops, reasons that operators enter later, Pareto."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowengine import BadData, Message
from flowengine.clock import VIRTUAL_EPOCH
from flowengine.testing import messages_of
from flowengine_nodes import Downtime
from tests.nodes.performance.shop_floor import Event, observed, of

STOPS: list[Event] = [(0, "", True), (10, "", False), (40, "", True), (100, "", 0), (190, "", 1)]


def sent(events: list[Event], until: float = 1000, crashes: tuple[float, ...] = (), **options: Any) -> Any:
    return observed(lambda: Downtime(**options), events, until, crashes=crashes)


def rows(found: list[dict[str, Any]]) -> list[Any]:
    return [(row["reason"], row["stops"], pytest.approx(row["seconds"])) for row in found]


def test_a_stop_is_told_when_it_begins_and_when_it_has_ended() -> None:
    found = of("out", sent(STOPS[:3]))
    assert [(stop["stop"], stop["seconds"], stop["reason"]) for stop in found] == [
        (1, None, "not entered"),
        (1, pytest.approx(30), "not entered"),
    ]
    assert found[1]["begin"] == pytest.approx(VIRTUAL_EPOCH + 10)
    assert found[1]["end"] == pytest.approx(VIRTUAL_EPOCH + 40)


def test_reasons_are_entered_during_the_stop_after_it_and_for_one_by_its_number() -> None:
    events = [
        *STOPS,
        (20, "reason", "jam"),
        (200, "reason", "no material"),
        (210, "reason", {"stop": 1, "reason": "tool"}),
    ]
    found = sent(events)
    assert [stop["reason"] for stop in of("out", found) if stop["stop"] == 1][-1] == "tool"
    assert rows(of("pareto", found)[-1]) == [("no material", 1, 90), ("tool", 1, 30)]
    assert [row["cumulative"] for row in of("pareto", found)[-1]] == pytest.approx([0.75, 1])


def test_the_shift_gets_its_share_of_a_stop_that_lasts_beyond_it() -> None:
    found = of("pareto", sent([(0, "", True), (100, "", False), (160, "reset", 1), (200, "", True)]))
    assert [rows(pareto) for pareto in found] == [[("not entered", 1, 60)], [("not entered", 1, 40)]]


def test_a_stop_of_the_shift_before_does_not_come_back_by_its_reason() -> None:
    found = sent([*STOPS, (195, "reset", 1), (200, "reason", "jam"), (300, "", False), (310, "", True)])
    assert rows(of("pareto", found)[-1]) == [("not entered", 1, 10)]


def test_stops_that_are_too_short_do_not_count() -> None:
    assert [stop["stop"] for stop in of("out", sent(STOPS, shortest=60))] == [2]


@pytest.mark.parametrize("reason", ["weather", 7, "", {"stop": 1}, {"stop": 9, "reason": "jam"}, "jam"])
def test_a_reason_that_is_not_known_or_has_no_stop_is_refused(reason: Any) -> None:
    with pytest.raises(BadData):
        messages_of(Downtime(reasons=["jam"]), reason, port="reason")


def test_bad_readings_make_a_stop_uncertain_and_end_none() -> None:
    events: list[Event] = [(0, "", False), (10, "", Message(True, quality="bad")), (20, "", True)]
    found = [one.msg for one in sent(events) if one.port == "out"]
    assert [(msg.payload["seconds"], msg.quality) for msg in found] == [
        (None, "good"),
        (pytest.approx(20), "uncertain"),
    ]


def test_more_reasons_than_it_may_count_are_other() -> None:
    events: list[Event] = []
    for n in range(4):
        events += [(n * 10, "", False), (n * 10 + 1, "reason", f"r{n}"), (n * 10 + 5, "", True)]
    assert rows(of("pareto", sent(events, most_reasons=2))[-1]) == [("other", 2, 10), ("r0", 1, 5), ("r1", 1, 5)]


acts = st.lists(
    st.tuples(st.floats(0.1, 100), st.sampled_from(["on", "off", "a", "b", "first", "crash", "reset"])), max_size=30
)


@given(acts)
def test_all_paretos_together_have_the_time_that_the_machine_stood(found: list[tuple[float, str]]) -> None:
    at, events, crashes, stood, since = 0.0, list[Event](), list[float](), 0.0, -1.0
    for pause, act in [*found, (1.0, "on"), (1.0, "reset")]:
        at += pause
        if act in ("on", "off"):
            events.append((at, "", act))
            if act == "on" and since >= 0:
                stood, since = stood + at - since, -1.0
            elif act == "off" and since < 0:
                since = at
        elif act == "crash":
            crashes.append(at)
        elif act == "reset":
            events.append((at, "reset", Message(True, id="reset")))
        else:
            events.append((at, "reason", {"stop": 1, "reason": "c"} if act == "first" else act))
    sent = observed(Downtime, events, at + 1, crashes=crashes)
    paretos = [one.msg.payload for one in sent if one.port == "pareto" and one.msg.id == "reset"]
    assert sum(row["seconds"] for pareto in paretos for row in pareto) == pytest.approx(stood, abs=1e-3)
