"""Changes that reach a machine: asked for, approved by IT and OT, deployed.

Each act is in the record before it counts. What a page shows of a change is kept in a table, and whether it may run is
worked out from the record each time (`access/approval.py`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from flowengine.access.api_tokens import TOKEN
from flowengine.access.approval import Standing as Yeses
from flowengine.access.approval import sealed, why_no_voice
from flowengine.access.audit import Audit
from flowengine.access.ledger import folded
from flowengine.access.roles import may
from flowengine.access.sides import SIDES, Side
from flowengine.errors import NotAllowed, OutOfDate
from flowengine.flow.content import POLICY, content_hash
from flowengine.runtime.flows import Flows
from flowengine.safety.owned import check_owned
from flowengine.service.answers import Deploy, Deployed
from flowengine.service.changes.book import ChangeBook, ChangeView, Turn, check_reason
from flowengine.service.changes.broken_glass import BrokenGlass
from flowengine.service.changes.files import Files, deploy_of
from flowengine.service.changes.simulations import Simulations
from flowengine.service.changes.two_keys import Judgement, TwoKeys
from flowengine.service.deploys.deploying import Deploying
from flowengine.service.standing import Standing
from flowengine.service.who import Who
from flowengine.store.changes import Change

Rehearsal = Callable[[Mapping[str, str]], Any]
"""Runs the tests of flows on a content, in whatever time that takes; returns JSON values."""


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
        self.book = ChangeBook(keys, standing.folder, audit, file)
        self.simulations = Simulations(self.book)
        self.glass = BrokenGlass(self.book, standing, deploying, audit, engine, turn)
        self.all, self.get, self.waiting = self.book.all, self.book.get, self.book.waiting
        self.break_glass = self.glass.break_glass
        self.on_change = self.book.on_change
        self._keys, self._standing, self._deploying = keys, standing, deploying
        self._audit, self._turn = audit, turn

    # --- life ---

    async def begin(self) -> None:
        """End what ran alone when the engine ended, and note what it had deployed when it was killed."""
        await self.glass.begin()
        await asyncio.to_thread(self._note_deployed)

    def _note_deployed(self) -> None:
        ledger = self._keys.ledger
        for change in self.book.table.open():
            asked = ledger.asked.get(change.id)
            if change.state != "open" or asked is None or asked.ended or asked.content != ledger.content:
                continue
            by = self.book.yeses(asked).by
            if len(by) == len(SIDES):
                details = {"content": asked.content, "it": by["it"], "ot": by["ot"]}
                self.book.close_one(change, "deployed", "", "", details)
                self._expire_others(change.id)

    async def end(self) -> None:
        """Stop simulations and timers, and close the table."""
        await self.glass.stop()
        await self.simulations.end()
        self.book.shut()

    # --- asking ---

    async def ask(self, request: Deploy | None, who: Who, message: str = "") -> ChangeView:
        """Ask for the yeses to a deploy; None: to all that was changed outside.

        Raises:
            NotAllowed: two keys are not in force, or the change reaches no machine.
            OutOfDate: a base is not what stands on disk.
            DeployInvalid: what would run has errors.
        """
        self.book.check_in_force()
        await self._standing.look()
        if request is None:
            files: Files = await asyncio.to_thread(self._keys.outside)
            request = deploy_of(files, message, self._standing.live, self._standing.disk)
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
        text = message or request.message
        view = await asyncio.to_thread(self._ask, files, policy, candidate.after, text, who)
        self.simulations.begin(view.change)
        self.book.tell()
        return view

    def _ask(self, files: Files, policy: Mapping[str, str | None], after: Any, message: str, who: Who) -> ChangeView:
        keys = self._keys
        base = keys.live()
        kept = {name: base.get(name) for name in POLICY} | dict(policy)
        content = keys.content_of(after, kept)
        broken = check_owned(content)
        if broken:
            raise NotAllowed(f"{broken[0]}")
        judgement = keys.judge(self._standing.live, after, base, content)
        if not judgement.needed:
            raise NotAllowed("it reaches no machine: deploy it")
        evidence = self._evidence(judgement, content)
        keys.refresh()
        hashes = content_hash(content), content_hash(base)
        id = 1 + max([self.book.table.highest(), *keys.ledger.asked])
        seal = keys.seal.of(*sealed("requested", id, who.name, *hashes))
        details = {"content": hashes[0], "base": hashes[1], "reaches": str(judgement), "seal": seal}
        self._withdraw_older(who, files)
        self._audit.record("change-requested", who.name, str(id), details=details)
        change = Change(id, who.name, keys.now(), message, "open", hashes[1], hashes[0], files, evidence)
        self.book.add(change)
        keys.refresh()
        return self.book.whole(self.book.table.get(id))

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
        for older in self.book.table.open():
            if older.state == "open" and folded(older.author) == folded(who.name) and older.files.keys() & files.keys():
                self.book.close_one(older, "withdrawn", who.name, "asked for anew")

    # --- deciding ---

    async def approve(self, id: int, who: Who, side: Side, content: str) -> ChangeView:
        """Say yes for a side to exactly the content that was looked at. The caller has made sure that it is he.

        Raises:
            NotFound: there is no such change.
            NotAllowed: he cannot say yes to it; says why.
            OutOfDate: it is not what he has looked at, or cannot run any more.
        """
        view = await asyncio.to_thread(self._approve, id, who, side, content)
        self.book.tell()
        return view

    def _approve(self, id: int, who: Who, side: Side, content: str) -> ChangeView:
        self.book.check_in_force()
        keys, change, asked = self._keys, *self.book.found(id)
        if content != asked.content:
            raise OutOfDate("that is not what you have looked at: look again")
        grant = {} if who.name.startswith(TOKEN) else self.book.present(who.name)
        reason = why_no_voice(who.name, side, asked, keys.ledger, grant.get(side))
        if reason:
            raise NotAllowed(reason)
        given = grant[side].id
        seal = keys.seal.of(*sealed("approved", id, who.name, side, content, given))
        details = {"side": side, "content": content, "grant": given, "seal": seal}
        self._audit.record("change-approved", who.name, str(id), details=details)
        keys.refresh()
        return self.book.whole(change)

    async def reject(self, id: int, who: Who, reason: str) -> ChangeView:
        """Say no, for a side.

        Raises:
            NotFound: there is no such change.
            NotAllowed: it is not open, or he speaks for no side, or gives no reason.
        """
        check_reason(reason)
        change = await asyncio.to_thread(self.book.open, id)
        if who.name.startswith(TOKEN) or not self.book.present(who.name):
            raise NotAllowed(f"{who.name} speaks for neither side")
        await self.book.end(change, "rejected", who.name, reason)
        return await self.book.get(id)

    async def withdraw(self, id: int, who: Who) -> ChangeView:
        """Take a change back.

        Raises:
            NotFound: there is no such change.
            NotAllowed: it is not open, or somebody else's.
        """
        change = await asyncio.to_thread(self.book.open, id)
        if folded(change.author) != folded(who.name) and not may(who.role, "admin"):
            raise NotAllowed(f"it is {change.author}'s: he or an admin takes it back; who speaks for a side rejects it")
        await self.book.end(change, "withdrawn", who.name, "")
        return await self.book.get(id)

    # --- deploying ---

    async def deploy(self, id: int, who: Who) -> Deployed:
        """Run what has both yeses.

        Raises:
            NotFound: there is no such change.
            NotAllowed: a yes is missing; says which, and why one that was given does not count.
            OutOfDate, DeployInvalid, DeployFailed: see `Service.deploy`.
        """
        done = await self._turn(partial(self._deploy, id, who), who)
        self.book.tell()
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
        permit = self.book.permit(change, trailers)
        if change.state == "glass":  # it runs already
            await self._keys.check(self._standing.live, permit)
            self.glass.quiet()
            await self._keys.moved(self._standing.live, who, permit)
            done = Deployed(revisions={})
        else:
            request = deploy_of(change.files, change.message, self._standing.live, self._standing.disk)
            done = await self._deploying.deploy(request, who, permit)
        details = {"content": change.content, "it": yeses.by["it"], "ot": yeses.by["ot"], "commit": done.commit}
        await asyncio.to_thread(self.book.close_one, change, "deployed", who.name, "", details)
        await asyncio.to_thread(self.book.table.became, id, done.commit)
        await asyncio.to_thread(self._expire_others, id)
        return done

    def _ready(self, id: int) -> tuple[Change, Yeses]:
        """Return an open change that has both yeses, read anew from the record."""
        self.book.check_in_force()
        change, asked = self.book.found(id)
        yeses = self.book.yeses(asked)
        if yeses.missing:
            reasons = [f"{one.yes.who}'s does not count: {one.why_not}" for one in yeses.yeses if one.why_not]
            sides = " and ".join(side.upper() for side in yeses.missing)
            raise NotAllowed("; ".join([f"the yes of {sides} is missing", *reasons]))
        return change, yeses

    def _expire_others(self, id: int) -> None:
        """End what was asked for on top of what runs no longer."""
        for other in self.book.table.open():
            if other.id != id and other.state == "open":
                self.book.close_one(other, "expired", "", f"change {id} came first: ask again on top of it")
