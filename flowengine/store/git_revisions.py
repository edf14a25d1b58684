"""Revisions in git: a deploy is a commit of exactly the files that it wrote; history is git's own.

What else is changed or staged in the user's working tree stays as it is. A commit that git or a hook refuses loses
nothing: the file has been written, and its content is kept in the table of `kept_revisions` as well.
"""

from __future__ import annotations

import contextlib
import re
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from flowengine.errors import NotFound
from flowengine.store.git import Git, GitFailed
from flowengine.store.git_log import followed, texts
from flowengine.store.kept_revisions import KeptRevisions
from flowengine.store.revisions import MOST_ENTRIES, Entry, Recorded, Written, revision_of

_UNDER_WAY = {
    "rebase-merge": "a rebase",
    "rebase-apply": "a rebase",
    "MERGE_HEAD": "a merge",
    "CHERRY_PICK_HEAD": "a cherry-pick",
    "REVERT_HEAD": "a revert",
    "BISECT_LOG": "a bisect",
}
"""File or folder in git's own folder -> what has not been finished. A commit would become a part of it."""

MOST_NAMED = 100_000
"""Blobs whose revision is remembered."""

COMMIT_LIMIT = 60.0
"""Seconds for a commit with its hooks."""

LONGEST = 10_000
"""Characters of a message that are taken."""


def in_git(folder: Path, kept: KeptRevisions) -> GitRevisions | None:
    """Return the revisions of a folder that lies in a git repository and is not ignored there; None: it does not.

    Where git itself is the obstacle, `kept.note` says so.
    """
    git = Git(folder)
    try:
        inside = git.run("rev-parse", "--is-inside-work-tree").strip() == b"true"
    except GitFailed as error:
        if any((parent / ".git").exists() for parent in (folder.resolve(), *folder.resolve().parents)):
            kept.note = f"revisions are not committed to git: {error}"
        return None
    plain = {"GIT_LITERAL_PATHSPECS": "0"}  # check-ignore knows no other way
    ignored = inside and git.asks("check-ignore", "-q", "--", str(folder.resolve()), variables=plain)
    return GitRevisions(git, kept) if inside and not ignored else None


class GitRevisions:
    """Revisions as commits."""

    git = True
    note = ""

    def __init__(self, git: Git, kept: KeptRevisions) -> None:
        """Take the repository of `git.folder`, and the table for what could not be committed."""
        self._git = git
        self._kept = kept
        self._lock = threading.Lock()
        self._revisions: dict[str, str] = {}
        """Blob -> the revision it holds."""

    @property
    def branch(self) -> str:
        """The branch that is checked out; see `Revisions`."""
        with contextlib.suppress(GitFailed):
            return self._git.run("symbolic-ref", "--quiet", "--short", "HEAD").decode("utf-8", "replace").strip()
        return ""

    def record(self, files: Sequence[Written], message: str, author: str) -> Recorded:
        """Commit what a deploy has written; see `Revisions`."""
        with self._lock:
            try:
                return self._commit(files, message, author)
            except GitFailed as error:
                kept = self._kept.record(files, message, author)
                hint = "the files are written; commit them by hand"
                return Recorded(
                    warning=" ".join(filter(None, (f"not committed to git: {error}; {hint}", kept.warning)))
                )

    def _commit(self, files: Sequence[Written], message: str, author: str) -> Recorded:
        own, top = self._places()
        _check_nothing_under_way(own)
        paths = [str(file.resolve().parent / file.name) for one in files for file in (one.was, one.file) if file]
        known = self._names("ls-files", "-z", "--full-name", "--", *paths)
        there = {path: _git_name(path, top) for path in paths}
        new = [path for path, name in there.items() if name not in known and Path(path).exists()]
        wanted = [path for path, name in there.items() if name in known or path in new]
        if not wanted:
            return Recorded()
        if new:
            self._git.run("add", "--intent-to-add", "--", *new)
        try:
            if not new and not self._differs(wanted):
                return Recorded()  # what git has already
            text = clean_message(message).encode("utf-8", "replace")
            variables = self._who(author)
            commit = ("commit", "--quiet", "--only", "-F", "-", "--", *wanted)
            self._git.run(*commit, text=text, variables=variables, limit=COMMIT_LIMIT)
        except GitFailed:
            if new:  # take the intent back: the index is the user's
                with contextlib.suppress(GitFailed):
                    self._git.run("rm", "--cached", "--quiet", "--force", "--", *new)
            raise
        id, ref = self._git.run("rev-parse", "HEAD", "--symbolic-full-name", "HEAD").decode().split()
        if ref == "HEAD":
            return Recorded(
                id, f"commit {id[:10]} is on no branch: git has none checked out (git switch -c NAME keeps it)"
            )
        return Recorded(id)

    def _places(self) -> tuple[Path, Path]:
        """Return git's own folder, and the top of the working tree."""
        said = self._git.run("rev-parse", "--absolute-git-dir", "--show-toplevel").decode("utf-8", "surrogateescape")
        own, _, top = said.removesuffix("\n").partition("\n")
        return Path(own), Path(top)

    def _names(self, *arguments: str) -> set[str]:
        return set(self._git.run(*arguments).decode("utf-8", "surrogateescape").split("\0")) - {""}

    def _differs(self, paths: Sequence[str]) -> bool:
        try:
            return bool(self._git.run("diff", "--name-only", "-z", "HEAD", "--", *paths))
        except GitFailed:
            if self._git.asks("rev-parse", "--verify", "--quiet", "HEAD"):
                raise
            return True  # there is no commit yet

    def _who(self, author: str) -> dict[str, str]:
        """Return the variables that name the author, and the committer where git does not know one."""
        name = clean_name(author)
        address = f"{re.sub(r'[^A-Za-z0-9._+-]+', '-', name).strip('-.') or 'someone'}@flowengine"
        settings = self._user()
        known = settings.get("user.name", "")
        variables = {} if known == name else {"GIT_AUTHOR_NAME": name, "GIT_AUTHOR_EMAIL": address}
        if not known or not settings.get("user.email"):
            variables |= {"GIT_AUTHOR_NAME": name, "GIT_AUTHOR_EMAIL": address}
            variables |= {"GIT_COMMITTER_NAME": name, "GIT_COMMITTER_EMAIL": address}
        return variables

    def _user(self) -> dict[str, str]:
        """Return what git knows of the user: name and address."""
        with contextlib.suppress(GitFailed):
            said = self._git.run("config", "-z", "--get-regexp", r"^user\.(name|email)$").decode("utf-8", "replace")
            pairs = (one.partition("\n") for one in said.split("\0") if one)
            return {name: value.strip() for name, _, value in pairs}  # the last one counts
        return {}

    def history(self, file: Path, most: int = MOST_ENTRIES) -> list[Entry]:
        """Return the commits that changed a file, and what could not be committed, the newest first."""
        commits = followed(self._git, file, most)
        self._name([blob for _, blob in commits])
        entries = [replace(entry, revision=self._revisions.get(blob, "")) for entry, blob in commits]
        return sorted([*entries, *self._kept.history(file, most)], key=lambda entry: -entry.at)[:most]

    def _name(self, blobs: Sequence[str]) -> None:
        """Find out which revisions blobs hold."""
        if len(self._revisions) > MOST_NAMED:
            self._revisions.clear()
        missing = [blob for blob in dict.fromkeys(blobs) if blob and blob not in self._revisions]
        for blob, text in texts(self._git, missing).items():
            self._revisions[blob] = revision_of(text)

    def content(self, file: Path, id: str) -> tuple[Entry, str | None]:
        """Return a file as it was in one commit; see `Revisions`."""
        if id.isdecimal() and len(id) < 19:
            with contextlib.suppress(NotFound):
                return self._kept.content(file, id)
        for entry, blob in followed(self._git, file, 100_000):
            if entry.id == id:
                raw = texts(self._git, [blob]).get(blob) if blob else None
                text = None if raw is None else raw.decode("utf-8", "replace")
                return replace(entry, revision=revision_of(raw)), text
        raise NotFound(f"{file.name} was not changed by a commit '{id[:100]}'")

    def close(self) -> None:
        """Close the table."""
        self._kept.close()


def _check_nothing_under_way(folder: Path) -> None:
    for name, what in _UNDER_WAY.items():
        if (folder / name).exists():
            raise GitFailed(f"{what} has been begun in the repository and not ended")


def _git_name(path: str, top: Path) -> str:
    """Return a path as git names it: from the top of the repository."""
    try:
        return Path(path).relative_to(top.resolve()).as_posix()
    except ValueError as error:
        raise GitFailed(f"{path} does not lie in the repository {top}") from error


def clean_name(author: str) -> str:
    """Return a name that git takes: it leaves out what it cannot write down, and wants something to be left."""
    name = "".join(c for c in author if c.isprintable() and c not in "<>").strip(" .,:;\"'\\")
    return name[:100] or "someone"


def clean_message(message: str) -> str:
    """Return a message that git takes, never an empty one."""
    text = "".join(c for c in message.replace("\r\n", "\n")[:LONGEST] if c.isprintable() or c in "\n\t").strip()
    return text or "Deploy"
