"""Changes that reach a machine: asked for, looked at, approved by IT and OT, deployed; or alone, behind broken glass.

Each act is in the record before it counts. What a page shows of a change is kept in a table, and whether it may run is
worked out from the record each time (`access/approval.py`).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Final

import msgspec

from flowengine.access.access import Access
from flowengine.access.api_tokens import TOKEN
from flowengine.access.approval import Standing as Yeses
from flowengine.access.approval import judge, sealed, why_no_voice, why_not_asked
from flowengine.access.audit import Audit
from flowengine.access.ledger import Asked, folded
from flowengine.access.roles import may
from flowengine.access.sides import Grant, Side
from flowengine.errors import FlowEngineError, NotAllowed, NotFound, OutOfDate
from flowengine.flow.content import POLICY, content_hash
from flowengine.flow.diff import FlowDiff, diff
from flowengine.flow.file import connections_file, parse_flow
from flowengine.flow.model import Flow
from flowengine.flow.ownership import FILE as OWNERSHIP
from flowengine.flow.ownership import parse_ownership
from flowengine.flow.project import CONNECTIONS
from flowengine.flow.strict_json import parse_json
from flowengine.runtime.flows import Flows
from flowengine.service.answers import ConnectionsItem, Deploy, Deployed, DeployItem
from flowengine.service.deploying import Deploying
from flowengine.service.standing import Standing
from flowengine.service.two_keys import Judgement, Permit, TwoKeys
from flowengine.service.who import Who
from flowengine.store.changes import Change, Changes
from flowengine.store.revisions import Written, revision_of

LOG = logging.getLogger("flowengine.service")

Files = Mapping[str, tuple[str | None, str | None]]
Turn = Callable[[Callable[[], Coroutine[Any, Any, Deployed]], Who], Awaitable[Deployed]]
Rehearsal = Callable[[Mapping[str, str]], Any]
"""Runs the tests of flows on a content, in whatever time that takes; returns JSON values."""

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


class ChangeRequests:
    """The changes of one folder. Coroutines belong on the engine's loop."""

    def __init__(
        self,
        keys: TwoKeys,
        standing: Standing,
        deploying: Deploying,
        audit: Audit,
        engine: Flows,
        file: Path,
        turn: Turn,
    ) -> None:
        """`file` has the users and the table; `turn` runs deploys one after another."""
        self.rehearsal: Rehearsal | None = None
        self.on_change: list[Callable[[], None]] = []
        """Called on the loop when a change was asked for, approved, ended."""
        self._keys, self._standing, self._deploying = keys, standing, deploying
        self._audit, self._engine, self._file, self._turn = audit, engine, file, turn
        self._table = Changes(file)
        self._access: Access | None = None
        self._timer: asyncio.Task[None] | None = None
        self._rung: list[str] = []

    # --- life ---

    async def begin(self) -> None:
        """End what was open behind broken glass when the engine ended: at a start the approved content runs."""
        for change in await asyncio.to_thread(self._table.open):
            if change.state == "glass":
                await self._end(change, "expired", "", "the engine was started again: what is approved runs")

    async def end(self) -> None:
        """Close what is open."""
        if self._timer is not None:
            self._timer.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._timer
        self._table.close()
        if self._access is not None:
            self._access.close()

    # --- looking ---

    async def all(self) -> list[ChangeView]:
        """Return the changes, the newest first, without their differences."""
        return await asyncio.to_thread(lambda: [self._view(one) for one in self._refreshed()])

    async def get(self, id: int) -> ChangeView:
        """Return one with its differences.

        Raises:
            NotFound: there is none of that number.
        """

        def look() -> ChangeView:
            self._keys.refresh()
            view = self._view(self._table.get(id))
            return replace(view, diffs=tuple(differences(view.change.files)))

        return await asyncio.to_thread(look)

    def waiting(self) -> int:
        """Return how many wait; from any thread."""
        return len(self._table.open())

    def _refreshed(self) -> list[Change]:
        self._keys.refresh()
        return self._table.all()

    def _view(self, change: Change) -> ChangeView:
        asked = self._keys.ledger.asked.get(change.id)
        why_not = self._why_not(change, asked)
        yeses = Yeses((), {}) if asked is None else self._yeses(asked)
        return ChangeView(change, yeses, why_not)

    def _why_not(self, change: Change, asked: Asked | None) -> str:
        if change.state not in ("open", "glass"):
            return f"it is {change.state}"
        content, base = content_hash(self._after(change)), content_hash(self._base(change))
        return why_not_asked(asked, self._keys.seal, self._keys.now(), content, base)

    def _yeses(self, asked: Asked) -> Yeses:
        return judge(asked, self._keys.ledger, self._present, self._keys.seal, self._keys.now())

    def _present(self, who: str) -> Mapping[Side, Grant]:
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
        if change.state == "glass" and self._keys.kept is not None:
            return self._keys.kept.content
        return self._keys.live()

    def _after(self, change: Change) -> dict[str, str]:
        """Return what would run."""
        found = dict(self._base(change))
        for name, (_, text) in change.files.items():
            if text is None:
                found.pop(name, None)
            else:
                found[name] = text
        return found

    # --- asking ---

    async def ask(self, request: Deploy | None, who: Who, message: str = "") -> ChangeView:
        """Ask for the yeses to a deploy; None: to all that was changed outside.

        Raises:
            NotAllowed: two keys are not in force, or the change reaches no machine.
            OutOfDate: a base is not what stands on disk.
            DeployInvalid: what would run has errors.
        """
        self._check_in_force()
        await self._standing.look()
        if request is None:
            files: Files = await asyncio.to_thread(self._keys.outside)
            request = self._request(files, message)
        else:
            files = {}
        candidate = await self._deploying.checked(request, who)
        if not files:
            before = self._keys.live()
            texts = {candidate.files[name].name: text for name, text in candidate.texts.items()}
            files = {name: (before.get(name), text) for name, text in texts.items() if before.get(name) != text}
        if not files:
            raise NotAllowed("nothing differs from what runs")
        policy = {name: files[name][1] for name in POLICY if name in files}
        return await asyncio.to_thread(self._ask, files, policy, candidate.after, message or request.message, who)

    def _ask(self, files: Files, policy: Mapping[str, str | None], after: Any, message: str, who: Who) -> ChangeView:
        keys = self._keys
        base = keys.live()
        kept = {name: base.get(name) for name in POLICY} | dict(policy)
        content = keys.content_of(after, kept)
        broken = parse_ownership(content.get(OWNERSHIP)).problems
        if broken:
            raise NotAllowed(f"{broken[0]}")
        judgement = keys.judge(self._standing.live, after, base, content)
        if not judgement.needed:
            raise NotAllowed("it reaches no machine: deploy it")
        evidence = self._evidence(judgement, content)
        keys.refresh()
        hashes = content_hash(content), content_hash(base)
        id = 1 + max([self._table.highest(), *keys.ledger.asked])
        seal = keys.seal.of(*sealed("requested", id, who.name, *hashes))
        details = {"content": hashes[0], "base": hashes[1], "reaches": str(judgement), "seal": seal}
        self._withdraw_older(who, files)
        self._audit.record("change-requested", who.name, str(id), details=details)
        change = Change(id, who.name, keys.now(), message, "open", hashes[1], hashes[0], files, evidence)
        self._table.add(change)
        self._tell()
        keys.refresh()
        return replace(self._view(change), diffs=tuple(differences(files)))

    def _evidence(self, judgement: Judgement, content: Mapping[str, str]) -> dict[str, Any]:
        found: dict[str, Any] = {
            "reaches": msgspec.to_builtins(judgement.impact.machines),
            "changed": list(judgement.impact.changed[:1000]),
            "policy": list(judgement.policy),
            "unknown": list(judgement.unknown),
        }
        if self.rehearsal is not None:
            found["tests"] = self.rehearsal(content)
        return found

    def _withdraw_older(self, who: Who, files: Files) -> None:
        """Take back what the same author asked for before about any of these files: he has gone on editing."""
        for older in self._table.open():
            if older.state == "open" and folded(older.author) == folded(who.name) and older.files.keys() & files.keys():
                self._close(older, "withdrawn", who.name, "asked for anew")

    # --- deciding ---

    async def approve(self, id: int, who: Who, side: Side, content: str) -> ChangeView:
        """Say yes for a side to exactly the content that was looked at. The caller has made sure that it is he.

        Raises:
            NotFound: there is no such change.
            NotAllowed: he cannot say yes to it; says why.
            OutOfDate: it is not what he has looked at, or cannot run any more.
        """
        view = await asyncio.to_thread(self._approve, id, who, side, content)
        self._tell()
        return view

    def _approve(self, id: int, who: Who, side: Side, content: str) -> ChangeView:
        self._check_in_force()
        keys, change, asked = self._keys, *self._found(id)
        if content != asked.content:
            raise OutOfDate("that is not what you have looked at: look again")
        grant = {} if who.name.startswith(TOKEN) else self._present(who.name)
        reason = why_no_voice(who.name, side, asked, keys.ledger, grant.get(side))
        if reason:
            raise NotAllowed(reason)
        given = grant[side].id
        seal = keys.seal.of(*sealed("approved", id, who.name, side, content, given))
        details = {"side": side, "content": content, "grant": given, "seal": seal}
        self._audit.record("change-approved", who.name, str(id), details=details)
        keys.refresh()
        return replace(self._view(change), diffs=tuple(differences(change.files)))

    async def reject(self, id: int, who: Who, reason: str) -> ChangeView:
        """Say no, for a side.

        Raises:
            NotFound: there is no such change.
            NotAllowed: it is not open, or he speaks for no side, or gives no reason.
        """
        _check_reason(reason)
        change = await asyncio.to_thread(self._open, id)
        if who.name.startswith(TOKEN) or not self._present(who.name):
            raise NotAllowed(f"{who.name} speaks for neither side")
        await self._end(change, "rejected", who.name, reason)
        return await self.get(id)

    async def withdraw(self, id: int, who: Who) -> ChangeView:
        """Take a change back.

        Raises:
            NotFound: there is no such change.
            NotAllowed: it is not open, or somebody else's.
        """
        change = await asyncio.to_thread(self._open, id)
        if folded(change.author) != folded(who.name) and not may(who.role, "admin"):
            raise NotAllowed(f"it is {change.author}'s: he or an admin takes it back; who speaks for a side rejects it")
        await self._end(change, "withdrawn", who.name, "")
        return await self.get(id)

    # --- deploying ---

    async def deploy(self, id: int, who: Who) -> Deployed:
        """Run what has both yeses.

        Raises:
            NotFound: there is no such change.
            NotAllowed: a yes is missing; says which, and why one that was given does not count.
            OutOfDate, DeployInvalid, DeployFailed: see `Service.deploy`.
        """
        done = await self._turn(partial(self._deploy, id, who), who)
        self._tell()
        return done

    async def _deploy(self, id: int, who: Who) -> Deployed:
        await self._standing.look()
        change, yeses = await asyncio.to_thread(self._ready, id)
        trailers = (
            f"Approved-IT: {yeses.by['it']}",
            f"Approved-OT: {yeses.by['ot']}",
            f"Content-Hash: {change.content}",
            f"Change: {id}",
        )
        permit = self._permit(change, trailers)
        if change.state == "glass":  # it runs already
            self._quiet()
            await self._keys.moved(self._standing.live, who, permit)
            done = Deployed(revisions={})
        else:
            done = await self._deploying.deploy(self._request(change.files, change.message), who, permit)
        details = {"content": change.content, "it": yeses.by["it"], "ot": yeses.by["ot"], "commit": done.commit}
        await asyncio.to_thread(self._close, change, "deployed", who.name, "", details)
        await asyncio.to_thread(self._table.became, id, done.commit)
        await asyncio.to_thread(self._expire_others, id)
        return done

    def _ready(self, id: int) -> tuple[Change, Yeses]:
        """Return a change that may run."""
        self._check_in_force()
        change, asked = self._found(id)
        yeses = self._yeses(asked)
        if yeses.missing:
            reasons = [f"{one.yes.who}'s does not count: {one.why_not}" for one in yeses.yeses if one.why_not]
            sides = " and ".join(side.upper() for side in yeses.missing)
            raise NotAllowed("; ".join([f"the yes of {sides} is missing", *reasons]))
        return change, yeses

    def _expire_others(self, id: int) -> None:
        """End what was asked for on top of what runs no longer."""
        for other in self._table.open():
            if other.id != id and other.state == "open":
                self._close(other, "expired", "", f"change {id} came first: ask again on top of it")

    def _permit(self, change: Change, trailers: tuple[str, ...], approves: bool = True) -> Permit:
        before = self._keys.kept.content if self._keys.kept is not None else {}
        policy = {name: change.files[name][1] if name in change.files else before.get(name) for name in POLICY}
        return Permit(change.content, policy, trailers, self._written(change.files), approves)

    def _written(self, files: Files) -> tuple[Written, ...]:
        folder = self._standing.folder
        return tuple(Written(folder / name, after, before) for name, (before, after) in files.items())

    def _request(self, files: Files, message: str) -> Deploy:
        """Return files as a deploy; what stands on disk already, changed outside, is as good a base as what runs."""
        live, disk = self._standing.live, self._standing.disk
        flows: dict[str, DeployItem] = {}
        connections = None
        by_file = {
            Path(file.json.file).name: name for name, file in {**live.project.flows, **disk.project.flows}.items()
        }
        for file, (_, text) in files.items():
            if file in POLICY:
                continue
            json = parse_json(text, file) if text is not None else None
            stated = json.value.get("name") if json is not None and isinstance(json.value, dict) else None
            name = CONNECTIONS if file == CONNECTIONS else stated or by_file.get(file) or Path(file).stem
            there = disk.revision(name)
            base = there if there == (revision_of(text) if text is not None else "") else live.revision(name)
            value = json.value if json is not None else None
            if file == CONNECTIONS:
                connections = ConnectionsItem(base, (value or {}).get("connections", {}))
            else:
                flows[name] = DeployItem(base, value)
        return Deploy(flows, connections, message)

    # --- broken glass ---

    async def break_glass(self, id: int, who: Who, reason: str) -> Deployed:
        """Run a change without its yeses, for a while; if they do not come by then, what is approved runs again.

        Raises:
            NotFound: there is no such change.
            NotAllowed: he does not speak for OT, is no operator, gives no reason, or it runs already.
            OutOfDate, DeployInvalid, DeployFailed: see `Service.deploy`.
        """
        _check_reason(reason)
        done = await self._turn(partial(self._break, id, who, reason), who)
        self._tell()
        return done

    async def _break(self, id: int, who: Who, reason: str) -> Deployed:
        await self._standing.look()
        keys = self._keys
        change, asked = await asyncio.to_thread(self._found, id)
        if who.name.startswith(TOKEN) or not may(who.role, "operator") or "ot" not in self._present(who.name):
            raise NotAllowed("only a person who speaks for OT, operator at least, breaks the glass")
        if keys.ledger.speaks(who.name, "ot") is None:
            raise NotAllowed(f"the record does not know that {who.name} speaks for OT: an admin gives it once more")
        if keys.glass:
            raise NotAllowed(f"{keys.glass}: one at a time")
        assert keys.kept is not None
        minutes = parse_ownership(keys.kept.content.get(OWNERSHIP)).ownership.shape.break_glass
        until = keys.now() + minutes * 60
        details = {"content": change.content, "base": asked.base, "reason": reason, "until": until}
        await asyncio.to_thread(self._audit.record, "change-glass", who.name, str(id), details=details)
        trailers = (
            f"Break-Glass: {who.name}",
            f"Reason: {' '.join(reason.split())}",
            f"Content-Hash: {change.content}",
        )
        permit = self._permit(change, (*trailers, f"Change: {id}"), approves=False)
        try:
            done = await self._deploying.deploy(self._request(change.files, change.message), Who(who.name), permit)
        except FlowEngineError:
            await self._end(change, "expired", who.name, "it did not start")
            raise
        await asyncio.to_thread(self._table.move, id, "glass", keys.now(), who.name, reason, until)
        await asyncio.to_thread(self._table.became, id, done.commit)
        self._ring(f"{who.name} runs change {id} alone for {minutes:g} min: {reason}", change)
        self._timer = asyncio.create_task(self._fall_back_later(id, minutes * 60), name="break-glass")
        return done

    async def _fall_back_later(self, id: int, seconds: float) -> None:
        await self._engine.clock.sleep(seconds)
        who = Who("break-glass", "admin")
        while True:
            try:
                await self._turn(partial(self._fall_back, id, who), who)
            except FlowEngineError as error:
                LOG.error("change %d cannot be taken back: %s", id, error)
                self._rung = [f"{self._keys.glass}; it cannot be taken back: {error}"]
                await self._engine.clock.sleep(10.0)
            else:
                break
        self._tell()

    async def _fall_back(self, id: int, who: Who) -> Deployed:
        """Run what is approved again."""
        await self._standing.look()
        change = await asyncio.to_thread(self._table.get, id)
        kept = self._keys.kept
        if change.state != "glass" or kept is None:
            return Deployed(revisions={})
        back = {name: (after, kept.content.get(name)) for name, (_, after) in change.files.items()}
        policy = {name: kept.content.get(name) for name in POLICY}
        trailers = (f"Break-Glass-Ended: change {id}", f"Content-Hash: {content_hash(kept.content)}")
        permit = Permit(content_hash(kept.content), policy, trailers, self._written(back), approves=False)
        request = self._request(back, f"Change {id} had not both yeses in time: what is approved runs again")
        done = await self._deploying.deploy(request, who, permit)
        self._quiet()
        back_to = {"back_to": content_hash(kept.content)}
        await asyncio.to_thread(self._close, change, "expired", "", "it had not both yeses in time", back_to)
        return done

    def _ring(self, text: str, change: Change) -> None:
        """Say so where everybody looks, until it is over."""
        self._keys.glass = text
        LOG.warning("%s", text)
        flows = {one["flow"] for one in change.evidence.get("reaches", ())} & self._engine.flows.keys()
        self._rung = sorted(flows or {*self._engine.flows})[:10]
        for flow in self._rung:
            self._engine.faults.flow_failed(flow, text)

    def _quiet(self) -> None:
        self._keys.glass = ""
        for flow in self._rung:
            self._engine.faults.flow_good(flow)
        self._rung = []

    # --- ends ---

    def _found(self, id: int) -> tuple[Change, Asked]:
        """Return a change that may still be decided on, read anew from the record."""
        change = self._table.get(id)
        self._keys.refresh()
        asked = self._keys.ledger.asked.get(id)
        reason = self._why_not(change, asked)
        if reason:
            raise OutOfDate(f"change {id} cannot run: {reason}")
        assert asked is not None
        return change, asked

    def _open(self, id: int) -> Change:
        change = self._table.get(id)
        if change.state != "open":
            raise NotAllowed(f"change {id} is not open: it is {change.state}")
        return change

    async def _end(self, change: Change, state: Any, who: str, reason: str) -> None:
        await asyncio.to_thread(self._close, change, state, who, reason)
        self._tell()

    def _close(
        self, change: Change, state: Any, who: str, reason: str, details: Mapping[str, Any] | None = None
    ) -> None:
        more = {**(details or {}), **({"reason": reason} if reason else {})}
        self._audit.record(f"change-{state}", who, str(change.id), details=more)
        self._table.move(change.id, state, self._keys.now(), who, reason)
        self._keys.refresh()

    def _check_in_force(self) -> None:
        if not self._keys.in_force:
            raise NotAllowed("two keys are not in force here: there is no envelope, nor does ownership.json say so")

    def _tell(self) -> None:
        for listener in list(self.on_change):
            listener()


def differences(files: Files) -> list[FlowDiff]:
    """Return what changes in flows and connections; files of the policy are compared as text."""
    found = []
    for name, (before, after) in files.items():
        if name in POLICY:
            continue
        old, new = (_flow(name, text) for text in (before, after))
        if old is not None or new is not None:
            found.append(diff(old, new))
    return found


def _flow(file: str, text: str | None) -> Flow | None:
    if text is None:
        return None
    if file == CONNECTIONS:
        return Flow(name=CONNECTIONS, connections=connections_file(parse_json(text, file)).connections)
    return parse_flow(text, file).flow


def _check_reason(reason: str) -> None:
    if len(reason.strip()) < SHORTEST_REASON:
        raise NotAllowed(f"a reason has {SHORTEST_REASON} characters at least: others are to understand it")
