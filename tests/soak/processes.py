"""Processes under test: started, killed, stopped, and seen as the kernel shows them."""

from __future__ import annotations

import contextlib
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path


class Process:
    """A child of this process, with all that it says in a file; it can be started again and again."""

    def __init__(self, command: Sequence[str | Path], log: Path, env: Mapping[str, str] | None = None) -> None:
        """Take what to run, and the file; `env`: other variables than ours."""
        self._command, self._log, self._env = list(command), log, env
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Its number, of the last time that it was started."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start it; its standard input ends with this process."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command, stdin=subprocess.PIPE, stdout=log, stderr=log, env=self._env
            )

    def kill(self) -> None:
        """End it by SIGKILL."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(60)
        self._let_go()

    def stop(self) -> int:
        """End it in order; returns its exit code."""
        assert self._process is not None
        self._process.terminate()
        code = self._process.wait(60)
        self._let_go()
        return code

    def end(self) -> None:
        """End it, if it still runs."""
        if self._process is not None and self._process.poll() is None:
            self.kill()

    def must_run(self) -> None:
        """Raise what it said last, if it has ended by itself."""
        if self._process is not None and self._process.poll() is not None:
            raise RuntimeError(f"the process of {self._log.name} has ended by itself: {self.log()[-1000:]}")

    def log(self) -> str:
        """Return what it has said."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def resident_mb(self) -> float:
        """Return how much memory it and its children have, in MB of 1,000,000 bytes."""
        return memory_mb(self.pid)

    def _let_go(self) -> None:
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()


def until(condition: Callable[[], object], seconds: float) -> None:
    """Wait until something is so.

    Raises:
        TimeoutError: it takes longer.
    """
    begin = time.monotonic()
    while not condition():
        if time.monotonic() - begin > seconds:
            raise TimeoutError(f"it has not happened within {seconds:g} s")
        time.sleep(0.02)


def killed_while_writing(module: str, file: Path, kills: int, longest: float) -> Iterator[int]:
    """Run a module that writes to a file without end and says a number after each write, and kill it again and again.

    Yields after each kill the highest number that it has said. KILLS=200 makes a soak of it, KILLS_SEED repeats one.

    Args:
        module: its name; the file is its argument.
        file: what it writes to.
        kills: how many, where KILLS does not say it.
        longest: seconds from its first word to the kill at most.
    """
    seed = int(os.environ.get("KILLS_SEED", random.randrange(2**32)))
    chance = random.Random(seed)
    print("seed", seed)
    told = -1
    for _ in range(int(os.environ.get("KILLS", kills))):
        child = subprocess.Popen([sys.executable, "-m", module, str(file)], stdout=subprocess.PIPE, text=True)
        assert child.stdout is not None
        told = int(child.stdout.readline())
        time.sleep(chance.uniform(0.0, longest))
        child.kill()
        told = max([told, *map(int, child.communicate()[0].split())])
        yield told
    assert told > 0


def children(process: int) -> list[int]:
    """Return the processes that one has started."""
    found = []
    for file in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = file.read_text().rpartition(")")[2].split()
            if int(fields[1]) == process and fields[0] != "Z":
                found.append(int(file.parent.name))
    return found


def family(process: int) -> list[int]:
    """Return a process and all that descend from it."""
    return [process, *(one for child in children(process) for one in family(child))]


def memory_mb(process: int) -> float:
    """Return the memory of a process and all that descend from it, in MB of 1,000,000 bytes; what they share, once."""
    total = 0
    for one in family(process):
        with contextlib.suppress(OSError):  # it has just ended
            for line in Path(f"/proc/{one}/smaps_rollup").read_text(encoding="utf-8").splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1])
    return total * 1024 / 1e6


def holder(process: int, file: Path) -> int | None:
    """Return the process among those that descend from one that has a file open; None: there is none."""
    for one in family(process)[1:]:
        with contextlib.suppress(OSError):
            if any(opened.resolve() == file for opened in Path(f"/proc/{one}/fd").iterdir()):
                return one
    return None
