"""The changes of one folder, looked at: what the table shows, what the record says, and what both come to."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from flowengine.access.access import Access
from flowengine.access.approval import Standing as Yeses
from flowengine.access.approval import judge, why_not_asked
from flowengine.access.audit import Audit
from flowengine.access.ledger import Asked
from flowengine.access.sides import Grant, Side
from flowengine.errors import NotAllowed, NotFound, OutOfDate
from flowengine.flow.content import POLICY, content_hash
from flowengine.flow.diff import FlowDiff
from flowengine.safety.foreseen import Foreseen
from flowengine.service.answers import Deployed
from flowengine.service.changes.evidence import evidence_fits, sealed_evidence
from flowengine.service.changes.files import Files, differences
from flowengine.service.changes.two_keys import Permit, TwoKeys
from flowengine.service.who import Who
from flowengine.store.changes import Change, Changes
from flowengine.store.revisions import Written

Turn = Callable[[Callable[[], Coroutine[Any, Any, Deployed]], Who], Awaitable[Deployed]]
"""Runs a deploy when it is its turn."""

SHORTEST_REASON: Final = 10
"""Characters of a reason."""


@dataclass(frozen=True)
class ChangeView:
    """A change, and how it stands."""

    change: Change
    yeses: Yeses
    why_not: str
    """Why it cannot be approved or deployed, whatever yeses it has; empty: it can."""
    diffs: tuple[FlowDiff, ...] = ()
    foreseen: tuple[Foreseen, ...] = ()
    """What is reached, beside what the envelope would allow there; empty where there is none, or it has ended."""


class ChangeBook:
    """The changes of one folder with what the record says of each. For any thread, unless a method says otherwise."""

    def __init__(self, keys: TwoKeys, folder: Path, audit: Audit, file: Path) -> None:
        """`folder` is that of the flows, `file` has the users and the table."""
        self.keys, self.table = keys, Changes(file)
        self.on_change: list[Callable[[], None]] = []
        """Called on the loop when a change was asked for, approved, ended."""
        self._folder, self._audit, self._file = folder, audit, file
        self._access: Access | None = None

    def shut(self) -> None:
        """Close the table."""
        self.table.close()
        if self._access is not None:
            self._access.close()

    def add(self, change: Change) -> None:
        """Keep a new change, which has been recorded.

        Raises:
            TooLarge: too many are open.
        """
        self.table.add(replace(change, evidence=sealed_evidence(self.keys.seal, change)))

    # --- looking ---

    async def all(self) -> list[ChangeView]:
        """Return the changes, the newest first, without their differences."""
        return await asyncio.to_thread(lambda: [self.view(one) for one in self.refreshed()])

    async def get(self, id: int) -> ChangeView:
        """Return one with its differences.

        Raises:
            NotFound: there is none of that number.
        """

        def look() -> ChangeView:
            self.keys.refresh()
            return self.whole(self.table.get(id))

        return await asyncio.to_thread(look)

    def waiting(self) -> int:
        """Return how many wait; from any thread."""
        return len(self.table.open())

    def refreshed(self) -> list[Change]:
        """Return all, after the record has been read on."""
        self.keys.refresh()
        return self.table.all()

    def view(self, change: Change) -> ChangeView:
        """Return how a change stands."""
        asked = self.keys.ledger.asked.get(change.id)
        why_not = self._why_not(change, asked)
        yeses = Yeses((), {}) if asked is None else self.yeses(asked)
        return ChangeView(change, yeses, why_not)

    def whole(self, change: Change) -> ChangeView:
        """Return how a change stands, with its differences and what the envelope says of what it reaches."""
        foreseen: tuple[Foreseen, ...] = ()
        if change.state in ("open", "glass"):
            reached = [(one["flow"], one["node"]) for one in change.evidence.get("reaches", ())]
            foreseen = self.keys.foreseen(self._after(change), reached)
            change = replace(change, files=self._files(change))
        return replace(self.view(change), diffs=tuple(differences(change.files)), foreseen=foreseen)

    def _files(self, change: Change) -> Files:
        """Return its files with what they hold by what runs: what the table says that they held is not relied on."""
        base = self._base(change)
        return {name: (base.get(name), text) for name, (_, text) in change.files.items()}

    def _why_not(self, change: Change, asked: Asked | None) -> str:
        if change.state not in ("open", "glass"):
            return f"it is {change.state}"
        content, base = content_hash(self._after(change)), content_hash(self._base(change))
        reason = why_not_asked(asked, self.keys.seal, self.keys.now(), content, base)
        if not reason and not evidence_fits(self.keys.seal, change):
            return "what is shown of it was not written by this engine: ask again"
        return reason

    def yeses(self, asked: Asked) -> Yeses:
        """Return which of its yeses count."""
        return judge(asked, self.keys.ledger, self.present, self.keys.seal, self.keys.now())

    def present(self, who: str) -> Mapping[Side, Grant]:
        """Return the sides that someone speaks for now."""
        if self._access is None:
            self._access = Access(self._file)
        try:
            user = self._access.users.find(who)
        except NotFound:
            return {}
        return self._access.sides.of(user.name)

    def _base(self, change: Change) -> Mapping[str, str]:
        """Return the content that the change begins with: what runs, or under broken glass what is approved."""
        if change.state == "glass" and self.keys.kept is not None:
            return self.keys.kept.content
        return self.keys.live()

    def _after(self, change: Change) -> dict[str, str]:
        """Return what would run."""
        found = dict(self._base(change))
        for name, (_, text) in change.files.items():
            if text is None:
                found.pop(name, None)
            else:
                found[name] = text
        return found

    def contents(self, change: Change) -> tuple[Mapping[str, str], Mapping[str, str]]:
        """Return the content that a change begins with, and the one that would run."""
        return self._base(change), self._after(change)

    # --- what lets one pass ---

    def permit(self, change: Change, trailers: tuple[str, ...], approves: bool = True) -> Permit:
        """Return the permit with which exactly this change passes `TwoKeys`."""
        before = self.keys.kept.content if self.keys.kept is not None else {}
        policy = {name: change.files[name][1] if name in change.files else before.get(name) for name in POLICY}
        return Permit(change.content, policy, trailers, self.written(change.files), approves)

    def written(self, files: Files) -> tuple[Written, ...]:
        """Return the files that go into the commit."""
        folder = self._folder
        return tuple(Written(folder / name, after, before) for name, (before, after) in files.items())

    # --- ends ---

    def found(self, id: int) -> tuple[Change, Asked]:
        """Return a change that may still be decided on, read anew from the record.

        Raises:
            NotFound, OutOfDate: there is none, or it cannot run any more.
        """
        change = self.table.get(id)
        self.keys.refresh()
        asked = self.keys.ledger.asked.get(id)
        reason = self._why_not(change, asked)
        if reason:
            raise OutOfDate(f"change {id} cannot run: {reason}")
        assert asked is not None
        return change, asked

    def open(self, id: int) -> Change:
        """Return a change that waits.

        Raises:
            NotFound, NotAllowed: there is none, or it has ended.
        """
        change = self.table.get(id)
        if change.state != "open":
            raise NotAllowed(f"change {id} is not open: it is {change.state}")
        return change

    async def end(self, change: Change, state: Any, who: str, reason: str) -> None:
        """End a change, on the loop."""
        await asyncio.to_thread(self.close_one, change, state, who, reason)
        self.tell()

    def close_one(
        self, change: Change, state: Any, who: str, reason: str, details: Mapping[str, Any] | None = None
    ) -> None:
        """Record that a change has ended, then note it."""
        more = {**(details or {}), **({"reason": reason} if reason else {})}
        self._audit.record(f"change-{state}", who, str(change.id), details=more)
        self.table.move(change.id, state, self.keys.now(), who, reason)
        self.keys.refresh()

    def check_in_force(self) -> None:
        """Make sure that two keys are in force.

        Raises:
            NotAllowed: they are not.
        """
        if not self.keys.in_force:
            raise NotAllowed("two keys are not in force here: there is no envelope, nor does ownership.json say so")

    def tell(self) -> None:
        """Tell all listeners, on the loop."""
        for listener in list(self.on_change):
            listener()


def check_reason(reason: str) -> None:
    """Make sure that a reason was given and is not too long.

    Raises:
        NotAllowed: it is too short.
    """
    if len(reason.strip()) < SHORTEST_REASON:
        raise NotAllowed(f"a reason has {SHORTEST_REASON} characters at least: others are to understand it")
