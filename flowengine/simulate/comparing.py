"""Simulates both versions on the same recorded messages and holds what came of them beside each other."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from flowengine import settings
from flowengine.clock import Clock, VirtualClock, real_time_limit
from flowengine.errors import FlowEngineError
from flowengine.flow.impact import impact
from flowengine.flow.plan import Plan, touches_outside
from flowengine.node import Actuator, Source
from flowengine.registry import Registry
from flowengine.simulate.replay import Replay, merged
from flowengine.simulate.result import Note, OutputResult, Reason, Request, Result, Trouble
from flowengine.simulate.sealed import TimeIsUp
from flowengine.simulate.tally import Key, Tally, Told, chart, differs, largest_difference
from flowengine.simulate.version import Version, names_of, read_version, same_envelope
from flowengine.store.recordings import ENVELOPE, Recorded, read_recording, recording_file, span

MOST_OUTPUTS = 100
MOST_NOTES = 100
MOST_TROUBLES = 100


def compare(request: Request, sealing: Callable[[], None]) -> Result:
    """Run both versions; whatever is wrong with them or with what was recorded is in the result.

    `sealing` is called when all is read, before the first node runs.
    """
    begun = Clock().monotonic()
    try:
        result = _Comparison(request).run(sealing)
    except FlowEngineError as error:
        result = Result(state="failed", error=str(error))
    except (TimeoutError, TimeIsUp) as error:
        longest, node = f"{request.longest:g}", _at_work(error)
        late = f"not finished after {longest} s: choose fewer hours"
        if node:
            late = f"not finished after {longest} s: look whether the code of {node} ever ends, or choose fewer hours"
        result = Result(state="failed", error=late)
    except MemoryError:
        result = Result(state="failed", error="it needs more memory than a simulation may use: choose fewer hours")
    result.seconds = round(Clock().monotonic() - begun, 3)
    return result


class _Comparison:
    def __init__(self, request: Request) -> None:
        self.request = request
        registry = Registry.discover([Path(one) for one in request.nodes_dirs])
        environment = dict(settings.environment())
        self.old, self.new = (
            read_version(Path(folder), registry, environment) for folder in (request.old, request.new)
        )
        self.notes: list[Note] = []

    def run(self, sealing: Callable[[], None]) -> Result:
        """Read what was recorded, replay it in both versions, compare."""
        flows = self._flows()
        if not flows:
            return Result(state="nothing-reached")
        names = [*flows, ENVELOPE]
        files = {name: recording_file(Path(self.request.recordings), name) for name in names}
        spans = {name: found for name, file in files.items() if (found := span(file)) is not None}
        known = [spans[name] for name in flows if name in spans]
        if not known:
            return Result(state="nothing-recorded", flows=flows)
        end = max(last for _, last in known)
        begin = max(min(first for first, _ in known), end - 3600 * self.request.hours)
        recorded = self._read(files, begin, end)
        begin = max([begin, *(one.rows[0].at for one in recorded.values() if one.cut and one.rows)])
        begin = _informed(recorded[ENVELOPE], begin, end)
        self._note(flows, recorded)
        sealing()
        ran = [self._replay(version, flows, recorded, begin, end) for version in (self.old, self.new)]
        messages = sum(len(one.rows) for name, one in recorded.items() if name != ENVELOPE)
        return Result(
            begin=begin,
            end=end,
            messages=messages,
            flows=flows,
            guarded=self.new.envelope is not None,
            outputs=_outputs(ran[0].tally, ran[1].tally, begin, end),
            troubles=_troubles(ran[0].tally, ran[1].tally),
            notes=self.notes[:MOST_NOTES],
        )

    def _flows(self) -> list[str]:
        """Return the flows whose machines the change reaches, and those that differ."""
        found = impact(self.old.plans, self.new.plans, self.new.ownership, self.old.ownership)
        flows = names_of(
            [one.flow for one in found.machines],
            [name.partition("/")[0] for name in found.changed if self._acts(name.partition("/")[0])],
        )
        if not same_envelope(self.old, self.new):
            flows = names_of(flows, [name for name in names_of(self.old.plans, self.new.plans) if self._acts(name)])
        self.notes += [Note(code="unsound", where=name) for name in names_of(self.old.unsound, self.new.unsound)]
        return flows

    def _acts(self, flow: str) -> bool:
        return bool(self.old.machines(flow) or self.new.machines(flow))

    def _read(self, files: Mapping[str, Path], begin: float, end: float) -> dict[str, Recorded]:
        share = max(1, self.request.most // len(files))
        recorded = {name: read_recording(file, begin, end, share) for name, file in files.items()}
        for name, one in recorded.items():
            if one.left_out:
                self.notes.append(Note(code="left-out", where=name, count=one.left_out))
            if one.cut:
                self.notes.append(Note(code="shortened", where=name, count=len(one.rows)))
        self._borrow(recorded)
        return recorded

    def _borrow(self, recorded: dict[str, Recorded]) -> None:
        """Where nothing was recorded of an input of the envelope, let a flow's source speak that reads the same."""
        envelope = self.new.envelope or self.old.envelope
        if envelope is None or envelope.envelope is None or envelope.plan is None:
            self.notes.append(Note(code="unguarded"))
            return
        inside = recorded[ENVELOPE]
        known = {taken.node for taken in [*inside.last, *inside.rows]}
        for name in envelope.envelope.inputs:
            if name in known:
                continue
            flow, node = _same_source(envelope.plan, name, self.new.plans, recorded)
            if not flow:
                self.notes.append(Note(code="silent-input", where=name))
                continue
            self.notes.append(Note(code="borrowed-input", where=name, text=f"{flow}/{node}"))
            more = [
                [one._replace(node=name) for one in rows if one.node == node]
                for rows in (recorded[flow].last, recorded[flow].rows)
            ]
            recorded[ENVELOPE] = recorded[ENVELOPE]._replace(
                last=recorded[ENVELOPE].last + more[0],
                rows=sorted(recorded[ENVELOPE].rows + more[1], key=lambda one: one.at),
            )

    def _note(self, flows: Sequence[str], recorded: Mapping[str, Recorded]) -> None:
        """Say of which nodes nothing was recorded, and which were recorded as they were set up before."""
        for flow in flows:
            old, new = self.old.plans.get(flow), self.new.plans.get(flow)
            known = {taken.node for taken in [*recorded[flow].last, *recorded[flow].rows]}
            for name, node in (new.nodes if new is not None else {}).items():
                if not touches_outside(node) or issubclass(node.cls, Actuator):
                    continue
                before = old.nodes.get(name) if old is not None else None
                where = f"{flow}/{name}"
                if name not in known:
                    new_one = before is None and issubclass(node.cls, Source)
                    self.notes.append(Note(code="new-source" if new_one else "silent", where=where))
                elif before is not None and (before.cls is not node.cls or before.options != node.options):
                    self.notes.append(Note(code="changed-source", where=where))

    def _replay(
        self, version: Version, flows: Sequence[str], recorded: Mapping[str, Recorded], begin: float, end: float
    ) -> Replay:
        clock = VirtualClock(begin)
        replay = Replay(version, flows, clock)
        before = merged({name: [*one.last, *one.rows] for name, one in recorded.items()})
        newest = {(name, *one[1:3], one.msg.topic): (name, one) for name, one in before if one.at < begin}
        last = [(name, one._replace(at=begin)) for name, one in newest.values()]
        rows = [(name, one) for name, one in before if one.at >= begin]

        async def main() -> None:
            with real_time_limit(self.request.longest / 2):
                await replay.run(last, rows, end)

        clock.run(main())
        which = "old" if version is self.old else "new"
        if replay.not_armed:
            self.notes.append(Note(code="not-armed", where=which, text=replay.not_armed))
        self.notes += [Note(code="untold", where=where) for where in sorted(replay.untold)]
        self.notes = list({(note.code, note.where): note for note in self.notes}.values())
        return replay


def _at_work(error: BaseException | None) -> str:
    """Return the node that was at work when the time was up; empty: none held it up."""
    while error is not None and not isinstance(error, TimeIsUp):
        error = error.__cause__ or error.__context__
    return "" if error is None else str(error)


def _informed(inside: Recorded, begin: float, end: float) -> float:
    """Return from when on the guard knew each input that was recorded: before that it would refuse everything."""
    first: dict[str, float] = {}
    for taken in [*inside.last, *inside.rows]:
        first[taken.node] = min(taken.at, first.get(taken.node, taken.at))
    last_one = max(first.values(), default=begin)
    return math.nextafter(last_one, math.inf) if begin < last_one < end else begin


def _same_source(plan: Plan, name: str, plans: Mapping[str, Plan], recorded: Mapping[str, Recorded]) -> tuple[str, str]:
    """Return the source of a flow that reads the place which an input of the envelope reads."""
    wanted = _place(plan, name)
    for flow in recorded:
        if flow in plans:
            for node, planned in plans[flow].nodes.items():
                if issubclass(planned.cls, Source) and _place(plans[flow], node) == wanted:
                    return flow, node
    return "", ""


def _place(plan: Plan, name: str) -> object:
    node = plan.nodes[name]
    return node.cls, _resolved(plan, node.options)


def _resolved(plan: Plan, options: Mapping[str, object]) -> dict[str, object]:
    """Return options with what a connection leads to in place of its name, without what does not change a value."""
    leaves = {"interval", "topic", "engineering_unit"}
    return {
        name: plan.connections[value].key if isinstance(value, str) and value in plan.connections else value
        for name, value in options.items()
        if name not in leaves
    }


def _outputs(old: Tally, new: Tally, begin: float, end: float) -> list[OutputResult]:
    keys: dict[Key, None] = dict.fromkeys([*new.told, *old.told])
    found = [_output(key, old.told.get(key), new.told.get(key), begin, end) for key in keys]
    found.sort(key=lambda one: (not one.differs, one.flow, one.node))
    return found[:MOST_OUTPUTS]


def _output(key: Key, old: Told | None, new: Told | None, begin: float, end: float) -> OutputResult:
    hours = max(end - begin, 1.0) / 3600
    for told in (old, new):
        if told is not None:
            told.figures.per_hour = told.figures.written / hours
    difference, at = (None, 0.0) if old is None or new is None else largest_difference(old, new)
    points = chart(old, new, begin, end)
    return OutputResult(
        flow=key[0],
        node=key[1],
        output=key[2],
        unit=next((told.unit for told in (new, old) if told is not None and told.unit), ""),
        old=None if old is None else old.figures,
        new=None if new is None else new.figures,
        difference=difference,
        difference_at=at,
        differs=old is None or new is None or differs(old, new),
        reasons=_reasons(old, new),
        times=points.times,
        old_values=points.old,
        new_values=points.new,
    )


def _reasons(old: Told | None, new: Told | None) -> list[Reason]:
    found: dict[tuple[str, str], Reason] = {}
    for which, told in (("new", new), ("old", old)):
        for why, (text, first, count) in ({} if told is None else told.reasons).items():
            reason = found.setdefault(why, Reason(outcome=why.outcome, code=why.code, text=text, first=first))
            reason.first = min(reason.first, first)
            setattr(reason, which, count)
    return sorted(found.values(), key=lambda one: one.first)


def _troubles(old: Tally, new: Tally) -> list[Trouble]:
    found = []
    for flow, node in dict.fromkeys([*new.failures, *old.failures]):
        before, after = old.failures.get((flow, node), ("", 0)), new.failures.get((flow, node), ("", 0))
        found.append(Trouble(flow=flow, node=node, text=after[0] or before[0], old=before[1], new=after[1]))
    return found[:MOST_TROUBLES]
