"""Writes the files of a deploy: all of them, or none.

The file of a renamed flow is moved and then written, and files go last: a kill at any moment leaves each flow in one
file, as it was or as it is to be.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

from flowengine.errors import DeployFailed
from flowengine.flow.file import write_text
from flowengine.service.deploys.candidate import Candidate
from flowengine.service.folder import text_of
from flowengine.store.revisions import Written, revision_of


def check_room(candidate: Candidate) -> None:
    """See whether the files could be written, before anything that runs is touched.

    Raises:
        DeployFailed: the disk is full, or cannot be written to.
    """
    texts = [(candidate.files[name].parent, text) for name, text in candidate.texts.items() if text is not None]
    for folder in dict.fromkeys(folder for folder, _ in texts):
        try:
            with tempfile.TemporaryFile(dir=folder) as file:
                for place, text in texts:
                    if place == folder:
                        file.write(text.encode())
                file.flush()
        except OSError as error:
            what = f"{folder}: {error.strerror or error}"
            raise DeployFailed(f"nothing was deployed, as the files could not be written: {what}") from error


def rewrite(candidate: Candidate) -> list[Written]:
    """Write and remove files; the tests of a renamed flow go with it.

    Raises:
        DeployFailed: one could not be written; those before it are as they were.
    """
    done: list[Written] = []

    def order(item: tuple[str, str | None]) -> int:
        name, text = item
        return 2 if text is None else int(name in candidate.renamed)

    try:
        for name, text in sorted(candidate.texts.items(), key=order):
            file, old = candidate.files[name], candidate.renamed.get(name)
            source = candidate.files[old] if old is not None else None
            if text is not None and source is not None and source.exists() and not file.exists():
                done += _moved(source, file, text)
                continue
            before = text_of(file)
            if revision_of(before) != revision_of(text):
                _put(file, text)
                done.append(Written(file, text, before, source))
        for new, old in candidate.renamed.items():
            source, target = (tests_of(candidate.files[name]) for name in (old, new))
            tests = text_of(source)
            if tests is not None and not target.exists():
                os.replace(source, target)
                done += [Written(target, tests, None, source), Written(source, None, tests)]
    except OSError as error:
        put_back(done)
        what = f"{error.filename or file}: {error.strerror or error}"
        raise DeployFailed(f"nothing was deployed, as the files could not be written: {what}") from error
    return done


def put_back(done: Sequence[Written]) -> None:
    """Have files hold again what they held before, as far as the disk lets them."""
    for written in reversed(done):
        with contextlib.suppress(OSError):
            _put(written.file, written.before)


def tests_of(file: Path) -> Path:
    """Return where the tests of a flow stand, x.test.json beside x.json."""
    return file.with_name(f"{file.stem}.test.json")


def _moved(source: Path, file: Path, text: str) -> list[Written]:
    """Move a flow's file, and write it; if that fails, it is back."""
    before = text_of(source)
    os.replace(source, file)
    try:
        write_text(file, text)
    except OSError:
        os.replace(file, source)
        raise
    return [Written(source, None, before), Written(file, text, None, source)]


def _put(file: Path, text: str | None) -> None:
    if text is None:
        file.unlink(missing_ok=True)
    else:
        write_text(file, text)
