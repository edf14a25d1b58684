"""Two keys at the gate of every deploy: what reaches a machine passes only with a permit, which two yeses give.

What has both yeses is kept apart (`access/approved.py`) and runs at a start, whatever the files hold by then. Two keys
are in force where there is an envelope, or `ownership.json` says so: the approved ones, so that nobody switches them
off by a file.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from flowengine import settings
from flowengine.access.approved import Approved, Kept
from flowengine.access.audit import Audit
from flowengine.access.ledger import DAMAGED, Ledger
from flowengine.access.seal import Seal
from flowengine.clock import Clock
from flowengine.errors import FlowInvalid, NeedsTwoKeys, NotAllowed, NotKept, OutOfDate
from flowengine.flow.content import ENVELOPE, POLICY, canonical, changed, content_hash, text_of
from flowengine.flow.file import connections_file, parse_flow, write_text
from flowengine.flow.impact import Impact, impact
from flowengine.flow.ownership import FILE as OWNERSHIP
from flowengine.flow.ownership import Ownership, parse_ownership
from flowengine.flow.plan import Plan, plan_flow
from flowengine.flow.project import CONNECTIONS
from flowengine.flow.strict_json import parse_json
from flowengine.safety.envelope import parse_envelope
from flowengine.safety.foreseen import Foreseen, foresee_all
from flowengine.safety.owned import owned_content
from flowengine.service.checking import Checking
from flowengine.service.contents import Contents, path_of
from flowengine.service.deploys.candidate import touched
from flowengine.service.standing import Standing
from flowengine.service.who import Who
from flowengine.store.revisions import Written, revision_of

LOG = logging.getLogger("flowengine.service")

APPROVED: Final = "approved"
"""The folder, in that of what the engine keeps, where the approved envelope is read."""


@dataclass(frozen=True)
class Permit:
    """A permit: with it exactly one content passes the gate."""

    content: str
    """The hash of what may run."""
    policy: Mapping[str, str | None]
    """The files of the policy as they will be: envelope.json, ownership.json."""
    trailers: tuple[str, ...] = ()
    """What the commit says at its end."""
    files: tuple[Written, ...] = ()
    """All files that it is about, so that they are in one commit."""
    approves: bool = True
    """Whether what runs then has both yeses; else it runs for a while only."""

    def text(self, message: str) -> str:
        """Return the message of the commit."""
        return "\n".join([message.rstrip(), "", *self.trailers]) + "\n" if self.trailers else message

    def written(self, done: list[Written]) -> list[Written]:
        """Return what goes into the commit: what was written, and what stood there already."""
        there = {one.file for one in done}
        return [*done, *(one for one in self.files if one.file not in there)]


@dataclass(frozen=True)
class Judgement:
    """What a change can reach, and whether it needs both yeses."""

    impact: Impact = field(default_factory=Impact)
    policy: tuple[str, ...] = ()
    """The files of the policy that differ."""
    unknown: tuple[str, ...] = ()
    """Flows that cannot be planned, so that what they reach is not known."""

    @property
    def needed(self) -> bool:
        """Whether it reaches a machine, or may."""
        return bool(self.impact.machines or self.policy or self.unknown)

    def __str__(self) -> str:
        reached = [f"{one.flow}/{one.node}" for one in self.impact.machines]
        reached += [*self.policy, *(f"{name}, which cannot be planned" for name in self.unknown)]
        return ", ".join(reached[:10]) + (f" and {len(reached) - 10} more" if len(reached) > 10 else "")


class TwoKeys:
    """The gate of one folder; the caller sees to it that one deploy runs at a time."""

    def __init__(
        self, path: Path, folder: Path, standing: Standing, checking: Checking, audit: Audit, clock: Clock
    ) -> None:
        """`path` is that of the flows, `folder` where the engine keeps what it keeps."""
        self.seal = Seal(folder)
        self.ledger = Ledger(audit.folder)
        self.approved = Approved(folder, self.seal)
        self.kept: Kept | None = None
        """What is approved; None: two keys are not in force."""
        self.on_envelope: Callable[[Path, str | None], None] = lambda file, approved: None
        """Told where the envelope stands that is to be held, and its approved text; None: two keys are not in force."""
        self.glass = ""
        """Says who has broken the glass, for which change and until when; empty: nobody."""
        self._path, self._folder = path, folder
        self._standing, self._checking, self._audit, self._clock = standing, checking, audit, clock

    @property
    def in_force(self) -> bool:
        """Whether a change that reaches a machine needs both yeses."""
        return self.kept is not None

    def now(self) -> float:
        """Return the time; a clock that was set back does not make old yeses young."""
        return max(self._clock.now(), self.ledger.latest)

    def refresh(self) -> None:
        """Read on in the record; where it is not as it was written, that is recorded."""
        self.ledger.refresh()
        if self.ledger.damage:
            LOG.error(
                "the record is not as it was written: %s; yeses and sides before that do not count", self.ledger.damage
            )
            self._audit.record(DAMAGED, details={"where": self.ledger.damage})
            self.ledger.damage = ""
            self.ledger.refresh()

    # --- the start ---

    async def begin(self) -> None:
        """Decide what runs, and which envelope holds.

        Raises:
            NotAllowed: what is approved is not what the record names.
        """
        await asyncio.to_thread(self._begin)

    def _begin(self) -> None:
        self.refresh()
        self.kept = self.approved.read(self.ledger)
        disk = self._standing.disk
        there = self.content_of(disk, self._policy_on_disk())
        if self.kept is None:
            if _rule(there).in_force(ENVELOPE in there):
                LOG.info("two keys are in force: what runs now counts as approved")
                self._approve(there, "", "two-keys")
            return
        if names := changed(self.kept.content, there):
            approved = self.contents(self.kept.content)
            judgement = self.judge(approved, disk, self.kept.content, there)
            if not judgement.needed:
                self._approve(there, "", "content")
                return
            LOG.warning("not approved, so not run: %s differ and reach %s", ", ".join(names), judgement)
            self._standing.live = approved
        self.hold()

    def hold(self) -> None:
        """Have the approved envelope held, from a place of its own; where it is the one beside the flows, newly signed
        perhaps, with the signature that stands there."""
        beside = self._standing.folder / ENVELOPE
        if self.kept is None:
            self.on_envelope(beside, None)
            return
        text, signature = self.kept.content.get(ENVELOPE), self.kept.signature
        there = text_of(beside)
        if text is not None and there is not None and canonical(ENVELOPE, there) == text:
            signature = text_of(Path(f"{beside}.sig")) or signature
        folder = self._folder / APPROVED
        folder.mkdir(exist_ok=True)
        file = folder / ENVELOPE
        for place, wanted in ((file, text), (Path(f"{file}.sig"), signature)):
            if not wanted:
                place.unlink(missing_ok=True)
            elif text_of(place) != wanted:
                write_text(place, wanted)
        self.on_envelope(file, text or "")

    # --- what runs, as a content ---

    def content_of(self, contents: Contents, policy: Mapping[str, str | None] | None = None) -> dict[str, str]:
        """Return a content: flows and connections as given, the policy as given or as approved."""
        files = [(path_of(file).name, file.json.text) for file in contents.project.flows.values()]
        if contents.project.shared is not None:
            files.append((CONNECTIONS, contents.project.shared.json.text))
        found = {name: canonical(name, text) for name, text in files}
        if policy is None:
            policy = {name: self.kept.content.get(name) for name in POLICY} if self.kept is not None else {}
        return found | {name: text for name, text in policy.items() if text is not None}

    def live(self) -> dict[str, str]:
        """Return the content that runs."""
        return self.content_of(self._standing.live)

    def contents(self, content: Mapping[str, str]) -> Contents:
        """Return a content as flows that could run, in the places where their files belong."""
        disk, folder = self._standing.disk, self._standing.folder
        found, names = disk, set()
        for file, text in content.items():
            if file == CONNECTIONS:
                found = found.with_connections(
                    connections_file(parse_json(text, str(folder / file))), revision_of(text)
                )
            elif file not in POLICY:
                parsed = parse_flow(text, str(folder / file))
                names.add(parsed.name)
                known = disk.project.flows.get(parsed.name)
                if known is None or canonical(path_of(known).name, known.json.text) != text:
                    found = found.with_flow(parsed, revision_of(text))
        for name in disk.project.flows:
            if name not in names:
                found = found.without(name)
        if CONNECTIONS not in content:
            found = found.with_connections(None, "")
        if self._path.is_file():  # one flow was asked for, not all of its folder
            chosen = tuple(name for name in found.project.chosen if name in disk.project.chosen)
            found = replace(found, project=replace(found.project, chosen=chosen))
        return found

    def _policy_on_disk(self) -> dict[str, str | None]:
        found: dict[str, str | None] = {}
        for name in POLICY:
            text = text_of(self._standing.folder / name)
            found[name] = None if text is None else canonical(name, text)
        return found

    def outside(self) -> dict[str, tuple[str | None, str | None]]:
        """Return all files that were changed outside: what is approved to run, and what stands there."""
        before = self.live()
        after = self.content_of(self._standing.disk, self._policy_on_disk())
        return {name: (before.get(name), after.get(name)) for name in changed(before, after)}

    # --- the gate ---

    def judge(self, before: Contents, after: Contents, was: Mapping[str, str], content: Mapping[str, str]) -> Judgement:
        """Say what the change from one content to another can reach."""
        running = self._standing.running() if before is self._standing.live else {}
        old, _ = self._plans(before, running)
        names = set(after.differing(before))
        moved = names | set(touched(before, after, names))
        new, unknown = self._plans(after, {name: plan for name, plan in old.items() if name not in moved})
        policy = tuple(name for name in POLICY if was.get(name) != content.get(name))
        around = self._checking.around(after.project)
        rules = [owned_content(one, around.registry, around.environment, settings.secret) for one in (content, was)]
        return Judgement(impact(old, new, *rules), policy, tuple(sorted(moved & set(unknown))))

    def _plans(
        self, contents: Contents, known: Mapping[str, Plan], wanted: Collection[str] | None = None
    ) -> tuple[dict[str, Plan], list[str]]:
        """Return the plans of all flows, or of those that are wanted, and the names of those that have none."""
        around = self._checking.around(contents.project)
        found, unknown = {}, []
        for flow in contents.project.runnable():
            if wanted is not None and flow.name not in wanted:
                continue
            if flow.name in known:
                found[flow.name] = known[flow.name]
                continue
            try:
                file = contents.file(flow.name)
                found[flow.name] = plan_flow(
                    file, contents.project, around.registry, around.environment, settings.secret
                )
            except FlowInvalid:
                unknown.append(flow.name)
        return found, unknown

    def foreseen(self, content: Mapping[str, str], reached: Sequence[tuple[str, str]]) -> tuple[Foreseen, ...]:
        """Hold what a content would write to machines against the envelope in it; nothing where that has errors."""
        if ENVELOPE not in content:
            return ()
        contents, flows = self.contents(content), {flow for flow, _ in reached}
        around = self._checking.around(contents.project)
        found = parse_envelope(content[ENVELOPE], around.registry, around.environment, secrets=settings.secret)
        if found.envelope is None or not found.sound:
            return ()
        plans, _ = self._plans(contents, {}, flows)
        return tuple(foresee_all(found, reached, plans, contents.project))

    async def check(self, after: Contents, permit: Permit | None = None) -> None:
        """Let a change pass the gate, or refuse it.

        Raises:
            NeedsTwoKeys: it reaches a machine.
            OutOfDate: what would run is not what the permit is for.
            NotAllowed: somebody's act alone runs just now.
        """
        if self.kept is None:
            return
        if permit is not None:
            content = self.content_of(after, permit.policy)
            if content_hash(content) != permit.content:
                raise OutOfDate("what would run is not what was approved: ask again")
            return
        if self.glass:
            raise NotAllowed(f"{self.glass}; until that has both yeses, or has fallen back, nothing else is deployed")
        judgement = await asyncio.to_thread(self.judged, after)
        if judgement.needed:
            raise NeedsTwoKeys(f"it reaches {judgement}: that needs one yes from IT and one from OT", judgement)

    def judged(self, after: Contents) -> Judgement:
        """Say what the change from what runs to something else can reach, the policy being as it is."""
        return self.judge(self._standing.live, after, self.live(), self.content_of(after))

    async def moved(self, after: Contents, who: Who, permit: Permit | None = None, change: str = "") -> None:
        """Take over what runs now.

        Raises:
            AuditUnavailable, NotKept: that could not be recorded or kept: what is approved is what it was.
        """
        if self.kept is None or (permit is not None and not permit.approves):
            return
        content = self.content_of(after, permit.policy if permit is not None else None)
        await asyncio.to_thread(self._approve, content, who.name, "content")

    def _approve(self, content: Mapping[str, str], who: str, what: str) -> None:
        """Note that a content is approved; where it says that two keys are in force no longer, they are not."""
        base = content_hash(self.kept.content) if self.kept is not None else ""
        rule = _rule(content)
        if not rule.in_force(ENVELOPE in content):
            self._audit.record("two-keys", who, details={"content": "", "base": base, "text": "no longer in force"})
            self.approved.forget()
            self.kept = None
            self.hold()
            return
        signature = text_of(self._standing.folder / f"{ENVELOPE}.sig") or ""
        try:
            self.approved.prepare(content, signature, self.ledger.n)
        except OSError as error:
            raise NotKept(f"what is approved cannot be kept in the state folder: {error.strerror}") from error
        self._audit.record(what, who, details={"content": content_hash(content), "base": base})
        self.approved.settle()
        self.refresh()
        self.kept = self.approved.read(self.ledger)
        self.hold()


def _rule(content: Mapping[str, str]) -> Ownership:
    return parse_ownership(content.get(OWNERSHIP)).ownership
