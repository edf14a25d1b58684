"""A simulation as text, for the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from flowengine.simulate.result import Figures, Note, OutputResult, Result

OPEN_LOOP: Final = (
    "This is what it would have commanded at these readings, not where that would have led: recorded readings do not "
    "react (open loop). A machine that gets hotter or faster by it, and an interlock or a trip that follows, cannot be "
    "seen here; flow tests with a plant show that."
)
RECORDING: Final = (
    "nothing is recorded. The engine records flows that command a machine while they run, and keeps as many hours as "
    "FLOWENGINE_RECORD_HOURS says (24; 0 is off): let it run, and simulate again."
)
NOTES: Final = {
    "new-source": "{where} is new: nothing is recorded of it, and it brings nothing",
    "changed-source": "{where} has other options now: what it brings was recorded with those before",
    "silent": "nothing is recorded of {where}",
    "silent-input": "nothing is recorded of the envelope's input {where}: to the guard it is not known",
    "borrowed-input": "for the envelope's input {where} stands what {text} brought",
    "left-out": "{count} messages of {where} could not be recorded: too many at once, or too large",
    "shortened": "only the newest {count} messages of {where} are used",
    "unsound": "{where} has errors, and is left out",
    "untold": "{where} cannot say what it would write",
    "not-armed": "the outputs could not be armed ({where}): {text}",
    "unguarded": "there is no envelope: nothing is guarded",
}


def lines(result: Result) -> Iterator[str]:
    """Yield what a person should know."""
    if result.state == "failed":
        yield f"The simulation failed: {result.error}"
        return
    if result.state == "nothing-reached":
        yield "The change reaches no machine: there is nothing to simulate."
        return
    if result.state == "nothing-recorded":
        yield f"{', '.join(result.flows) or 'these flows'}: {RECORDING}"
        return
    seconds = result.end - result.begin
    long = f"{seconds / 3600:.3g} h" if seconds >= 3600 else f"{seconds / 60:.3g} min"
    span = f"{moment(result.begin)} to {moment(result.end)} UTC, {result.messages} messages"
    yield f"In {long} of recorded readings ({span}):"
    for output in result.outputs:
        yield ""
        yield from _output(output)
    if not result.outputs:
        yield "Neither version would have commanded a machine."
    if result.troubles:
        yield ""
        yield "Messages that would have failed:"
        for trouble in result.troubles:
            yield f"  {trouble.flow}/{trouble.node}: {trouble.old} old, {trouble.new} new: {trouble.text}"
    yield ""
    yield OPEN_LOOP
    yield from (f"Note: {_note(note)}." for note in result.notes)


def _output(one: OutputResult) -> Iterator[str]:
    name = f"{one.flow}/{one.node}" + (f" (output {one.output})" if one.output else "")
    if not one.differs:
        yield f"{name}: the same in both versions"
    else:
        yield name
    yield f"  {'':24}{'old':>14}{'new':>14}"
    for title, old, new in _rows(one):
        yield f"  {title:24}{old:>14}{new:>14}"
    if one.differs and one.difference is not None:
        yield f"  largest difference: {one.difference:.6g} {one.unit}".rstrip() + f" at {moment(one.difference_at)}"
    for reason in one.reasons:
        yield f"  {reason.outcome}: {reason.old} old, {reason.new} new, first at {moment(reason.first)}: {reason.text}"


def _rows(one: OutputResult) -> Iterator[tuple[str, str, str]]:
    unit = f" {one.unit}" if one.unit else ""
    for title, name in (
        ("commands", "commands"),
        ("written", "written"),
        (f"least{unit}", "least"),
        (f"most{unit}", "most"),
        (f"mean{unit}", "mean"),
        ("writes per hour", "per_hour"),
        ("cut to the limits", "clamped"),
        ("held back", "held"),
        ("refused", "refused"),
        ("made safe", "made_safe"),
    ):
        yield title, _figure(one.old, name), _figure(one.new, name)


def _figure(figures: Figures | None, name: str) -> str:
    value = None if figures is None else getattr(figures, name)
    return "-" if value is None else f"{value:.6g}"


def _note(note: Note) -> str:
    return NOTES[note.code].format(where=note.where, count=note.count, text=note.text)


def moment(at: float) -> str:
    """Return a time of a recording as a person reads it."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S")
