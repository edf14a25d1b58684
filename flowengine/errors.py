"""Every error of the engine, in one tree.

::

    FlowEngineError
    ├── FlowInvalid          a flow that may not run; carries every problem found in it
    ├── RegistryError        node types that cannot be told apart or found
    ├── DeployFailed         a checked flow that could not be started; what ran before runs on
    ├── NotFound             a flow, node, port, dead letter or user that is not there
    ├── OutOfDate            what the caller began with has been changed by someone else
    ├── NotAllowed           what nobody may do: send a message straight to an actuator
    ├── NeedsTwoKeys         a change that reaches a machine, without its two yeses
    ├── TooLarge             more than there is room for
    ├── NotKept              what the disk does not take, or give, now
    ├── AccessError          a name, password or link that will not do
    │   └── TooManyAttempts  wrong too often; wait
    └── NodeError            what a node says about one message
        ├── BadData          this message cannot be processed; the next one may
        ├── Refused          the other side said no; trying again changes nothing
        └── Retryable        the other side is away or busy; the runtime tries again

A node raises one of the last three, or any other exception, which counts as BadData.
"""

from __future__ import annotations

from collections.abc import Sequence


class FlowEngineError(Exception):
    """Base of every error the engine raises on purpose; its text is fit to be shown to a user."""


class FlowInvalid(FlowEngineError):
    """A flow has problems that keep it from running.

    `problems` holds all of them, each an object whose `str()` is one line for a person.
    """

    def __init__(self, name: str, problems: list[object]) -> None:
        self.problems = problems
        head = f"flow '{name}' has {len(problems)} problem{'s' * (len(problems) != 1)}:"
        super().__init__("\n".join([head, *(str(problem) for problem in problems)]))


class RegistryError(FlowEngineError):
    """Node types clash or cannot be registered."""


class DeployFailed(FlowEngineError):
    """A new revision of a flow did not start; the one before it, if any, runs on."""


class StoreUnavailable(DeployFailed):
    """A flow did not start as what it holds cannot be read or stored now: a full disk, say. That may pass by itself."""


class NotFound(FlowEngineError):
    """Something named by the caller does not exist."""


class OutOfDate(FlowEngineError):
    """What the caller began with has been changed by someone else in the meantime; nothing was done.

    `conflicts` says what stands there now.
    """

    def __init__(self, message: str, conflicts: Sequence[object] = ()) -> None:
        self.conflicts = tuple(conflicts)
        super().__init__(message)


class NotAllowed(FlowEngineError):
    """The request is understood, and nobody may do that."""


class NeedsTwoKeys(FlowEngineError):
    """The change reaches a machine: it needs one yes from IT and one from OT. `judgement` says what it reaches."""

    def __init__(self, message: str, judgement: object = None) -> None:
        self.judgement = judgement
        super().__init__(message)


class TooLarge(FlowEngineError):
    """It is more than there is room for; says how much that is."""


class NotKept(FlowEngineError, OSError):
    """A file of what the engine keeps cannot be read or written now: a full disk, say. It names the file."""


class AccessError(FlowEngineError):
    """A name, a password or a link that will not do.

    `code` is a word that stays the same between versions, `hint` says what to do.
    """

    def __init__(self, code: str, message: str, hint: str = "") -> None:
        self.code = code
        self.hint = hint
        super().__init__(message)


class TooManyAttempts(AccessError):
    """Too many wrong passwords or links; `wait` says for how many seconds none is looked at."""

    def __init__(self, wait: float) -> None:
        self.wait = wait
        super().__init__("too-many-attempts", "too many wrong attempts", f"wait {max(1, round(wait))} s and try again")


class NodeError(FlowEngineError):
    """What a node says about one message it could not handle."""


class BadData(NodeError):
    """The message cannot be processed: wrong type, out of range, not JSON."""


class Refused(NodeError):
    """The other side understood and said no (an exception code, a permission); a retry would not help."""


class Retryable(NodeError):
    """The other side is away or busy; the same message may succeed later, `after` so many seconds if it said so."""

    def __init__(self, message: object = "", after: float = 0.0) -> None:
        self.after = after
        super().__init__(message)
