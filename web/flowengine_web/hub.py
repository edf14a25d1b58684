"""All open streams, and the one task on the engine's loop that feeds them: ten turns a second, while there are any.

In each turn every flow that somebody watches is looked at once, what changed is encoded once, and the same bytes are
put into the queue of each who watches it. A turn never waits for a reader, and is made in slices so short that no
control loop has to wait for it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Final

from flowengine.errors import NotFound
from flowengine.runtime.pace import Pace
from flowengine.service import Service
from flowengine.telemetry.look import FlowLook
from flowengine_web import shapes
from flowengine_web.live.alarms import alarm_shapes
from flowengine_web.live.debug_items import DebugFrames
from flowengine_web.live.event import event
from flowengine_web.live.followed import Followed
from flowengine_web.live.frames import FlowFrames
from flowengine_web.live.machines import MachineFrames
from flowengine_web.live.pulse import Pulse
from flowengine_web.live.reader import Reader
from flowengine_web.live.turn import ALARMS, DASHBOARD, FAULTS, MACHINES, Turn
from flowengine_web.live.widgets import WidgetFrames

LOG = logging.getLogger("flowengine.web")

TURN: Final = 0.1
"""Seconds between two turns."""
MOST_STREAMS: Final = 40
"""Open streams; each holds one of the server's threads."""
SLOTS: Final = 20
"""Readers are woken spread over so many parts of a turn, so that their threads do not crowd out the loop at once."""
LINGER: Final = 10.0
"""Seconds for which a flow is still looked at after somebody asked for its values without a stream."""


class Hub:
    """Feeds all open streams, turn by turn. Everything here runs on the engine's loop."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._engine = service.engine
        self.readers: dict[str, Reader] = {}
        self.pulse = Pulse(service.engine)
        self._followed: dict[str, Followed] = {}
        self._debug = DebugFrames(self._engine.observer.debug)
        self._widgets = WidgetFrames(service.engine)
        self._machines = MachineFrames(service.machines)
        self._news: dict[str, bytes] = {}
        """Events for everybody in the next turn, by name."""
        self._task: asyncio.Task[None] | None = None
        self._next_pulse = self._next_alarms = 0.0
        self._alarms_told = True
        self._lost = 0
        """Turns lost by streams that are closed by now."""
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="live frames")
        self._engine.faults.listeners.append(self._faults_changed)
        service.alarms.listeners.append(self._alarms_changed)
        service.on_project_change.append(self.project_changed)
        service.changes.on_change.append(self.project_changed)
        service.on_deployed.append(self._deployed)

    # --- readers ---

    def open(self, session: str, user: str) -> Reader | None:
        """Open a stream; None: there are too many."""
        if len(self.readers) >= MOST_STREAMS:
            return None
        taken = [reader.slot for reader in self.readers.values()]
        reader = Reader(session, user, min(range(SLOTS), key=taken.count))
        self.readers[reader.id] = reader
        self._wake()
        return reader

    def close(self, reader: Reader) -> None:
        """Forget a stream."""
        if self.readers.pop(reader.id, None) is not None:
            self._lost += reader.lost
            reader.close()
            self._follow()
            if not self.readers:
                self._machines.forget()
            if reader.watching.editing:
                self.project_changed()

    def watch(self, reader: Reader, watching: shapes.Watching) -> None:
        """Say what a stream is to carry from now on."""
        before, reader.watching = reader.watching, watching
        reader.fresh &= {*watching.flows, FAULTS, MACHINES, ALARMS, *([DASHBOARD] if watching.dashboard else [])}
        if not any(other.watching.debug for other in self.readers.values() if other is not reader):
            self._debug.skip()
        self._follow()
        if sorted(before.editing) != sorted(watching.editing):
            self.project_changed()

    @property
    def lost(self) -> int:
        """Turns that browsers were too slow for; whole frames followed."""
        return self._lost + sum(reader.lost for reader in self.readers.values())

    def editors(self, flow: str, but: str) -> list[str]:
        """Return who has a flow open to edit, one user left out. In any thread: meanwhile streams come and go."""
        return sorted({r.user for r in tuple(self.readers.values()) if flow in r.watching.editing} - {but})

    # --- news ---

    def project_changed(self) -> None:
        """Tell everybody to read the project again."""
        self.announce("project", {})

    def announce(self, name: str, data: Any, key: str = "") -> None:
        """Send an event to everybody in the next turn; one of the same key that still waits is replaced."""
        if self.readers:
            self._news[key or name] = event(name, data)

    def tell(self, user: str, name: str, data: Any) -> None:
        """Send an event to all streams of one user."""
        found = event(name, data)
        for reader in self.readers.values():
            if reader.user == user:
                reader.put((found,))

    def _deployed(self, flow: str, revision: str, by: str) -> None:
        self.announce("deployed", {"flow": flow, "revision": revision, "by": by}, key=f"deployed {flow}")

    def _faults_changed(self) -> None:
        for reader in self.readers.values():
            reader.fresh.discard(FAULTS)

    def _alarms_changed(self) -> None:
        self._alarms_told = False

    # --- without a stream ---

    async def live(self, flow: str) -> Callable[[], dict[str, Any]]:
        """Return what writes down a flow as it is now (in any thread), and go on following it for a while.

        So rates are known when somebody asks again.

        Raises:
            NotFound: it does not run.
        """
        steps = self._engine.look_in_steps(flow)
        now = asyncio.get_running_loop().time()
        followed = self._followed.get(flow) or self._begin(flow)
        followed.until = now + LINGER
        self._wake()
        if followed.frames.nodes:
            return followed.frames.as_dict
        look = await Pace().drive(steps)

        def first() -> dict[str, Any]:
            frames = FlowFrames(flow)
            frames.update(look, now)
            return frames.as_dict()

        return first

    def engine(self) -> shapes.EngineLive:
        """Return the engine as it is now."""
        if self._task is None:
            self.pulse.whole_round(asyncio.get_running_loop().time())
        return self.pulse.shown(len(self.readers))

    # --- turns ---

    def stop(self) -> None:
        """Say goodbye to everybody and end."""
        self._engine.faults.listeners.remove(self._faults_changed)
        self._service.alarms.listeners.remove(self._alarms_changed)
        self._service.on_project_change.remove(self.project_changed)
        self._service.changes.on_change.remove(self.project_changed)
        self._service.on_deployed.remove(self._deployed)
        last = event("bye", {})
        for reader in list(self.readers.values()):
            reader.close(last)
        self.readers.clear()
        self._follow(all_gone=True)
        if self._task is not None:
            self._task.cancel()
            self._task = None
        self._machines.forget()
        self._thread.shutdown(wait=False)

    def _wake(self) -> None:
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._run(), name="live frames")

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        planned = loop.time()
        try:
            while self.readers or self._followed:
                now = loop.time()
                self.pulse.lagged(now - planned)
                try:
                    await self._turn(now)
                except Exception:
                    LOG.exception("a turn of the live stream failed")
                planned = max(planned + TURN, loop.time() + TURN / 10)
                await asyncio.sleep(planned - loop.time())
        finally:
            self._task = None

    async def _turn(self, now: float) -> None:
        pace = Pace()
        changed, whole = await self._frames(now, pace)
        await pace.rest()
        pulse = self._pulse(now)
        await pace.rest()
        debug = self._debug.update() if any(one.watching.debug for one in self.readers.values()) else None
        await pace.rest()
        widgets = self._widgets.update(now) if any(one.watching.dashboard for one in self.readers.values()) else None
        await pace.rest()
        turn = Turn(
            for_all=(*self._news.values(), *pulse),
            changed=changed,
            whole=whole,
            debug=debug,
            widgets=widgets,
            all_widgets=self._widgets.full,
            all_alarms=lambda: event("alarms", alarm_shapes(self._service.alarms)),
            all_faults=lambda: event("faults", fault_shapes(self._engine.faults.all())),
            machines=self._machines.update(now) if self.readers else None,
            all_machines=self._machines.full,
        )
        self._news.clear()
        self._tell_alarms(now)
        slots: dict[int, list[Reader]] = {}
        for reader in self.readers.values():
            slots.setdefault(reader.slot, []).append(reader)
        for slot, group in slots.items():
            asyncio.get_running_loop().call_later(slot * TURN / SLOTS, _deliver, turn, group)

    async def _frames(self, now: float, pace: Pace) -> tuple[dict[str, bytes], dict[str, bytes]]:
        """Return what changed, and everything where somebody needs it, by flow."""
        wanted = {
            flow for r in self.readers.values() if not r.stalled for flow in r.watching.flows if flow not in r.fresh
        }
        changed: dict[str, bytes] = {}
        whole: dict[str, bytes] = {}
        for flow, followed in list(self._followed.items()):
            if 0 < followed.until < now and not self._watched(flow):
                self._end(flow)
                continue
            look = partial(self._look, flow)
            new, all_of_it = await followed.turn(look, flow in wanted, now, TURN, self._thread, pace)
            if new is not None:
                changed[flow] = new
            if all_of_it is not None:
                whole[flow] = all_of_it
        return changed, whole

    def _tell_alarms(self, now: float) -> None:
        """Have the list told anew where it has changed: once a second at most, however many alarms there are."""
        if self._alarms_told or now < self._next_alarms:
            return
        self._alarms_told, self._next_alarms = True, now + 1.0
        for reader in self.readers.values():
            reader.fresh.discard(ALARMS)

    def _pulse(self, now: float) -> Iterable[bytes]:
        self.pulse.turn(now)
        if now < self._next_pulse:
            return ()
        self._next_pulse = now + 1.0
        return (event("engine", self.pulse.shown(len(self.readers))),)

    def _look(self, flow: str) -> Generator[None, None, FlowLook] | None:
        try:
            return self._engine.look_in_steps(flow)
        except NotFound:
            return None

    # --- which flows are followed ---

    def _watched(self, flow: str) -> bool:
        return any(flow in reader.watching.flows for reader in self.readers.values())

    def _follow(self, all_gone: bool = False) -> None:
        """Follow what is watched, and nothing else."""
        wanted = {flow for reader in self.readers.values() for flow in reader.watching.flows}
        for flow in wanted - self._followed.keys():
            self._begin(flow)
        for flow in self._followed.keys() - wanted:
            if all_gone or not self._followed[flow].until:
                self._end(flow)

    def _begin(self, flow: str) -> Followed:
        followed = self._followed[flow] = Followed(flow, self._engine.watch(flow))
        return followed

    def _end(self, flow: str) -> None:
        followed = self._followed.pop(flow)
        followed.end()
        self._engine.unwatch(followed.token)


def _deliver(turn: Turn, group: Iterable[Reader]) -> None:
    for reader in group:
        if not reader.stalled:
            reader.put(turn.events_for(reader))


def fault_shapes(faults: Iterable[Any]) -> shapes.Faults:
    """Return faults as they go over the API."""
    return shapes.Faults(
        faults=[
            shapes.Fault(
                flow=fault.flow,
                node=fault.node,
                level=fault.level,
                text=fault.text,
                since=fault.since,
                active=fault.active,
                acknowledged_by=fault.acknowledged_by,
                acknowledged_at=fault.acknowledged_at,
            )
            for fault in faults
        ]
    )
