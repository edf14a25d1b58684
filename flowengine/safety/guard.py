"""The guard: whether a command reaches a machine, and when a machine is to be made safe.

Decisions alone: it is told the time, the readings and what became of its safe values; it writes nothing, waits for
nothing, and knows no device. `Guard.decide` is asked before each write, `Guard.scan` many times a second; what people
do is in `acts.py`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any, Final

from flowengine.errors import NotAllowed
from flowengine.message import Quality
from flowengine.safety import interlock, lease, watchdog
from flowengine.safety.limits import CREDIT, Last, is_number, limited
from flowengine.safety.model import Envelope, Mode, Output, Value
from flowengine.safety.readings import Reading, Readings
from flowengine.safety.standing import Refusal, Standing, kept, restored
from flowengine.safety.verdict import Command, Event, Outcome, SafeWrite, Verdict, refuse

FUTURE: Final = 1.0
"""Seconds by which a command may seem to come from the future, where its age matters, since clocks differ."""
MOST_EVENTS: Final = 1000
"""Events that wait to be taken; beyond it the oldest go, and the next that is taken says how many."""
MOST_CAUSES: Final = 100
"""Causes kept of a trip or an emergency stop; the first is never lost."""
MOST_UNLISTED: Final = 20
"""Places outside the envelope that are kept for people to see; the oldest go."""

_WORST: Final[tuple[Outcome, ...]] = ("refuse", "hold", "clamp", "allow")


class Guard:
    """Holds the envelope. Not safe for several threads: one process asks, one thing after the other."""

    def __init__(self, envelope: Envelope, state: Mapping[str, Any] | None = None) -> None:
        """Begin with all outputs disarmed; `state` is what `state()` returned before the process ended."""
        self.envelope = envelope
        self.readings = Readings(envelope.inputs)
        self.stops: list[str] = []
        """Why the emergency stop holds; the first is the first-out. Empty: it does not."""
        self.standing: dict[str, Standing] = {}
        self._by_address: dict[str, Output] = {output.address: output for output in envelope.outputs.values()}
        self.unlisted: dict[str, Refusal] = {}
        """Places outside the envelope that were to be written lately, the newest last."""
        self._events: list[Event] = []
        self._left_out = 0
        if state is not None:
            self.stops = _texts(state.get("stops"))
        before = {} if state is None else state.get("outputs")
        for name, output in envelope.outputs.items():
            old = before.get(name) if isinstance(before, dict) else before
            new = isinstance(before, dict) and name not in before
            self.standing[name] = Standing.at_first(output) if new else restored(output, old)

    # --- what comes in ---

    def sense(self, name: str, value: Any, quality: Quality, now: float) -> None:
        """Take a reading of an input."""
        self.readings.take(name, Reading(value, quality, now))

    def decide(self, commands: Sequence[Command], now: float) -> list[Verdict]:
        """Judge what one message would write: all of it or nothing. What is allowed or cut counts as written.

        Each verdict has the outcome of the worst, so that what is good beside what is not is not written either.
        """
        verdicts = [self._judge(command, now) for command in commands]
        if len({command.address for command in commands}) < len(commands):
            verdicts = [refuse(one.value, "twice", "one message writes the same output twice") for one in commands]
        worst = min(verdicts, key=lambda verdict: _WORST.index(verdict.outcome), default=None)
        if worst is not None and not worst.writes:
            self._note_alive(commands, worst, now)
            verdicts = [one if one.outcome == worst.outcome else worst._replace(value=one.value) for one in verdicts]
            for command, verdict in zip(commands, verdicts, strict=True):
                output = self._by_address.get(command.address)
                if output is not None:
                    self._log(output, self.standing[output.name], command, verdict, now)
            self._note_said(commands, verdicts, now)
            return verdicts
        for command, verdict in zip(commands, verdicts, strict=True):
            output = self._by_address[command.address]
            standing = self.standing[output.name]
            self._log(output, standing, command, verdict, now)
            self._lease(output, command.writer, now)
            standing.told(verdict.value, now)
            standing.alive_at, standing.is_safe, standing.follows = now, False, True
        self._note_said(commands, verdicts, now)
        return verdicts

    def rounded(self, address: str, value: Value) -> None:
        """Hear that a device holds an allowed value as another one, the nearest that it can."""
        standing = self.standing[self._by_address[address].name]
        assert standing.last is not None  # it has just been allowed
        standing.last = standing.last._replace(value=value)

    def claim(self, address: str, writer: str, now: float) -> int:
        """Give a writer in another place the lease of an output; returns the fencing number that its commands carry.

        Raises:
            NotAllowed: there is no such output, it is none of its writers, or another holds it.
        """
        output = self._by_address.get(address)
        if output is None or not may_write(output.writers, writer):
            raise NotAllowed(f"the envelope does not let {writer} write {address}")
        standing = self.standing[output.name]
        standing.follow_clock(output, now)
        held = lease.objection(standing.lease, writer, None, now)
        if held:
            raise NotAllowed(held)
        return self._lease(output, writer, now)

    # --- what goes out ---

    def scan(self, now: float) -> list[SafeWrite]:
        """Look at everything once; return the safe values that are to be written now, in the order of the envelope.

        They come again at each scan until `made_safe` is heard.
        """
        armed = any(standing.armed for standing in self.standing.values())
        for rule in interlock.active(self.envelope.stops, self.readings, now):
            if armed or rule.when.holds(self.readings, now) is True:
                self.stop(interlock.told(rule, self.readings, now), "")
        found: list[SafeWrite] = []
        for name in self.envelope.order:
            output, standing = self.envelope.outputs[name], self.standing[name]
            standing.follow_clock(output, now)
            self._watch(output, standing, now)
            reason = self._why_safe(output, standing, now)
            if reason != standing.noted:
                standing.noted = reason
                if reason:
                    self.tell("safe", name, reason)
            if reason and not standing.is_safe:
                if output.safe is None:
                    self.made_safe(name, now)
                else:
                    found.append(SafeWrite(name, output.safe, reason))
        return found

    def made_safe(self, name: str, now: float) -> None:
        """Hear that an output's safe value has been written, or that it is held as it is."""
        output, standing = self.envelope.outputs[name], self.standing[name]
        standing.is_safe, standing.wanted_safe, standing.follows = True, "", True
        if output.safe is not None:
            last = None if standing.last is None else standing.last.value
            if last != output.safe:
                how = ("safe", "", "the guard")
                self._tell_write(output, standing.writes.note(last, output.safe, how, now, always=True), "")
            standing.told(output.safe, now)

    def take_events(self) -> list[Event]:
        """Return what people must hear of since the last time."""
        found, self._events = self._events, []
        if self._left_out:
            found.append(Event("left-out", "", f"{self._left_out} older events are not told any more"))
            self._left_out = 0
        return found

    def state(self) -> dict[str, Any]:
        """Return what must outlast the process, as JSON values: stops, trips, modes, fencing numbers, what is armed."""
        return {"stops": list(self.stops), "outputs": {name: kept(one) for name, one in self.standing.items()}}

    # --- latches ---

    def stop(self, cause: str, by: str) -> None:
        """Stop everything: all outputs safe, and none is written until a person resets it. Anyone may."""
        if not self.stops:
            self.tell("emergency-stop", "", cause, by)
            for standing in self.standing.values():
                standing.armed = standing.is_safe = False  # the reset of a stop does not start a machine
        _add(self.stops, cause)

    def trip(self, name: str, cause: str) -> None:
        """Make one output safe until a person resets it."""
        standing = self.standing[name]
        if not standing.trips:
            self.tell("trip", name, cause)
            standing.armed = standing.is_safe = False
        _add(standing.trips, cause)

    def change_mode(self, name: str, mode: Mode, why: str, by: str) -> None:
        """Let others command an output from now on; where nobody does, it is made safe and disarmed."""
        standing = self.standing[name]
        standing.mode = mode
        standing.lease = standing.lease._replace(holder="")
        if mode in ("off", "advisory") and standing.armed:
            standing.armed, standing.is_safe, standing.wanted_safe = False, False, why
        self.tell("mode", name, why, by)

    def tell(self, kind: str, output: str, text: str, by: str = "") -> None:
        """Note something that people must hear of."""
        self._events.append(Event(kind, output, text, by))
        if len(self._events) > MOST_EVENTS:
            del self._events[0]
            self._left_out += 1

    # --- judging ---

    def _judge(self, command: Command, now: float) -> Verdict:
        output = self._by_address.get(command.address)
        if output is None:
            return refuse(command.value, "not-listed", f"{command.address} is not in the envelope")
        standing = self.standing[output.name]
        standing.follow_clock(output, now)
        objection = self._about_command(output, command, now) or self._about_state(output, standing, command, now)
        if objection is not None:
            return objection
        advisory = standing.mode == "advisory"
        held = "" if advisory else lease.objection(standing.lease, command.writer, command.fence, now)
        if held:
            return refuse(command.value, "lease", held)
        verdict = limited(output, command.value, standing.last or self._supposed(output, now), now)
        if advisory and verdict.writes:
            reason = f"advisory: {verdict.value!r} would be written" + (f"; {verdict.reason}" if verdict.reason else "")
            return Verdict("hold", verdict.value, reason, "advisory")
        return verdict

    def _about_command(self, output: Output, command: Command, now: float) -> Verdict | None:
        """Judge what a command is by itself: who asks, in which unit, how old it is, and at what time."""
        value, age = command.value, command.age
        if not math.isfinite(now):
            return refuse(value, "clock", "the guard does not know the time")
        if not command.operator and not may_write(output.writers, command.writer):
            return refuse(value, "writer", f"{command.writer} is not among the writers of {output.name}")
        if command.unit and output.unit and command.unit != output.unit:
            return refuse(value, "unit", f"the value is in {command.unit}, the limits are in {output.unit}")
        if not math.isfinite(age):
            return refuse(value, "age", f"it claims to be {age:.3g} s old")
        if output.max_age is not None and not -FUTURE <= age <= output.max_age:
            return refuse(value, "age", f"it is {age:.3g} s old, and may be {output.max_age:g} s old at most")
        return None

    def _about_state(self, output: Output, standing: Standing, command: Command, now: float) -> Verdict | None:
        """Judge whether the output may be written at all as things stand."""
        value, mode = command.value, standing.mode
        if self.stops:
            return refuse(value, "emergency-stop", f"emergency stop: {self.stops[0]}")
        if standing.trips:
            return refuse(value, "trip", f"tripped: {standing.trips[0]}")
        if mode == "off":
            return refuse(value, "mode", "the output is off")
        if command.operator != (mode == "manual"):
            if command.operator:
                return refuse(value, "mode", f"an operator writes in mode manual only, and the mode is {mode}")
            return Verdict("hold", value, "manual: the operator's value stays", "manual")
        if not standing.armed and mode != "advisory":
            return refuse(value, "disarmed", "the output is not armed")
        found = interlock.blocked(output, self.readings, now, value)
        if found is not None:
            if found.latch and mode != "advisory":
                self.trip(output.name, found.text)
            return refuse(value, "interlock", f"interlock: {found.text}")
        lacking = interlock.missing(output, self.readings, now, value)
        if lacking and not (value == output.safe and isinstance(value, bool) == isinstance(output.safe, bool)):
            return refuse(value, "permissive", f"permissive: {lacking}")
        return None

    def _log(self, output: Output, standing: Standing, command: Command, verdict: Verdict, now: float) -> None:
        """Report a write, or a refused one, where it belongs in the record."""
        last = None if standing.last is None else standing.last.value
        how = (verdict.outcome, verdict.code, command.writer)
        value = verdict.value if verdict.writes else command.value
        self._tell_write(output, standing.writes.note(last, value, how, now, command.operator), command.writer)

    def _tell_write(self, output: Output, found: dict[str, Any] | None, by: str) -> None:
        if found is not None:
            text = f"{found['old']!r} -> {found['new']!r} {output.unit}".rstrip()
            self._events.append(Event("write", output.name, f"{text}: {found['verdict']}", by, found))

    def _supposed(self, output: Output, now: float) -> Last | None:
        """Return what an output stands at that the guard has not written yet: what it shows, or else its safe value."""
        back = output.read_back
        shown = None if back is None else self.readings.value(back.input, now)
        value = shown if output.numeric and is_number(shown) else output.safe
        return None if value is None else Last(value, now - max(CREDIT, output.interval))

    def _lease(self, output: Output, writer: str, now: float) -> int:
        standing = self.standing[output.name]
        before, standing.lease = standing.lease, standing.lease.taken(writer, now)
        if standing.lease.fence != before.fence:
            self.tell("lease", output.name, f"{writer} writes it", writer)
        return standing.lease.fence

    def _note_alive(self, commands: Sequence[Command], worst: Verdict, now: float) -> None:
        """Let a writer that only came too soon count as alive."""
        if worst.code == "interval" and worst.outcome == "hold":
            for command in commands:
                self.standing[self._by_address[command.address].name].alive_at = now

    def _note_said(self, commands: Sequence[Command], verdicts: Sequence[Verdict], now: float) -> None:
        """Note for people the verdict on each output's last command, and commands to places that are not listed."""
        for command, verdict in zip(commands, verdicts, strict=True):
            output = self._by_address.get(command.address)
            if output is not None:
                standing = self.standing[output.name]
                standing.said = verdict.reason
                if verdict.outcome == "refuse":
                    standing.refused = Refusal(verdict.code, verdict.reason, now)
            elif verdict.code == "not-listed":
                self.unlisted.pop(command.address, None)
                self.unlisted[command.address] = Refusal(verdict.code, f"{command.writer}: {verdict.reason}", now)
                if len(self.unlisted) > MOST_UNLISTED:
                    del self.unlisted[next(iter(self.unlisted))]

    # --- watching ---

    def _watch(self, output: Output, standing: Standing, now: float) -> None:
        """See whether the machine follows, and whether an operator's time is over."""
        how = watchdog.following(output, standing.last, self.readings, now)
        if how == "fails" and standing.follows and output.read_back is not None:
            assert standing.last is not None
            text = f"the machine does not show {standing.last.value!r} after {output.read_back.within:g} s"
            self.tell("read-back", output.name, text)
            if output.read_back.trip:
                self.trip(output.name, text)
        standing.follows = how != "fails"
        if standing.mode == "manual" and now > standing.manual_until:
            standing.alive_at = now
            text = f"the operator's value has lasted {output.manual_timeout:g} s"
            self.change_mode(output.name, standing.before, f"{text}: back to {standing.before}", "")
        elif standing.mode != "automatic" and standing.remind_at and now > standing.remind_at:
            standing.remind_at = now + output.reminder
            self.tell("reminder", output.name, f"it is still in mode {standing.mode}")

    def _why_safe(self, output: Output, standing: Standing, now: float) -> str:
        """Return why an output is to be safe now; empty: it need not be."""
        if self.stops:
            return f"emergency stop: {self.stops[0]}"
        if standing.armed and standing.mode in ("automatic", "manual"):
            last = None if standing.last is None else standing.last.value
            found = interlock.blocked(output, self.readings, now, last)
            if found is not None and found.latch:
                self.trip(output.name, found.text)
            elif found is not None:
                return f"interlock: {found.text}"
            elif standing.mode == "automatic" and watchdog.silent(output, standing.alive_at, now):
                return f"watchdog: no command for {output.watchdog:g} s"
        if standing.trips:
            return f"tripped: {standing.trips[0]}"
        return standing.wanted_safe


@lru_cache(maxsize=4096)
def may_write(patterns: tuple[str, ...], writer: str) -> bool:
    """Say whether a writer, `flow/node`, fits one of the patterns of an output."""
    return any(fnmatchcase(writer, pattern) for pattern in patterns)


def _add(causes: list[str], cause: str) -> None:
    if cause not in causes and len(causes) < MOST_CAUSES:
        causes.append(cause)


def _texts(value: Any) -> list[str]:
    """Return the causes of a stop that was stored; what cannot be read is a cause."""
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return list(value)
    return ["the state of the emergency stop before the start cannot be read"]
