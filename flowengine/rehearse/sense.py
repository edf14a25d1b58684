"""Whether a test makes sense for its flow: every place exists, nothing impossible is expected."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

from msgspec import UNSET

from flowengine import path
from flowengine.flow.problem import Keys, Report
from flowengine.node import Actuator, AsyncTransform, Source
from flowengine.options import connection_names
from flowengine.rehearse.file import Case, last_moment
from flowengine.rehearse.places import NoSuchPlace, Places
from flowengine.rehearse.shape import MOST_MESSAGES, Bounds, Condition, Expectation, Feed, Plant, Timed
from flowengine.rehearse.timeline import message_of


def check_case(case: Case, places: Places, report: Report) -> None:
    """Report everything in a test that does not fit its flow, or itself."""
    _Check(case, places, report).run()


def start_of(case: Case) -> float | None:
    """Return when a test begins, in seconds since 1970 UTC, or None when it does not say.

    Raises:
        ValueError: it is not a date and time with its zone.
    """
    if not case.start:
        return None
    moment = datetime.datetime.fromisoformat(case.start)
    if moment.tzinfo is None:
        raise ValueError("the time zone is missing")
    return moment.timestamp()


class _Check:
    def __init__(self, case: Case, places: Places, report: Report) -> None:
        self.case = case
        self.places = places
        self.report = report
        self.duration = last_moment(case)

    def run(self) -> None:
        case = self.case
        try:
            start_of(case)
        except ValueError as error:
            hint = "write it as 2026-03-29T00:30:00Z"
            self.wrong((*case.keys, "start"), f"'{case.start}' is not a date and time: {error}", hint)
        for keys, name in case.real:
            self.at_place(keys, self.real, name, keys)
        for keys, feed in case.feed:
            self.feed(keys, feed)
        for number, press in enumerate(case.test.press):
            keys = (*case.keys, "press", number)
            self.at_place((*keys, "node"), self.press, press.node, keys)
            self.in_time((*keys, "at"), press.at)
        for name, (keys, _) in case.answers.items():
            self.at_place(keys, self.answer, name, keys)
        for keys, plant in case.plants:
            self.plant(keys, plant)
        for number, expectation in enumerate(case.test.expect):
            self.expectation((*case.keys, "expect", number), expectation)
        for number, condition in enumerate(case.test.final):
            self.condition((*case.keys, "final", number), condition)
        if not isinstance(case.test.failures, int):
            for number, failure in enumerate(case.test.failures):
                keys = (*case.keys, "failures", number)
                if failure.node is not UNSET:
                    self.at_place((*keys, "node"), self.places.node, failure.node)
                self.count((*keys, "count"), failure.count)

    # --- what is brought ---

    def real(self, name: str, keys: Keys) -> None:
        node = self.places.plan.nodes[self.places.node(name)]
        if issubclass(node.cls, Actuator):
            self.wrong(keys, f"'{name}' is an actuator: in a test it never acts")
        elif connection_names(node.cls, node.options):
            self.wrong(keys, f"'{name}' uses a connection, and a test opens none", "feed it, or state its 'answers'")
        elif not issubclass(node.cls, Source | AsyncTransform):
            self.wrong(keys, f"'{name}' runs itself in any case", "leave it out of 'real'")

    def feed(self, keys: Keys, feed: Feed) -> None:
        self.at_place((*keys, "node"), self.places.entrance, feed.node)
        self.in_time((*keys, "at"), feed.at)
        self.message(keys, feed.msg)
        stated = [name for name in ("payload", "values", "ramp") if getattr(feed, name) is not UNSET]
        if len(stated) > 1:
            self.wrong((*keys, stated[1]), f"'{stated[0]}' and '{stated[1]}' do not go together")
        if not stated and feed.msg is UNSET:
            self.wrong(keys, "it does not say what to feed", "state payload, msg, values or ramp")
        if feed.every is UNSET:
            for name in ("values", "ramp", "count", "until"):
                if getattr(feed, name) is not UNSET:
                    self.wrong((*keys, name), f"'{name}' needs 'every': the time between messages")
            return
        if feed.ramp is not UNSET and feed.count is UNSET and feed.until is UNSET:
            self.wrong((*keys, "ramp"), "a ramp needs 'until' or 'count'")
        if feed.until is not UNSET and feed.until < feed.at:
            self.wrong((*keys, "until"), f"it ends at {feed.until:g} s, before it begins at {feed.at:g} s")
        end = min(self.duration, self.duration if feed.until is UNSET else feed.until)
        if (end - feed.at) / feed.every > MOST_MESSAGES:
            self.wrong((*keys, "every"), f"these are more than {MOST_MESSAGES} messages")

    def press(self, name: str, keys: Keys) -> None:
        cls = self.places.plan.nodes[self.places.node(name)].cls
        if not issubclass(cls, Source) or cls.pressed is Source.pressed:
            self.wrong((*keys, "node"), f"node '{name}' has no button")

    def answer(self, name: str, keys: Keys) -> None:
        node = self.places.plan.nodes[self.places.node(name)]
        answers = self.case.answers[name][1]
        if any(real == name for _, real in self.case.real):
            self.wrong(keys, f"'{name}' runs itself: it is under 'real'")
        elif issubclass(node.cls, Actuator):
            if any(a.payload is not UNSET or a.msg is not UNSET for a in answers):
                self.wrong(keys, f"'{name}' is an actuator and answers nothing", "state 'error' or 'after'")
        elif issubclass(node.cls, Source):
            self.wrong(keys, f"'{name}' is a source and asks nothing", "use 'feed'")
        elif not issubclass(node.cls, AsyncTransform) and not connection_names(node.cls, node.options):
            self.wrong(keys, f"'{name}' does not talk to the outside world", "leave the answer out")
        for answer in answers:
            self.message(keys, answer.msg)

    def plant(self, keys: Keys, plant: Plant) -> None:
        self.at_place((*keys, "input"), self.places.input, plant.input)
        self.at_place((*keys, "output"), self.places.entrance, plant.output)
        self.message(keys, plant.msg)
        self.property(keys, plant.property)
        if plant.kind == "first-order" and plant.time_constant is UNSET:
            self.wrong(keys, "a first-order process needs a 'time_constant'")
        if plant.kind == "integrating" and plant.time_constant is not UNSET:
            self.wrong((*keys, "time_constant"), "an integrating process has no time constant")
        if self.duration / plant.every > MOST_MESSAGES:
            self.wrong((*keys, "every"), f"these are more than {MOST_MESSAGES} messages")
        for number, disturbance in enumerate(plant.disturb):
            self.in_time((*keys, "disturb", number, "at"), disturbance.at)

    # --- what is expected ---

    def expectation(self, keys: Keys, expectation: Expectation) -> None:
        self.count((*keys, "count"), expectation.count)
        if expectation.order is not UNSET:
            for number, step in enumerate(expectation.order):
                self.timed((*keys, "order", number), step)
            others = [n for n in ("node", "leaves", "count", "payloads", "all") if getattr(expectation, n) not in _OPEN]
            if others or _demands(expectation):
                what = (others or _demands(expectation))[0]
                self.wrong((*keys, what), f"'{what}' does not go with 'order'", "say it in the steps")
            return
        self.timed(keys, expectation)
        if expectation.payloads is not UNSET:
            others = [n for n in ("count", "all") if getattr(expectation, n) not in _OPEN] + _demands(expectation)
            for name in others:
                self.wrong((*keys, name), f"'{name}' does not go with 'payloads', which says all there is to come")
        if expectation.all and not _demands(expectation):
            self.wrong((*keys, "all"), "'all' needs something that every message must be like")

    def timed(self, keys: Keys, timed: Timed) -> None:
        self.condition(keys, timed)
        for name in ("at", "after", "by"):
            moment = getattr(timed, name)
            if moment is not UNSET:
                self.in_time((*keys, name), moment)
        if timed.at is not UNSET and not (timed.after is UNSET and timed.by is UNSET):
            self.wrong((*keys, "at"), "'at' does not go with 'after' and 'by'")
        if timed.after is not UNSET and timed.by is not UNSET and timed.after > timed.by:
            self.wrong((*keys, "by"), f"impossible: after {timed.after:g} s and by {timed.by:g} s")

    def condition(self, keys: Keys, condition: Condition) -> None:
        if (condition.node is UNSET) == (condition.leaves is UNSET):
            self.wrong(keys, "state either 'node', where it comes to, or 'leaves', which it leaves by")
        elif condition.node is not UNSET:
            self.at_place((*keys, "node"), self.places.input, condition.node)
        elif condition.leaves is not UNSET:
            self.at_place((*keys, "leaves"), self.places.output, condition.leaves)
        self.property(keys, condition.property)
        stated = [n for n in ("payload", "near", "range", "matches") if getattr(condition, n) is not UNSET]
        if "near" in stated and len(stated) > 1 and stated != ["near", "range"]:
            self.wrong((*keys, "near"), f"'near' and '{next(n for n in stated if n != 'near')}' do not go together")
        if condition.range is not UNSET:
            low, high = condition.range
            if low is not None and high is not None and low > high:
                self.wrong((*keys, "range"), f"impossible: at least {low:g} and at most {high:g}")
        comparable = "near" in stated or "payload" in stated or getattr(condition, "payloads", UNSET) is not UNSET
        if condition.tolerance is not UNSET and not comparable:
            self.wrong((*keys, "tolerance"), "'tolerance' needs 'near', 'payload' or 'payloads'")

    def count(self, keys: Keys, count: Any) -> None:
        if isinstance(count, Bounds) and count.max is not UNSET and count.min > count.max:
            self.wrong(keys, f"impossible: at least {count.min} and at most {count.max}")

    # --- small parts ---

    def at_place(self, keys: Keys, look: Callable[..., object], *names: Any) -> None:
        try:
            look(*names)
        except NoSuchPlace as error:
            self.wrong(keys, str(error), error.hint)

    def in_time(self, keys: Keys, moment: float) -> None:
        if moment > self.duration:
            self.wrong(keys, f"the test ends at {self.duration:g} s, before {moment:g} s", "raise 'duration'")

    def message(self, keys: Keys, properties: Any) -> None:
        try:
            message_of(properties)
        except ValueError as error:
            self.wrong((*keys, "msg"), str(error))

    def property(self, keys: Keys, text: str) -> None:
        try:
            path.parse(text)
        except ValueError as error:
            self.wrong((*keys, "property"), str(error))

    def wrong(self, keys: Keys, message: str, hint: str = "") -> None:
        self.report.error("senseless-test", keys, f"test '{self.case.name}': {message}", hint=hint)


_OPEN = (UNSET, False)


def _demands(condition: Condition) -> list[str]:
    """Return the keys that say what a message must be like."""
    names = ("payload", "near", "range", "matches", "msg", "topic", "quality")
    return [name for name in names if getattr(condition, name) is not UNSET]
