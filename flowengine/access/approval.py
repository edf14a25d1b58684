"""Whether a change has its two yeses: pure decisions over what the record and the users' table say.

A yes counts if it was given by a person who is there now and has spoken for that side without a break since, who is not
the author nor made the program that asks, to whom neither the author nor the other one gave the side or a password, for
exactly the content that would run, and less than a week ago. One is needed for each side, from two people.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from flowengine.access.api_tokens import TOKEN
from flowengine.access.ledger import Asked, Ledger, Yes, folded
from flowengine.access.seal import Seal
from flowengine.access.sides import SIDES, Grant, Side

LASTS: Final = 7 * 24 * 3600.0
"""Seconds for which a change may wait, and its yeses count."""

CHOOSE: Final = "he chooses another by a link from the computer, flowengine users DIR reset {who}"
"""What to do where others have set somebody's password: how he becomes the only one who knows it."""

Present = Callable[[str], Mapping[Side, Grant]]
"""Returns the sides that someone speaks for now; none for who is not there."""


@dataclass(frozen=True)
class Judged:
    """One yes, and whether it counts."""

    yes: Yes
    why_not: str = ""


@dataclass(frozen=True)
class Standing:
    """How a change stands."""

    yeses: tuple[Judged, ...]
    by: Mapping[Side, str]
    """Side -> whose yes counts."""

    @property
    def missing(self) -> list[Side]:
        """The sides whose yes is missing."""
        return [side for side in SIDES if side not in self.by]


def sealed(kind: str, id: int, *fields: str) -> tuple[str, ...]:
    """Return what is sealed of an entry."""
    return (kind, str(id), *fields)


def why_not_asked(asked: Asked | None, seal: Seal, now: float, content: str, base: str) -> str:
    """Say why a change cannot be approved or deployed, or nothing. `content` is what would run, `base` what runs."""
    if asked is None:
        return "the record does not know it"
    if not seal.fits(asked.seal, *sealed("requested", asked.id, asked.author, asked.content, asked.base)):
        return "its entry in the record was not written by this engine"
    if asked.ended:
        return f"it is {asked.ended}"
    if now - asked.at > LASTS:
        return "it is more than a week old: ask again"
    if asked.content != content:
        return "what would run is not what was asked for"
    if asked.base != base or asked.overtaken:
        return "what runs has changed since it was asked for: ask again"
    return ""


def judge(asked: Asked, ledger: Ledger, present: Present, seal: Seal, now: float) -> Standing:
    """Say which yeses count."""
    judged = [Judged(yes, _why_not(yes, asked, ledger, present, seal, now)) for yes in asked.yeses]
    good = [one.yes for one in judged if not one.why_not]
    pairs = [(it, ot) for it in good for ot in good if (it.side, ot.side) == ("it", "ot") and not _one(it, ot, ledger)]
    if pairs:
        return Standing(tuple(judged), {"it": pairs[-1][0].who, "ot": pairs[-1][1].who})
    last = good[-1] if good else None
    by: dict[Side, str] = {side: last.who for side in SIDES if last is not None and last.side == side}
    beside = (Judged(one.yes, one.why_not or _one(one.yes, last, ledger)) if last else one for one in judged)
    return Standing(tuple(beside), by)


def _why_not(yes: Yes, asked: Asked, ledger: Ledger, present: Present, seal: Seal, now: float) -> str:
    if not seal.fits(yes.seal, *sealed("approved", asked.id, yes.who, yes.side, yes.content, yes.grant)):
        return "it was not written by this engine"
    if yes.content != asked.content:
        return "it is for another content"
    if now - yes.at > LASTS:
        return "it is more than a week old"
    grant = present(yes.who).get(yes.side) if yes.side in SIDES else None
    reason = why_no_voice(yes.who, yes.side, asked, ledger, grant)
    if reason:
        return reason
    assert grant is not None
    said = ledger.speaks(yes.who, yes.side)
    if grant.id != yes.grant or said is None or said.n > yes.n:
        return f"{yes.who} has lost the side {yes.side.upper()} since"
    return ""


def why_no_voice(who: str, side: str, asked: Asked, ledger: Ledger, grant: Grant | None) -> str:
    """Say why someone cannot approve a change for a side, or nothing."""
    if who.startswith(TOKEN):
        return "a program cannot approve"
    if folded(who) in (folded(asked.author), folded(asked.person)):
        return "nobody approves his own change"
    if grant is None:
        return f"{who} does not speak for {side.upper()}"
    said = ledger.speaks(who, side)
    if said is None:
        return f"the record does not know that {who} speaks for {side.upper()}: an admin gives it once more"
    if folded(asked.person) in (folded(said.by), folded(grant.by)):
        return f"the side {side.upper()} of {who} was given by {asked.person}, who asks: somebody else has to give it"
    return why_not_himself(who, asked, ledger)


def why_not_himself(who: str, asked: Asked, ledger: Ledger) -> str:
    """Say why whoever acts in this name may be the author of a change, who is another; or nothing."""
    if folded(who) == folded(asked.person) or not ledger.could_be(asked.person, who):
        return ""
    return f"the password of {who} was set by {asked.person}, who asks: {CHOOSE.format(who=who)}"


def _one(yes: Yes, beside: Yes, ledger: Ledger) -> str:
    """Say why the yeses of two sides are no two people's, or nothing: one of them may have put the other there."""
    if yes.side == beside.side:
        return ""
    if folded(yes.who) == folded(beside.who):
        return f"{yes.who} has said the other yes"
    for one, other in ((yes, beside), (beside, yes)):
        said = ledger.speaks(one.who, one.side)
        if said is None or folded(said.by) == folded(other.who):
            return f"the side {one.side.upper()} of {one.who} was given by {other.who}: somebody else has to give it"
        if ledger.could_be(other.who, one.who):
            return f"the password of {one.who} was set by {other.who}: {CHOOSE.format(who=one.who)}"
    return ""
