"""Why a worker ended, in words for the list of faults, and how long to wait before the next one."""

from __future__ import annotations

import signal
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from flowengine.flow.plan import Plan
from flowengine.processes.black_box import BlackBox, Culprit

FIRST_PAUSE: Final = 0.2
LONGEST_PAUSE: Final = 30.0
"""Seconds before a worker is started again; doubles from fall to fall."""

GOOD: Final = 60.0
"""Seconds after which a worker counts as good, and the pauses begin anew."""

AGAIN: Final = 3
"""After so many falls in a row a flow counts as failed until it has run for a while."""

_SIGNALS: Final = {
    signal.SIGSEGV: "an access to memory that is not there",
    signal.SIGBUS: "an access to memory that is not there",
    signal.SIGILL: "an instruction that the processor does not know",
    signal.SIGFPE: "an impossible calculation",
    signal.SIGABRT: "abort",
    signal.SIGKILL: "killed from outside, or by the system for want of memory",
}


@dataclass(frozen=True)
class Sentence:
    """What the parent ended a worker for."""

    kind: Literal["hang", "memory"]
    figure: float
    """Seconds without a sign of life; bytes of memory."""
    limit: float = 0.0


@dataclass(frozen=True)
class Fall:
    """The end of a worker that was not meant to end."""

    why: str
    """What happened; the node, where it is known, is the subject."""
    advice: str
    flow: str = ""
    """The flow that is to blame, as far as is known."""
    node: str = ""
    suspects: tuple[str, ...] = ()
    """Nodes of one type of which one is to blame, where nothing tells which."""
    stack: str = ""
    """Where the process stood, for the log, if the interpreter could still write that down."""

    def __str__(self) -> str:
        among = f" (one of {', '.join(self.suspects)})" if self.suspects else ""
        return f"{self.why}{among}; {self.advice}"


def pause_after(falls: int) -> float:
    """Return the seconds to wait after so many falls in a row."""
    return min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(20, max(0, falls - 1)))


def fall_of(code: int | None, sentence: Sentence | None, box: BlackBox, plans: Mapping[str, Plan]) -> Fall:
    """Say why a worker ended.

    Args:
        code: its exit code, below 0: the signal; None: unknown.
        sentence: what it was ended for by the parent, if it was.
        box: what it left behind.
        plans: the flows that it ran.
    """
    why, advice = _why(code, sentence)
    found = box.culprit()
    if found is None:
        found, suspects = _by_code(box, plans)
    else:
        suspects = ()
    flow = found.flow if found is not None and found.flow in plans else ""
    if not flow and len(plans) == 1:
        flow = next(iter(plans))
    node = found.node if found is not None and found.flow == flow else ""
    if found is not None and found.what:
        why = f"{why} ({found.what})"
    return Fall(why, advice, flow, node, suspects, box.stack())


def _why(code: int | None, sentence: Sentence | None) -> tuple[str, str]:
    if sentence is not None and sentence.kind == "hang":
        return (
            f"did not give the flow's turn back for {sentence.figure:.0f} s, so that its process was ended",
            "look for a loop without an end in what it does with the newest message, or allow longer: the hang in the "
            "flow's limits, or --worker-hang",
        )
    if sentence is not None:
        return (
            f"its process took {sentence.figure / 1e6:.0f} MB of memory, more than the {sentence.limit / 1e6:.0f} MB "
            "allowed, and was ended",
            "let the node keep less, or allow more: the memory in the flow's limits, or --worker-memory",
        )
    if code is None:
        return "its process has ended, nobody knows why", "see the log"
    if code >= 0:
        return f"its process ended by itself, with exit code {code}", "a node must not end the process: see its code"
    try:
        name = signal.Signals(-code).name
        what = _SIGNALS.get(signal.Signals(-code), "")
    except ValueError:
        name, what = f"signal {-code}", ""
    text = f"its process was ended by {name}" + (f" ({what})" if what else "")
    return text, "see what native code the node calls" if code != -signal.SIGKILL else "see the system's log"


def _by_code(box: BlackBox, plans: Mapping[str, Plan]) -> tuple[Culprit | None, tuple[str, ...]]:
    """Find the node whose class's file the stack was in; where several of a flow come into question, all of them."""
    files: dict[str, list[tuple[str, str]]] = {}
    for flow, plan in plans.items():
        for name, node in plan.nodes.items():
            files.setdefault(_file(node.cls), []).append((flow, name))
    for file, line, function in box.places():
        found = files.get(file)
        if found:
            flows = {flow for flow, _ in found}
            flow = found[0][0] if len(flows) == 1 else ""
            if len(found) == 1:
                return Culprit(flow, found[0][1], f"line {line} of {function}"), ()
            return Culprit(flow, ""), tuple(name for _, name in found[:5])
    return None, ()


def _file(cls: type[Any]) -> str:
    import inspect

    try:
        return inspect.getfile(cls)
    except (TypeError, OSError):
        return ""
