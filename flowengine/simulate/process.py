"""Starts a simulation in a process of its own, and ends it where it takes too long."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

from flowengine import settings
from flowengine.flow.file import write_text
from flowengine.registry import Registry
from flowengine.simulate.result import Request, Result

LONGEST: Final = 120.0
"""Seconds for both versions; a simulation goes behind everything else on the computer."""
START: Final = 20.0
"""Seconds that the process may take beside the simulation itself."""

_WITHOUT: Final = ("PYTHONSTARTUP", "PYTHONINSPECT", "LD_PRELOAD")


class Simulator:
    """Runs simulations, one at a time by the caller's care. Each call waits; `stop` may be called from any thread."""

    def __init__(self, registry: Registry, environment: Mapping[str, str] | None = None) -> None:
        """`environment` holds the variables of flows; None: those of this process."""
        local = {str(Path(one.package).parent) for one in registry.types.values() if one.local}
        self.nodes_dirs = sorted(local)
        chosen = settings.environment() if environment is None else environment
        self._environment = {name: value for name, value in chosen.items() if name not in _WITHOUT}
        self._process: subprocess.Popen[bytes] | None = None

    def contents(
        self, old: Mapping[str, str], new: Mapping[str, str], recordings: Path, hours: float, longest: float = LONGEST
    ) -> Result:
        """Simulate two contents: name of a file -> its text."""
        with tempfile.TemporaryDirectory(prefix="flowengine-simulation-") as made:
            places = Path(made, "old"), Path(made, "new")
            for place, content in zip(places, (old, new), strict=True):
                place.mkdir()
                for name, text in content.items():
                    write_text(place / name, text)
            return self.folders(places[0], places[1], recordings, hours, longest)

    def folders(self, old: Path, new: Path, recordings: Path, hours: float, longest: float = LONGEST) -> Result:
        """Simulate two folders of flows."""
        if not any(recordings.glob("*.sqlite")):
            return Result(state="nothing-recorded")
        request = Request(
            old=str(old.absolute()),
            new=str(new.absolute()),
            recordings=str(recordings.absolute()),
            hours=hours,
            longest=longest,
            nodes_dirs=[str(Path(one).absolute()) for one in self.nodes_dirs],
        )
        return self._ask(request)

    def _ask(self, request: Request) -> Result:
        command = [sys.executable, "-m", "flowengine.simulate"]
        try:
            process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=self._environment,
                cwd=tempfile.gettempdir(),
                start_new_session=True,
            )
        except OSError as error:
            return Result(state="failed", error=f"the simulation could not be started: {error}")
        self._process = process
        with process:
            try:
                out, err = process.communicate(msgspec.json.encode(request), timeout=request.longest + START)
            except subprocess.TimeoutExpired:
                self.stop()
                return Result(state="failed", error=f"not finished after {request.longest:g} s: choose fewer hours")
            finally:
                self._process = None
        try:
            return msgspec.json.decode(out, type=Result)
        except msgspec.MsgspecError:
            return Result(state="failed", error=_why(process.returncode, err, request.longest))

    def stop(self) -> None:
        """End what runs."""
        process = self._process
        if process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)


def _why(code: int, err: bytes, longest: float) -> str:
    """Say why a simulation ended without an answer."""
    if code in (-signal.SIGXCPU, -signal.SIGKILL):
        return f"it was ended: it used more than {longest:g} s of the processor, or the engine stopped"
    lines = err.decode("utf-8", "replace").strip().splitlines()
    if lines and lines[-1].startswith("MemoryError"):
        return "it needs more memory than a simulation may use: choose fewer hours"
    said = lines[-1][:300] if lines else f"code {code}"
    return f"the simulation ended by itself: {said}"
