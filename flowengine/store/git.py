"""Calls of git in one folder: no shell, no questions, no time without end.

Whatever a name or a message holds, it is a value: names come behind `--` and are taken literally, messages come by
standard input, the author by the environment.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

LIMIT = 30.0
"""Seconds for one call; a hook of the user's may take its time."""

_KEPT = ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM", "GIT_SSH", "GIT_SSH_COMMAND", "GIT_EXEC_PATH")
"""Variables of git that stay. Others would lead it to another repository: we may have been started by a hook."""

_QUIET = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",  # what was committed, not what a ref of somebody's shows in its place
    "GIT_GRAFT_FILE": os.devnull + "/none",
    "GIT_EDITOR": "false",
    "GIT_PAGER": "cat",
    "LC_ALL": "C.UTF-8",
    "LANGUAGE": "en",
}


class GitFailed(Exception):
    """A call of git failed; says why in git's words."""


@dataclass(frozen=True)
class Git:
    """Runs git in one folder."""

    folder: Path

    def run(
        self, *arguments: str, text: bytes = b"", variables: Mapping[str, str] | None = None, limit: float = LIMIT
    ) -> bytes:
        """Run git and return what it prints.

        Raises:
            GitFailed: it is not installed, could not do it, or was not done in time.
        """
        kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_") or name in _KEPT}
        command = ["git", "-C", str(self.folder), "-c", "core.quotePath=false", *arguments]
        try:
            process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env={**kept, **_QUIET, **(variables or {})},
                start_new_session=True,  # a hook that hangs is ended with its children
            )
        except FileNotFoundError as error:
            raise GitFailed("git is not installed") from error
        except (OSError, ValueError) as error:
            raise GitFailed(f"git could not be called: {error}") from error
        with process:
            try:
                out, err = process.communicate(text, timeout=limit)
            except subprocess.TimeoutExpired as error:
                _end(process)
                raise GitFailed(f"git {arguments[0]} was not done after {limit:g} s") from error
        if process.returncode != 0:
            raise GitFailed(_reason(err or out) or f"git {arguments[0]} failed with code {process.returncode}")
        return out

    def asks(self, *arguments: str, variables: Mapping[str, str] | None = None) -> bool:
        """Run git as a question: whether it says yes."""
        try:
            self.run(*arguments, variables=variables)
        except GitFailed:
            return False
        return True


def _end(process: subprocess.Popen[bytes]) -> None:
    """End git and all it has started, politely first, so that it removes its locks."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.communicate(timeout=2)
            return


def _reason(text: bytes) -> str:
    """Return what git or a hook said, on one line, shortened."""
    words = " ".join(text.decode("utf-8", "replace").replace("fatal: ", "").replace("error: ", "").split())
    return words if len(words) <= 400 else words[:397] + "..."
