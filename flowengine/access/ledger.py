"""What the record says about two keys: who asked for what, who said yes, who speaks for a side, what is approved.

Tables hold the same, so that pages can be shown; what counts is the record. It is read once, then on from where it
ended. Where it is not as it was written, all that came before counts no more: sides are given again, changes asked for
again.
"""

from __future__ import annotations

import datetime
import threading
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from flowengine.access.api_tokens import TOKEN
from flowengine.access.audit import files_of, held, read_head
from flowengine.access.audit_entry import GENESIS, Damaged, Entry, read_line

DAMAGED: Final = "record-damaged"
"""The entry by which it is known later, too, that what came before counts no more."""


@dataclass(frozen=True)
class Yes:
    """One approval."""

    n: int
    """The number of its entry in the record."""
    at: float
    who: str
    side: str
    content: str
    """The hash of the content that it is for."""
    grant: str
    seal: str


@dataclass
class Asked:
    """A change, as the record knows it."""

    id: int
    at: float
    author: str
    person: str
    """Who is behind the author: of a program, who made its token; else the author."""
    content: str
    base: str
    seal: str
    yeses: list[Yes] = field(default_factory=list)
    ended: str = ""
    """What became of it: rejected, withdrawn, deployed, expired; empty: it is open."""
    overtaken: bool = False
    """Whether something else has been deployed since it was asked for, even if what runs is the same again by now."""
    glass: float = 0.0
    """Until when it runs by one person's act alone; 0: it does not."""


@dataclass(frozen=True)
class Speaks:
    """That someone speaks for a side."""

    n: int
    by: str
    """Who gave it; someone at the computer is no user's name."""


class Ledger:
    """Reads the record of one installation. Safe to use from any thread; a first reading may take a second or two."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self.damage = ""
        """Where the record was found to be not as it was written; empty: nowhere."""
        self.asked: dict[int, Asked] = {}
        self.sides: dict[tuple[str, str], Speaks] = {}
        self.setters: dict[str, set[str]] = {}
        """User -> others who have set his password, so that they could sign in as him."""
        self._makers: dict[str, str] = {}
        """Token -> who made it."""
        self.content = ""
        """The hash of the content that is approved; empty: two keys are not in force."""
        self.latest = 0.0
        """The latest time that an entry has, whatever the clock did since."""
        self.n = 0
        self._last = self._before = (0, GENESIS)
        """Number and hash of the last entry, and of the one before: a crash may leave `head` at that."""
        self._file = ""
        self._offset = 0

    def refresh(self) -> None:
        """Read what has been written since the last time."""
        with self._lock, held(self._folder):
            files = files_of(self._folder)
            names = [file.name for file in files]
            if self._file and self._file not in names:
                self._damaged(f"{self._file} is gone")
            for file in files[names.index(self._file) if self._file in names else 0 :]:
                self._read(file)
            head = read_head(self._folder)
            if self._file and (head is None or (head.n, head.sha256) not in (self._last, self._before)):
                self._damaged("the end is not the one that was noted")

    def speaks(self, who: str, side: str) -> Speaks | None:
        """Return by which entry someone speaks for a side; None: he does not."""
        return self.sides.get((folded(who), side))

    def could_be(self, who: str, other: str) -> bool:
        """Say whether someone could sign in as another: it is his own name, or he has set the other's password."""
        return folded(who) == folded(other) or folded(who) in self.setters.get(folded(other), ())

    def _read(self, file: Path) -> None:
        if file.name != self._file:
            self._file, self._offset = file.name, 0
        shorter = file.stat().st_size < self._offset
        with file.open("rb") as stream:
            stream.seek(0 if shorter else self._offset)
            for line in stream:
                if not line.endswith(b"\n"):
                    break  # it was cut short by a crash
                self._take(line[:-1], f"{file.name}, entry {self.n + 1}")
            self._offset = stream.tell()
        if shorter:
            self._damaged(f"{file.name} is shorter than it was")

    def _take(self, line: bytes, place: str) -> None:
        try:
            entry, digest = read_line(line)
        except Damaged as error:
            self._damaged(f"{place}: {error}")
            return
        if self.n and (entry.before != self._last[1] or entry.n != self.n + 1):
            self._damaged(f"{place}: it does not follow the one before")
        self._before, self._last, self.n = self._last, (entry.n, digest), entry.n
        at = datetime.datetime.fromisoformat(entry.time).timestamp() if entry.time else 0.0
        self.latest = max(self.latest, at)
        if entry.result == "done":
            self._note(entry, at)

    def _damaged(self, where: str) -> None:
        """Forget everything: what is missing may have been a no."""
        self.damage = where
        self.asked, self.sides = {}, {}

    def _note(self, entry: Entry, at: float) -> None:
        what, details = entry.what, entry.details
        if what == DAMAGED:
            self.asked, self.sides = {}, {}
        elif what == "sign-in" and details.get("sides") is not None:  # by a provider, whose groups give them
            self._sides(entry.who, entry, list(details["sides"]))
        elif what in ("two-keys", "content"):
            self._moved(str(details.get("content", "")))
        elif what.startswith("change-") and entry.about.isdecimal():
            self._change(entry, what.removeprefix("change-"), details, at)
        else:
            self._people(entry, what, details)

    def _people(self, entry: Entry, what: str, details: dict[str, Any]) -> None:
        """Note who speaks for whom, who made which token, and who knows whose password."""
        if what in ("user-added", "user-removed"):
            self._sides(entry.about, entry, [])
            self.setters.pop(folded(entry.about), None)
        elif what in ("token-made", "token-revoked"):
            self._sides(TOKEN + entry.about, entry, [])
            if what == "token-made":
                self._makers[folded(TOKEN + entry.about)] = self.person(entry.who)
        elif what == "set-up":  # by a link that was made at the computer
            self.setters.pop(folded(entry.about), None)
        elif what in ("user-changed", "sides-given") and details.get("sides") is not None:
            self._sides(entry.about, entry, list(details["sides"]))
        if what == "user-added" or (what == "user-changed" and details.get("password")):
            setter = folded(self.person(entry.who))
            if setter != folded(entry.about):
                self.setters.setdefault(folded(entry.about), set()).add(setter)

    def person(self, name: str) -> str:
        """Return who made the token, where it is a program's name; else the name."""
        return self._makers.get(folded(name), name)

    def _moved(self, content: str) -> None:
        """Note what is approved from now on; whatever else was asked for is overtaken."""
        self.content = content
        for asked in self.asked.values():
            asked.overtaken = asked.overtaken or content not in (asked.base, asked.content)

    def _sides(self, name: str, entry: Entry, sides: list[str]) -> None:
        """Note for which sides someone speaks; a program takes sides away, and gives none."""
        who = folded(name)
        for side in ("it", "ot"):
            if side not in sides:
                self.sides.pop((who, side), None)
            elif (who, side) not in self.sides and not entry.who.startswith(TOKEN):
                self.sides[(who, side)] = Speaks(entry.n, entry.who if folded(entry.who) != who else "")

    def _change(self, entry: Entry, what: str, details: dict[str, Any], at: float) -> None:
        id = int(entry.about)
        text = {key: str(details.get(key, "")) for key in ("content", "base", "seal", "side", "grant")}
        asked = self.asked.get(id)
        if what == "requested":
            if asked is None:  # a number is given once
                person = self.person(entry.who)
                self.asked[id] = Asked(id, at, entry.who, person, text["content"], text["base"], text["seal"])
        elif asked is None:
            return
        elif what == "approved":
            yes = Yes(entry.n, at, entry.who, text["side"], text["content"], text["grant"], text["seal"])
            asked.yeses.append(yes)
        elif what == "glass":
            asked.glass = float(details.get("until", 0.0))
        else:
            asked.ended, asked.glass = asked.ended or what, 0.0


def folded(name: str) -> str:
    """Return a name so that two ways to write it are the same."""
    return unicodedata.normalize("NFC", name).casefold()
