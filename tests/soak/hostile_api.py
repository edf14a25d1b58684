"""Requests over the API that mean harm to a machine: by users of every role, by nobody, and with forged papers."""

from __future__ import annotations

import http.client
import random
from typing import Any, Final

from flowengine.access.roles import ROLES
from flowengine.access.stop_ticket import make_ticket, new_key
from tests.plants.write_judge import WriteJudge
from tests.soak import hostile_plant
from tests.soak.hostile_plant import NONSENSE, PLACES
from tests.web.api.client import Client
from tests.web.canvas.served import Served
from tests.web.patience import PATIENCE

TARGETS: Final = (*PLACES, "oven", "", "press", "../heater", "*", "heater\x00")
MODES: Final = ("off", "advisory", "automatic", "manual", "wild")
PAPERS: Final[tuple[dict[str, str | None], ...]] = (
    {"Authorization": "Bearer fe_" + "A" * 43, "Cookie": None},
    {"Authorization": "Bearer ", "Cookie": None},
    {"Authorization": "Basic YWRtaW46YWRtaW4=", "Cookie": None},
    {"X-CSRF-Token": "0" * 43},
    {"X-CSRF-Token": None},
    {"Origin": "http://evil.example"},
    {"Origin": None},
    {"X-Forwarded-User": "admin", "Cookie": None},
)


class Api:
    """Browsers of all roles, one of nobody's, and one line to the port of the emergency stop."""

    def __init__(self, served: Served, judge: WriteJudge, rng: random.Random, port: int) -> None:
        """`port` is the device's."""
        self._served, self._judge, self._rng, self._port = served, judge, rng, port
        self._clients = [Client(served.port, served.cookie(role)) for role in ROLES]
        for client in self._clients:
            client.session()
        self._clients.append(Client(served.port))
        self.done = self.refused = 0

    def close(self) -> None:
        """Hang up."""
        for client in self._clients:
            client.close()

    def attack(self, requests: int) -> int:
        """Ask so often; returns how many."""
        ways = (self._act, self._act, self._by_hand, self._inject, self._operate, self._papers, self._press, self._odd)
        for _ in range(requests):
            self._rng.choice(ways)()
        return requests

    def prepare(self) -> int:
        """Have an operator arm everything and let the flow write, so that there is something to be won."""
        self._judge.release()
        for what in ("reset-stop", "reset-trip", "arm"):
            self._ask(self._clients[1], "POST", "/api/machines/act", {"what": what})
        self._ask(self._clients[1], "POST", "/api/machines/act", {"what": "mode", "target": "", "mode": "automatic"})
        return 4

    def set_off(self, node: str) -> None:
        """Have an operator press a button of the flow."""
        self._clients[1].do("POST", "/api/flows/oven/inject", {"node": node})

    def deploy(self) -> int:
        """Have an editor deploy a flow that writes what is not its own."""
        flow = hostile_plant.evil(self._port, self._rng)
        editor = self._clients[2]
        known = editor.ask("GET", "/api/flows/evil")
        base = known.headers["etag"].strip('"') if known.status == 200 else ""
        self._ask(editor, "POST", "/api/deploys", {"flows": {"evil": {"base": base, "flow": flow}}})
        return 2

    def _act(self) -> None:
        rng = self._rng
        whats = ("arm",) * 4 + ("disarm", "mode", "write", "stop", "reset-stop", "reset-stop", "reset-trip", "explode")
        body: dict[str, Any] = {"what": rng.choice(whats), "target": rng.choice(TARGETS)}
        body |= {"mode": rng.choice(MODES)} if rng.random() < 0.5 or body["what"] == "mode" else {}
        body |= {"value": self._value()} if body["what"] == "write" else {}
        body |= {"by": "ot-anna", "operator": True} if rng.random() < 0.1 else {}
        who = rng.randrange(len(self._clients))
        if body["what"] == "reset-stop":
            self._judge.release()
        status = self._ask(self._clients[who], "POST", "/api/machines/act", body)
        if body["what"] == "stop" and status == 200:
            self._judge.hold()

    def _by_hand(self) -> None:
        client, target = self._rng.choice(self._clients), self._rng.choice(TARGETS)
        self._ask(client, "POST", "/api/machines/act", {"what": "mode", "target": target, "mode": "manual"})
        self._ask(client, "POST", "/api/machines/act", {"what": "write", "target": target, "value": self._value()})
        self._ask(client, "POST", "/api/machines/act", {"what": "mode", "target": target, "mode": "automatic"})

    def _inject(self) -> None:
        rng = self._rng
        body: dict[str, Any] = {"node": rng.choice(("wild", "button", "knob", "tick", *PLACES, "", "w1"))}
        if rng.random() < 0.8:
            body["message"] = {"payload": self._value(), "time": rng.choice((0, 1e12))}
        flow = rng.choice(("oven", "oven", "evil", "nobody", "..%2foven"))
        self._ask(rng.choice(self._clients), "POST", f"/api/flows/{flow}/inject", body)

    def _operate(self) -> None:
        body = {"flow": "oven", "node": self._rng.choice(("knob", "heater", "button")), "value": self._value()}
        self._ask(self._rng.choice(self._clients), "POST", "/api/dashboard/operate", body)

    def _papers(self) -> None:
        rng = self._rng
        body = {"what": rng.choice(("arm", "write", "mode")), "target": "heater", "mode": "manual", "value": 5000}
        client = rng.choice(self._clients)
        reply = client.ask("POST", "/api/machines/act", body, rng.choice(PAPERS))
        assert reply.status in (401, 403, 422), (reply.status, reply.raw)
        self.refused += 1

    def _press(self) -> None:
        """Press the emergency stop beside the web server with a ticket that somebody made up, or with none."""
        rng = self._rng
        ticket = make_ticket(new_key(), "anna", 1e12) if rng.random() < 0.5 else rng.randbytes(20).hex()
        line = http.client.HTTPConnection("127.0.0.1", self._served.service.machines.stop_port, timeout=PATIENCE)
        path = rng.choice(("/stop", "/arm", "/api/machines/act"))
        line.request("POST", path, f'{{"ticket": "{ticket}", "what": "arm"}}')
        status = line.getresponse().status
        assert status in (403, 404), status
        line.close()
        self.refused += 1

    def _odd(self) -> None:
        """Send a body that is none."""
        raw = self._rng.choice((b"", b"[]", b"{", b"null", b'{"what": "arm", "what": "write"}', b"\xff\xfe"))
        raw = raw if self._rng.random() < 0.7 else self._rng.randbytes(self._rng.randrange(200))
        path = self._rng.choice(("/api/machines/act", "/api/deploys", "/api/flows/oven/inject", "/api/take"))
        reply = self._rng.choice(self._clients).ask("POST", path, raw=raw)
        assert 400 <= reply.status < 500, (path, raw, reply.status)
        self.refused += 1

    def _value(self) -> Any:
        value = self._rng.choice(NONSENSE) if self._rng.random() < 0.5 else self._rng.uniform(-50, 150)
        return value.hex() if isinstance(value, bytes) else value

    def _ask(self, client: Client, method: str, path: str, body: Any) -> int:
        status = client.ask(method, path, body).status
        assert status < 500 or status in (502, 503), (path, body, status)
        self.done, self.refused = self.done + (status == 200), self.refused + (status != 200)
        return status
