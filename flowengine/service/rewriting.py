"""Writes the files of a deploy: all of them, or none."""

from __future__ import annotations

import contextlib
from pathlib import Path

from flowengine.errors import DeployFailed
from flowengine.flow.file import write_text
from flowengine.service.candidate import Candidate
from flowengine.service.folder import text_of
from flowengine.store.revisions import Written, revision_of


def rewrite(candidate: Candidate) -> list[Written]:
    """Write and remove files; the tests of a renamed flow go with it.

    Raises:
        DeployFailed: one could not be written; those before it are as they were.
    """
    done: list[Written] = []
    try:
        for name, text in candidate.texts.items():
            file = candidate.files[name]
            before = text_of(file)
            if revision_of(before) != revision_of(text):
                old = candidate.renamed.get(name)
                _put(file, text)
                done.append(Written(file, text, before, candidate.files.get(old) if old is not None else None))
        for new, old in candidate.renamed.items():
            source, target = (tests_of(candidate.files[name]) for name in (old, new))
            tests = text_of(source)
            if tests is not None and not target.exists():
                _put(target, tests)
                done.append(Written(target, tests, None, source))
                _put(source, None)
                done.append(Written(source, None, tests))
    except OSError as error:
        for written in reversed(done):
            with contextlib.suppress(OSError):
                _put(written.file, written.before)
        what = f"{error.filename or file}: {error.strerror or error}"
        raise DeployFailed(f"nothing was deployed, as the files could not be written: {what}") from error
    return done


def tests_of(file: Path) -> Path:
    """Return where the tests of a flow stand, x.test.json beside x.json."""
    return file.with_name(f"{file.stem}.test.json")


def _put(file: Path, text: str | None) -> None:
    if text is None:
        file.unlink(missing_ok=True)
    else:
        write_text(file, text)
