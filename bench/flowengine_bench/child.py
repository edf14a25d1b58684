"""A child process that cannot outlive its block: started, listened to line by line, ended by its own pid."""

import contextlib
import queue
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

LAST_LINES = 20


class ChildFailed(Exception):
    """A child ended, or stayed silent for longer than it may. The text holds its last lines."""


class Child:
    """One running process. Its lines (stdout and stderr together) come with the monotonic time (s) of their reading."""

    def __init__(self, command: Sequence[str | Path], env: dict[str, str] | None = None) -> None:
        self.began = time.monotonic()
        self._process = subprocess.Popen(
            [str(word) for word in command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=env,
            text=True,
            bufsize=1,
        )
        self.pid = self._process.pid
        self._last: list[str] = []
        self._lines: queue.SimpleQueue[tuple[float, str] | None] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read, name=f"lines of {self.pid}", daemon=True)
        self._reader.start()

    def line(self, timeout_s: float) -> tuple[float, str]:
        """The next line and when it came."""
        item = self.line_within(timeout_s)
        if item is None:
            raise ChildFailed(f"silent for {timeout_s:.0f} s. {self.last_lines()}")
        return item

    def line_within(self, timeout_s: float) -> tuple[float, str] | None:
        """The next line and when it came; None if none comes in time."""
        try:
            item = self._lines.get(timeout=max(0.0, timeout_s))
        except queue.Empty:
            return None
        if item is None:
            raise ChildFailed(f"ended with {self._process.wait()}. {self.last_lines()}")
        return item

    def last_lines(self) -> str:
        """What it said last, for an error message."""
        return "It said: " + (" / ".join(self._last[-LAST_LINES:]) or "nothing")

    def close_stdin(self) -> None:
        """Tell it that its parent has nothing more to say."""
        with contextlib.suppress(OSError):
            if self._process.stdin is not None:
                self._process.stdin.close()

    def end(self, patience_s: float = 3.0) -> None:
        """Ask it to end (SIGTERM), insist (SIGKILL) when it has not after `patience_s`."""
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(patience_s)
            except subprocess.TimeoutExpired:
                self._process.kill()
        self._process.wait()
        self._reader.join(patience_s)
        self.close_stdin()
        if self._process.stdout is not None and not self._reader.is_alive():
            self._process.stdout.close()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._last = [*self._last[-LAST_LINES:], line.rstrip()]
            self._lines.put((time.monotonic(), line.rstrip("\n")))
        self._lines.put(None)


@contextlib.contextmanager
def child(command: Sequence[str | Path], env: dict[str, str] | None = None) -> Iterator[Child]:
    """Run a command for the length of a block, whatever ends the block."""
    running = Child(command, env)
    try:
        yield running
    finally:
        running.end()
