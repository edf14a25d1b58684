"""Whether the history of a folder in git fits the record: each content that reached a machine had its two yeses.

Commits are taken in the order of their first parents. Those whose content never ran here while two keys were in force
are only looked at for trailers that nobody has given.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from flowengine.access.approval import sealed
from flowengine.access.audit import audit_folder, entries
from flowengine.access.audit_check import check_audit
from flowengine.access.audit_entry import Entry
from flowengine.access.ledger import folded
from flowengine.access.seal import Seal
from flowengine.flow.content import POLICY, canonical, content_hash
from flowengine.flow.project import CONNECTIONS, OTHERS
from flowengine.store.git import Git
from flowengine.store.git_log import texts

TRAILERS: Final = ("Approved-IT", "Approved-OT", "Content-Hash", "Change")

Reaches = Callable[[Mapping[str, str], Mapping[str, str]], str]
"""Says what the change from one content to another reaches; empty: no machine."""


@dataclass
class _Known:
    """What the record knows of one content."""

    begun: bool = False
    free: bool = False
    """It was let through as one that reaches no machine."""
    it: str = ""
    ot: str = ""
    glass: str = ""
    back: bool = False
    """It ran again after one that somebody had let run alone."""
    ran: bool = False
    commits: dict[str, str] = field(default_factory=dict)
    """Commits that it became -> by which change."""


@dataclass
class Verified:
    """What was found."""

    commits: int = 0
    ran: int = 0
    """Commits whose content ran here, since two keys are in force."""
    reached: int = 0
    """Of these, those that reached a machine."""
    nowhere: int = 0
    """Contents that ran and stand in no commit: taken from files, and not committed as they were."""
    problems: list[str] = field(default_factory=list)


def verify(path: Path, state: Path | None, own: Path, reaches: Reaches) -> Verified:
    """Hold the history of a folder against its record. `own` is the folder where the engine keeps what it keeps.

    Raises:
        GitFailed: the folder lies in no git repository, or git cannot be asked.
    """
    found, folder = Verified(), path if path.is_dir() else path.parent
    record = audit_folder(path, state)
    found.problems += [f"the record: {one}" for one in check_audit(record).findings] if record.is_dir() else []
    known = _known(list(entries(record)) if record.is_dir() else [], Seal(own), found)
    seen, ids = set[str](), set[str]()
    before: dict[str, str] | None = None
    git = Git(folder)
    for id, subject, said, content in _history(git, folder):
        found.commits += 1
        digest, place = content_hash(content), f"commit {id[:10]} ({subject[:60]})"
        seen.add(digest)
        ids.add(id)
        of_record = known.get(digest)
        found.problems += [f"{place}: {why}" for why in _trailers(said, digest, of_record)]
        if before is not None and of_record is not None and of_record.ran and content != before:
            found.ran += 1
            machine = reaches(before, content)
            found.reached += bool(machine)
            if machine and not (
                of_record.begun or (of_record.it and of_record.ot) or of_record.glass or of_record.back
            ):
                found.problems.append(f"{place}: it ran and reaches {machine}, and the record knows no two yeses to it")
        before = content
    starts = [digest for digest, one in known.items() if one.begun]
    if starts and starts[-1] not in seen:
        found.problems.append(
            "no commit holds what counted as approved when two keys came into force: commit what stands there, then "
            "flowengine changes DIR adopt --reason TEXT"
        )
    for one in known.values():
        for id, change in one.commits.items():
            if id not in ids and not git.asks("merge-base", "--is-ancestor", id, "HEAD"):
                found.problems.append(f"change {change} ran as commit {id[:10]}, which the history has no longer")
    found.nowhere = len([digest for digest, one in known.items() if one.ran and digest not in seen])
    return found


def _known(record: list[Entry], seal: Seal, found: Verified) -> dict[str, _Known]:
    """Return what the record says of each content, by its hash."""
    known: dict[str, _Known] = {}
    yeses: dict[tuple[str, str], set[str]] = {}
    authors: dict[str, str] = {}
    for entry in record:
        if entry.result != "done":
            continue
        details = {key: str(value) for key, value in entry.details.items()}
        content = details.get("content", "")
        place = f"the record, entry {entry.n}"
        if entry.what in ("two-keys", "content") and content:
            one = known.setdefault(content, _Known())
            one.ran, one.begun, one.free = True, one.begun or entry.what == "two-keys", True
        elif entry.what == "change-requested":
            authors[entry.about] = entry.who
            asked = (entry.who, content, details.get("base", ""))
            if not seal.fits(details.get("seal", ""), *sealed("requested", _number(entry.about), *asked)):
                found.problems.append(f"{place}: the request of change {entry.about} was not written by this engine")
        elif entry.what == "change-approved":
            side, grant = details.get("side", ""), details.get("grant", "")
            said = (entry.who, side, content, grant)
            if not seal.fits(details.get("seal", ""), *sealed("approved", _number(entry.about), *said)):
                found.problems.append(f"{place}: the yes of {entry.who} was not written by this engine")
            elif folded(entry.who) != folded(authors.get(entry.about, entry.who)):
                yeses.setdefault((entry.about, side), set()).add(entry.who)
        elif entry.what == "change-deployed":
            it, ot = details.get("it", ""), details.get("ot", "")
            good = it in yeses.get((entry.about, "it"), ()) and ot in yeses.get((entry.about, "ot"), ())
            if not good or folded(it) == folded(ot):
                found.problems.append(f"{place}: change {entry.about} ran without a yes of IT and one of OT")
                continue
            one = known.setdefault(content, _Known())
            one.it, one.ot, one.ran = it, ot, True
            if details.get("commit"):
                one.commits[details["commit"]] = entry.about
        elif entry.what == "change-glass":
            one = known.setdefault(content, _Known())
            one.glass, one.ran = entry.who, True
        elif entry.what == "change-expired" and details.get("back_to") in known:
            known[details["back_to"]].back = True
    return known


def _number(text: str) -> int:
    return int(text) if text.isdecimal() else 0


def _trailers(said: Mapping[str, str], digest: str, known: _Known | None) -> Iterator[str]:
    """Say which trailers of a commit are not so."""
    if not said.get("Content-Hash") and not said.get("Approved-IT") and not said.get("Approved-OT"):
        return
    if said.get("Content-Hash", digest) != digest:
        yield f"its Content-Hash is not that of what is committed, {digest[:16]}…"
        return
    for key, name in (("Approved-IT", known.it if known else ""), ("Approved-OT", known.ot if known else "")):
        if key in said and said[key] != name:
            yield f"it says {key}: {said[key][:100]}, and the record does not"


def _history(git: Git, folder: Path) -> Iterator[tuple[str, str, dict[str, str], dict[str, str]]]:
    """Yield id, subject, trailers and content of each commit, the oldest first."""
    form = "%x01%H%x00%s%x00%(trailers:only,unfold)%x00"
    out = git.run("log", "--reverse", "--first-parent", f"--format={form}", "--", ".").decode("utf-8", "replace")
    for record in out.split("\x01")[1:]:
        id, subject, said = record.split("\0")[:3]
        pairs = (line.partition(": ")[::2] for line in said.splitlines())
        yield id, subject, {key: value for key, value in pairs if key in TRAILERS}, _content(git, id)


def _content(git: Git, id: str) -> dict[str, str]:
    """Return the content that a commit holds in this folder."""
    blobs: dict[str, str] = {}
    for line in git.run("ls-tree", "-z", id, "--", "./").decode("utf-8", "replace").split("\0"):
        facts, _, path = line.partition("\t")
        name = path.rpartition("/")[2]
        if facts.split(" ")[1:2] == ["blob"] and _counts(name):
            blobs[name] = facts.split(" ")[2]
    there = texts(git, list(blobs.values()))
    found = {name: there[blob].decode("utf-8", "replace") for name, blob in blobs.items() if blob in there}
    return {name: canonical(name, text) for name, text in found.items()}


def _counts(name: str) -> bool:
    if name in (CONNECTIONS, *POLICY):
        return True
    return name.endswith(".json") and not name.endswith(".test.json") and name not in OTHERS and name[:1] != "."
