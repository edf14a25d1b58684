"""The machines over the API: who may look, who may act, and what is recorded."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from flowengine.access.audit import audit_folder, entries
from flowengine.registry import Registry
from flowengine.workers.fleet import Fleet
from flowengine.workers.settings import Workers
from tests.plants.guarded_oven import DOOR, heat, install, oven
from tests.plants.modbus_slave import Slave
from tests.web.api.client import Client
from tests.web.api.conftest import SignedIn
from tests.web.canvas.served import Served
from tests.web.patience import until


def test_without_an_envelope_nothing_is_guarded_and_nobody_can_act(folder: Path, signed_in: SignedIn) -> None:
    found = signed_in("viewer").get("/api/machines")
    assert (found["guarded"], found["refused"], found["outputs"]) == (False, "", {})
    answer = signed_in("operator").ask("POST", "/api/machines/act", {"what": "arm", "target": "heater"})
    assert (answer.status, answer.json["error"]) == (404, "not-found")
    last = list(entries(audit_folder(folder)))[-1]
    assert (last.who, last.what, last.about, last.result) == ("operator", "machines", "heater", "refused")
    assert last.details["what"] == "arm"


def test_a_viewer_may_not_act_and_an_act_that_is_none_is_refused(signed_in: SignedIn) -> None:
    assert signed_in("viewer").ask("POST", "/api/machines/act", {"what": "stop"}).status == 403
    assert signed_in("operator").ask("POST", "/api/machines/act", {"what": "explode"}).status == 422


def test_without_an_envelope_the_stream_says_so_once(signed_in: SignedIn) -> None:
    stream = signed_in("viewer").stream()
    assert stream.next("machines")["guarded"] is False
    for name, _ in stream.events():
        assert name != "machines"
        if name == "engine":
            break
    stream.close()


@pytest.fixture
def device() -> Iterator[Slave]:
    with oven() as slave:
        yield slave


@pytest.fixture(params=[None, Workers(most=1)], ids=["one process", "field process"])
def guarded(request: pytest.FixtureRequest, folder: Path, registry: Registry, device: Slave) -> Iterator[Served]:
    """An oven with an envelope, served."""
    install(folder, device.port)
    served = Served(folder, registry, request.param)
    served.start()
    yield served
    served.stop()


@pytest.fixture
def browser(guarded: Served) -> Iterator[SignedIn]:
    """Returns a browser in which the user of a role is signed in at the oven."""
    clients: list[Client] = []

    def sign_in(role: str) -> Client:
        clients.append(Client(guarded.port, guarded.cookie(role)))
        clients[-1].session()
        return clients[-1]

    yield sign_in
    for client in clients:
        client.close()


def heater_of(data: Any) -> dict[str, Any]:
    """Return how the heater stands; empty while a guard on a busy computer has not answered in time."""
    return dict(data["outputs"].get("heater", {}))


def test_the_stream_tells_everybody_how_the_machines_stand_while_people_act(browser: SignedIn, device: Slave) -> None:
    operator, viewer = browser("operator"), browser("viewer")
    stream = viewer.stream()
    heater = stream.next("machines", lambda data: heater_of(data).get("said"))["outputs"]["heater"]
    assert (heater["said"], heater["armed"], heater["low"], heater["high"]) == (
        "the output is not armed",
        False,
        0,
        100,
    )
    operator.do("POST", "/api/machines/act", {"what": "arm", "target": "heater"})
    hot = stream.next("machines", lambda data: heater_of(data).get("told") == 50)["outputs"]
    assert (hot["heater"]["writer"], hot["heater"]["said"]) == ("oven/heater", "")
    assert (hot["fan"]["low"], hot["fan"]["values"]) == (None, [False, True])

    device.bank.holding[DOOR] = 1
    tripped = stream.next("machines", lambda data: heater_of(data).get("trips"))["outputs"]["heater"]
    assert tripped["trips"] == ["the door is open (door == 1)"]
    assert tripped["no_reset"] == "the door is open (door == 1)"
    device.bank.holding[DOOR] = 0
    stream.next("machines", lambda data: heater_of(data).get("no_reset") == "")

    operator.do("POST", "/api/machines/act", {"what": "stop", "cause": "smoke"})
    stopped = stream.next("machines", lambda data: data["stops"])
    assert (stopped["stops"], stopped["no_reset"], stopped["unknown"]) == (["smoke"], "", "")
    stream.close()
    assert heat(device) == 7


@pytest.mark.parametrize("guarded", [None], indirect=True)
def test_a_deploy_shows_what_the_envelope_allows_at_each_output_and_what_the_check_says(browser: SignedIn) -> None:
    editor = browser("editor")
    found = editor.ask("GET", "/api/flows/oven")
    flow = found.json["flow"]

    def preview(value: float, writes: int = 20) -> dict[str, Any]:
        flow["nodes"]["tick"]["options"]["value"] = value
        flow["nodes"]["heater"]["options"]["address"] = writes
        item = {"base": found.headers["etag"].strip('"'), "flow": flow}
        (limit,) = editor.do("POST", "/api/deploys/preview", {"flows": {"oven": item}})["limits"]
        return dict(limit)

    beyond = preview(5000)
    assert (beyond["flow"], beyond["node"], beyond["output"]) == ("oven", "heater", "heater")
    assert (beyond["low"], beyond["high"], beyond["unit"], beyond["clamp"]) == (0, 100, "%", False)
    assert (beyond["least"], beyond["most"]) == (5000, 5000)
    assert [(one["code"], one["severity"]) for one in beyond["problems"]] == [("outside-envelope", "error")]
    assert (preview(60)["most"], preview(60)["problems"]) == (60, [])
    elsewhere = preview(60, writes=40)
    assert (elsewhere["output"], elsewhere["modes"]) == ("", [])
    assert [one["code"] for one in elsewhere["problems"]] == ["not-in-envelope"]


def test_who_opens_a_stream_when_nobody_has_read_is_told_nothing_that_is_old(
    browser: SignedIn, guarded: Served
) -> None:
    operator = browser("operator")
    first = operator.stream()
    first.next("machines")
    first.close()
    until(lambda: not guarded.site.hub.readers)
    operator.do("POST", "/api/machines/act", {"what": "stop", "cause": "smoke"})
    stream = operator.stream()
    assert stream.next("machines", lambda data: not data["unknown"])["stops"] == ["smoke"]
    stream.close()


@pytest.mark.parametrize("guarded", [Workers(most=1)], ids=["field process"], indirect=True)
def test_a_guard_that_does_not_answer_is_said_to_be_not_known_until_it_does(browser: SignedIn, guarded: Served) -> None:
    stream = browser("viewer").stream()
    stream.next("machines", lambda data: data["outputs"])
    fleet = guarded.service.engine
    assert isinstance(fleet, Fleet)
    assert fleet.field is not None
    os.kill(fleet.field.pid, signal.SIGSTOP)
    silent = stream.next("machines", lambda data: data["unknown"])
    assert (silent["guarded"], silent["outputs"]) == (True, {})
    os.kill(fleet.field.pid, signal.SIGCONT)
    assert "heater" in stream.next("machines", lambda data: not data["unknown"])["outputs"]
    stream.close()
