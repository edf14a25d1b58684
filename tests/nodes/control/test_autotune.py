"""control/autotune on a simulated oven, and how a test ends."""

from __future__ import annotations

import math
from typing import Any

import pytest

from flowengine import BadData, Message, Routed
from flowengine.clock import VirtualClock
from flowengine.testing import running
from flowengine_nodes.control.autotune import Autotune

START = 1e9


class Oven:
    """First order with dead time; 40 % hold 120 degrees."""

    def __init__(self) -> None:
        self.output, self.value = 40.0, 120.0
        self.way = [40.0] * 10

    def step(self) -> float:
        self.way.append(self.output)
        self.value += (20 + 2.5 * self.way.pop(0) - self.value) * (1 - math.exp(-1 / 60))
        return self.value


def tuned(node: Autotune, seconds: int = 3000, oven: Oven | None = None, stop_at: int = -1) -> dict[str, list[Any]]:
    oven, found = oven or Oven(), dict[str, list[Any]](output=[], result=[], failed=[])

    async def main() -> None:
        async with running(node, VirtualClock()):

            def take(sent: list[Routed] | None) -> None:
                for port, msg in sent or []:
                    found[port].append(msg.payload)
                    if port == "output":
                        assert oven is not None
                        oven.output = 40.0 if msg.payload is None else msg.payload

            take(node.process(Message(oven.value, time=START)))
            take(node.on_start(Message(40)))
            for n in range(1, seconds):
                take(node.process(Message(oven.step(), time=START + n)))
                if n == stop_at:
                    take(node.on_stop(Message()))

    VirtualClock().run(main())
    return found


def test_a_relay_test_gives_parameters_and_gives_the_output_back() -> None:
    found = tuned(Autotune(amplitude=10, band=0.2, process_gain=2.5, rule="simc"))
    (result,) = found["result"]
    assert found["failed"] == []
    assert set(found["output"]) == {50, 30, None}
    assert found["output"][-1] is None
    assert result["rule"] == "simc"
    # The process is K 2.5, T 60, L 10 (and half a sample): kp = 60 / (2.5 · 20), within what a relay can tell.
    assert result["kp"] == pytest.approx(1.2, rel=0.25)
    assert {"ziegler-nichols", "tyreus-luyben", "cohen-coon", "lambda"} <= set(result["all"])


def test_a_step_test_gives_the_process() -> None:
    (result,) = tuned(Autotune(method="step", amplitude=10, settle=600, rule="lambda", closed_loop=50))["result"]
    assert result["process"] == {
        "gain": pytest.approx(2.5, rel=0.01),
        "time_constant": pytest.approx(60, rel=0.05),
        "dead_time": pytest.approx(10, abs=2),
    }
    assert result["kp"] == pytest.approx(60 / (2.5 * 60), rel=0.05)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"high": 121}, "outside its limits"),
        ({"timeout": 50}, "no result within 50 s"),
        ({"method": "step", "action": "direct"}, "went the other way"),
    ],
)
def test_a_test_that_fails_says_why_and_gives_the_output_back(options: dict[str, Any], reason: str) -> None:
    found = tuned(Autotune(**{"amplitude": 10, "band": 0.2, **options}))
    assert found["result"] == []
    assert reason in found["failed"][0]
    assert found["output"][-1] is None


def test_it_can_be_stopped() -> None:
    assert tuned(Autotune(), stop_at=20)["failed"] == ["stopped"]


def test_a_bad_reading_and_a_restart_end_it() -> None:
    node = Autotune()

    async def main() -> None:
        async with running(node, VirtualClock()):
            with pytest.raises(BadData, match="no good reading"):
                node.on_start(Message())
            node.process(Message(100.0, time=START))
            with pytest.raises(BadData, match="would leave 0 to 100"):
                node.on_start(Message(95))
            node.on_start(Message())
            with pytest.raises(BadData, match="under way"):
                node.on_start(Message())
            sent = node.process(Message(None, time=START + 1, quality="bad"))
            assert sent is not None
            assert [r.msg.payload for r in sent] == [None, "a reading was bad"]
        again = Autotune()
        again.restore({"running": True})
        async with running(again, VirtualClock()):
            sent = again.process(Message(100.0, time=START))
            assert sent is not None
            assert [r.msg.payload for r in sent] == [None, "the flow was started anew during the test"]

    VirtualClock().run(main())


def test_a_rule_that_the_test_cannot_serve_is_refused_before_it_is_made() -> None:
    with pytest.raises(ValueError, match="simc needs process_gain"):
        Autotune(rule="simc")
    with pytest.raises(ValueError, match="tyreus-luyben needs a relay test"):
        Autotune(method="step", rule="tyreus-luyben")


def test_a_late_reading_is_left_out_of_a_test() -> None:
    node, steady = Autotune(amplitude=10, band=0.2), Autotune(amplitude=10, band=0.2)
    for one in (node, steady):
        one.process(Message(120.0, time=START))
        one.on_start(Message(40))
        one.process(Message(120.1, time=START + 10))
    assert node.process(Message(150.0, time=START + 5)) is None
    assert [one.process(Message(120.1, time=START + 11)) for one in (node, steady)] == [None, None]
