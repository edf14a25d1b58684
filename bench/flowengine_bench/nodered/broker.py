"""mosquitto as a child on a free loopback port, set so that the broker is not what limits the load.

Throughput is best with mosquitto's own choice of Nagle's algorithm (switching it off doubled the broker's CPU at full
load), latency at a modest rate is best without (1.2 against 2.1 ms there and back through Node-RED at 1,000 msg/s).
"""

import contextlib
import shutil
import socket
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from flowengine_bench.child import Child, ChildFailed, child
from flowengine_bench.nodered.ports import free_port

START_TIMEOUT_S = 5.0

CONFIGURATION = """\
listener {port} 127.0.0.1
allow_anonymous true
persistence false
log_type error
log_dest stdout
max_inflight_messages 1000
max_queued_messages 1000000
set_tcp_nodelay {no_delay}
"""


def mosquitto() -> str | None:
    """The broker's program; Debian keeps it in a folder that is not on every user's PATH."""
    return shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")


@contextlib.contextmanager
def broker(*, no_delay: bool = False) -> Iterator[int]:
    """A broker for the length of a block; gives its port. `no_delay` sends each message at once."""
    program = mosquitto()
    if program is None:
        raise ChildFailed("mosquitto is not installed; the MQTT workloads need it as their broker")
    with tempfile.TemporaryDirectory(prefix="flowengine-bench-") as folder:
        port, file = free_port(), Path(folder) / "mosquitto.conf"
        file.write_text(CONFIGURATION.format(port=port, no_delay=str(no_delay).lower()), encoding="utf-8")
        with child([program, "-c", file]) as running:
            _wait_until_listening(port, running)
            yield port


def _wait_until_listening(port: int, running: Child) -> None:
    until = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < until:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1.0):
            return
        time.sleep(0.01)
    raise ChildFailed(f"mosquitto did not listen within {START_TIMEOUT_S:.0f} s. {running.last_lines()}")
