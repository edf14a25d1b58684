"""Node-RED's exec node."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import os
import shlex
import signal
from typing import Annotated, Any, ClassVar, Final

from msgspec import Meta

from flowengine_nodes.nodered import javascript as js
from flowengine_nodes.nodered import properties
from flowengine_nodes.nodered.base import Ports, RedAsync, RedError
from flowengine_nodes.nodered.message import MISSING, Msg

LARGEST: Final = 10 * 1024 * 1024
"""Bytes that a command may write before it is stopped."""


@functools.cache
def _shell() -> str | None:
    """Return the shell that Node-RED takes; None: the system's own."""
    return "/bin/bash" if os.path.exists("/bin/bash") else None


class Exec(RedAsync, type="nodered/exec"):
    """Run a command of the operating system: what it writes leaves by the outputs, then how it ended.

    Who may change this flow may run any command as the user that runs flowengine. `msg.kill` ends a command that runs.
    """

    red: ClassVar[str] = "exec"
    runs_code: ClassVar[tuple[str, ...]] = ("command", "append", "addpay")
    concurrency: ClassVar[int] = 64

    command: Annotated[str, Meta(description="The command")] = ""
    addpay: Annotated[
        bool | str, Meta(description="Append a property of the message: its name, or true for payload")
    ] = ""
    append: Annotated[str, Meta(description="Append this too")] = ""
    useSpawn: Annotated[bool | str, Meta(description="Send what it writes as it comes")] = False
    timer: Annotated[float | str, Meta(description="Seconds after which it is ended; empty: never")] = ""
    oldrc: Annotated[bool, Meta(description="How it ended as a number, as very old flows have it")] = False
    ports: Ports = 3

    def begin(self) -> None:
        """Nothing runs."""
        self._running: dict[int, asyncio.subprocess.Process] = {}
        seconds = js.parse_float(self.timer or 0)
        self._seconds = seconds if seconds == seconds and seconds > 0 else None
        self._spawn = self.useSpawn in (True, "true")

    async def handle(self, msg: Msg) -> None:
        """Run the command."""
        if "kill" in msg:
            self._kill(msg)
            return
        line = self._line(msg)
        self.red_status({"fill": "blue", "shape": "dot", "text": "pid: ..."})
        try:
            process = await self._started(line)
        except OSError as error:
            self.send({**msg, "payload": {"code": -1, "message": str(error)}}, 2)
            self.finished(msg)
            return
        self._running[process.pid] = process
        try:
            await (self._streamed if self._spawn else self._collected)(process, msg)
        finally:
            self._running.pop(process.pid, None)
            self.red_status({})
        self.finished(msg)

    def _line(self, msg: Msg) -> str:
        line = self.command.strip()
        wanted = "payload" if self.addpay is True else self.addpay
        if isinstance(wanted, str) and wanted:
            try:
                value = properties.get(msg, wanted)
            except RedError:
                value = MISSING
            if value is not MISSING:
                line += " " + js.text(value)
        return f"{line} {self.append}" if self.append.strip() else line

    async def _started(self, line: str) -> asyncio.subprocess.Process:
        pipes: dict[str, Any] = {"stdout": asyncio.subprocess.PIPE, "stderr": asyncio.subprocess.PIPE}
        if self._spawn:
            return await asyncio.create_subprocess_exec(*shlex.split(line), **pipes, start_new_session=True)
        return await asyncio.create_subprocess_shell(line, **pipes, start_new_session=True, executable=_shell())

    async def _collected(self, process: asyncio.subprocess.Process, msg: Msg) -> None:
        late = False
        try:
            out, wrong = await asyncio.wait_for(_both(process), self._seconds)
        except TimeoutError:
            late = True
            _end(process)
            out, wrong = await _both(process)
        code = await process.wait()
        ended: Any = {"code": code}
        if late or code < 0:
            ended = {"code": None, "signal": "SIGTERM" if late else signal.Signals(-code).name, "killed": late}
        elif code:
            ended = {"code": code, "message": f"Command failed: {self._line(msg)}\n{_text(wrong)}"}
        told = not self.oldrc or ended != {"code": 0}  # very old flows hear of failures only
        rc = {"rc": ended} if told else {}
        self.send({**msg, **rc, "payload": _shown(out)})
        if wrong:
            self.send({**msg, **rc, "payload": _shown(wrong)}, 1)
        if told:
            self.send({**msg, "payload": ended}, 2)

    async def _streamed(self, process: asyncio.subprocess.Process, msg: Msg) -> None:
        async def pass_on(stream: Any, port: int) -> None:
            while data := await stream.read(65536):
                self.send({**msg, "payload": _shown(data)}, port)

        assert process.stdout is not None
        reading = asyncio.gather(pass_on(process.stdout, 0), pass_on(process.stderr, 1))
        try:
            await asyncio.wait_for(asyncio.gather(reading, process.wait()), self._seconds)
        except TimeoutError:
            _end(process)
            await process.wait()
        code = process.returncode or 0
        ended = {"code": code} if code >= 0 else {"code": None, "signal": signal.Signals(-code).name}
        self.send({**msg, "payload": code if self.oldrc else ended}, 2)

    def _kill(self, msg: Msg) -> None:
        name = str(msg["kill"]) if isinstance(msg["kill"], str) and msg["kill"] else "SIGTERM"
        number = getattr(signal, name, signal.SIGTERM)
        chosen = js.number(msg["pid"]) if "pid" in msg else None
        for pid, process in list(self._running.items()):
            if chosen is None or chosen == pid:
                _end(process, number)
        self.finished(msg)

    def end(self) -> None:
        """End what runs."""
        for process in list(self._running.values()):
            _end(process)


async def _both(process: asyncio.subprocess.Process) -> tuple[bytes, bytes]:
    async def read(stream: Any) -> bytes:
        data = bytearray()
        while chunk := await stream.read(65536):
            data += chunk
            if len(data) > LARGEST:
                _end(process)
                raise RedError(f"the command wrote more than {LARGEST >> 20} MiB and was ended")
        return bytes(data)

    out, wrong = await asyncio.gather(read(process.stdout), read(process.stderr))
    await process.wait()
    return out, wrong


def _end(process: asyncio.subprocess.Process, number: int = signal.SIGTERM) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


def _text(data: bytes) -> str:
    return data.decode(errors="replace")


def _shown(data: bytes) -> str | bytes:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data
