"""Broken glass: one person of OT runs a change without its yeses, for a while and in front of everybody."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from functools import partial

from flowengine.access.api_tokens import TOKEN
from flowengine.access.approval import why_not_himself
from flowengine.access.audit import Audit
from flowengine.access.roles import may
from flowengine.errors import FlowEngineError, NotAllowed
from flowengine.flow.content import POLICY, changed, content_hash
from flowengine.flow.ownership import FILE as OWNERSHIP
from flowengine.flow.ownership import parse_ownership
from flowengine.runtime.flows import Flows
from flowengine.service.answers import Deploy, Deployed
from flowengine.service.changes.book import ChangeBook, Turn, check_reason
from flowengine.service.changes.files import Files, deploy_of
from flowengine.service.changes.two_keys import Permit
from flowengine.service.deploys.deploying import Deploying
from flowengine.service.standing import Standing
from flowengine.service.who import Who
from flowengine.store.changes import Change

LOG = logging.getLogger("flowengine.service")


class BrokenGlass:
    """The one change of a folder that runs alone. Everything belongs on the engine's loop."""

    def __init__(
        self, book: ChangeBook, standing: Standing, deploying: Deploying, audit: Audit, engine: Flows, turn: Turn
    ) -> None:
        self.book, self._keys = book, book.keys
        self._standing, self._deploying = standing, deploying
        self._audit, self._engine, self._turn = audit, engine, turn
        self._alone: Change | None = None
        """The change that runs alone. It is kept in memory: whoever can write the table cannot make it last."""
        self._timer: asyncio.Task[None] | None = None
        self._rung: list[str] = []

    async def begin(self) -> None:
        """End what was open when the engine ended: at a start the approved content runs."""
        for change in await asyncio.to_thread(self.book.table.open):
            if change.state == "glass":
                await self.book.end(change, "expired", "", "the engine was started again: what is approved runs")

    async def stop(self) -> None:
        """Cancel the timer."""
        if self._timer is not None:
            self._timer.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._timer

    async def break_glass(self, id: int, who: Who, reason: str) -> Deployed:
        """Run a change without its yeses, for a while; if they do not come by then, what is approved runs again.

        Raises:
            NotFound: there is no such change.
            NotAllowed: he does not speak for OT, is no operator, gives no reason, or it runs already.
            OutOfDate, DeployInvalid, DeployFailed: see `Service.deploy`.
        """
        check_reason(reason)
        done = await self._turn(partial(self._break, id, who, reason), who)
        self.book.tell()
        return done

    async def _break(self, id: int, who: Who, reason: str) -> Deployed:
        await self._standing.look()
        keys = self._keys
        change, asked = await asyncio.to_thread(self.book.found, id)
        if who.name.startswith(TOKEN) or not may(who.role, "operator") or "ot" not in self.book.present(who.name):
            raise NotAllowed("only a person who speaks for OT, operator at least, breaks the glass")
        if keys.ledger.speaks(who.name, "ot") is None:
            raise NotAllowed(f"the record does not know that {who.name} speaks for OT: an admin gives it once more")
        if why := why_not_himself(who.name, asked, keys.ledger):
            raise NotAllowed(why)
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
        permit = self.book.permit(change, (*trailers, f"Change: {id}"), approves=False)
        try:
            done = await self._deploying.deploy(self._request(change.files, change.message), Who(who.name), permit)
        except FlowEngineError:
            await self.book.end(change, "expired", who.name, "it did not start")
            raise
        self._alone = change
        await asyncio.to_thread(self.book.table.move, id, "glass", keys.now(), who.name, reason, until)
        await asyncio.to_thread(self.book.table.became, id, done.commit)
        self._ring(f"{who.name} runs change {id} alone for {minutes:g} min: {reason}", change)
        self._timer = asyncio.create_task(self._fall_back_later(id, minutes * 60), name="break-glass")
        return done

    async def _fall_back_later(self, id: int, seconds: float) -> None:
        await self._engine.clock.sleep(seconds)
        who = Who("break-glass", "admin")
        while True:
            try:
                await self._turn(partial(self.fall_back, id, who), who)
            except FlowEngineError as error:
                LOG.error("change %d cannot be taken back: %s", id, error)
                self._rung = [f"{self._keys.glass}; it cannot be taken back: {error}"]
                await self._engine.clock.sleep(10.0)
            else:
                break
        self.book.tell()

    async def fall_back(self, id: int, who: Who) -> Deployed:
        """Run what is approved again."""
        await self._standing.look()
        change, kept = self._alone, self._keys.kept
        if change is None or change.id != id or kept is None:
            return Deployed(revisions={})
        live = self._keys.live()
        names = [*changed(live, kept.content), *(name for name in POLICY if name in change.files)]
        back = {name: (live.get(name), kept.content.get(name)) for name in names}
        policy = {name: kept.content.get(name) for name in POLICY}
        trailers = (f"Break-Glass-Ended: change {id}", f"Content-Hash: {content_hash(kept.content)}")
        permit = Permit(content_hash(kept.content), policy, trailers, self.book.written(back), approves=False)
        request = self._request(back, f"Change {id} had not both yeses in time: what is approved runs again")
        done = await self._deploying.deploy(request, who, permit)
        self.quiet()
        back_to = {"back_to": content_hash(kept.content)}
        await asyncio.to_thread(self.book.close_one, change, "expired", "", "it had not both yeses in time", back_to)
        return done

    def _ring(self, text: str, change: Change) -> None:
        """Show it in the list of faults and alarms until it is over."""
        self._keys.glass = text
        LOG.warning("%s", text)
        flows = {one["flow"] for one in change.evidence.get("reaches", ())} & self._engine.flows.keys()
        self._rung = sorted(flows or {*self._engine.flows})[:10]
        for flow in self._rung:
            self._engine.faults.flow_failed(flow, text)

    def quiet(self) -> None:
        """Take it from the list of faults again."""
        self._alone, self._keys.glass = None, ""
        for flow in self._rung:
            self._engine.faults.flow_good(flow)
        self._rung = []

    def _request(self, files: Files, message: str) -> Deploy:
        return deploy_of(files, message, self._standing.live, self._standing.disk)
