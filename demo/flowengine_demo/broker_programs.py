"""The broker programs that the demo can run by itself: where they are found and how they are configured."""

from __future__ import annotations

import shutil
import sysconfig
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

LOOPBACK = "127.0.0.1"  # an open broker is nobody's business outside this computer


def mosquitto_config(port: int, folder: Path) -> str:
    """Mosquitto: open on loopback only, nothing on disk, room for a burst (its own limits are 20 and 1000)."""
    return f"""listener {port} {LOOPBACK}
allow_anonymous true
persistence false
max_inflight_messages 1000
max_queued_messages 100000
set_tcp_nodelay true
log_dest stderr
log_type error
log_type warning
"""


def nats_config(port: int, folder: Path) -> str:
    """nats-server with an MQTT 3.1.1 listener, which needs a server name and JetStream; its own port is random."""
    return f"""server_name: "flowengine-demo"
listen: "{LOOPBACK}:-1"
jetstream {{ store_dir: "{folder.as_posix()}/jetstream" }}
mqtt {{ listen: "{LOOPBACK}:{port}", max_ack_pending: 1000 }}
"""


@dataclass(frozen=True, slots=True)
class BrokerProgram:
    """One program that can be the broker."""

    name: str
    config: Callable[[int, Path], str]

    def path(self) -> str | None:
        """Where it is installed, or None."""
        # Debian keeps servers in sbin, which is not on every user's PATH; a wheel puts programs beside the interpreter.
        return shutil.which(self.name) or shutil.which(
            self.name, path=f"/usr/sbin:/usr/local/sbin:{sysconfig.get_path('scripts')}"
        )

    def command(self, path: str, port: int, folder: Path) -> list[str]:
        """Write the configuration into the folder and return the command line."""
        config = folder / "broker.conf"
        config.write_text(self.config(port, folder))
        return [path, "-c", str(config)]


MOSQUITTO = BrokerProgram("mosquitto", mosquitto_config)
NATS = BrokerProgram("nats-server", nats_config)
IN_ORDER_OF_PREFERENCE = (MOSQUITTO, NATS)
