"""The list of alarms over the API, in the stream and in the terminal: who may look, who may act, what is recorded."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from flowengine.access.audit import audit_folder, entries
from flowengine.cli.alarms import alarms
from flowengine.node import Status
from tests.web.api.conftest import SignedIn, without_ticks
from tests.web.canvas.served import Served
from tests.web.patience import until


@pytest.fixture
def folder(folder: Path) -> Path:
    return without_ticks(folder)


@pytest.fixture
def ringing(served: Served) -> Iterator[Served]:
    """A server with a fault, which stands until it is removed."""
    faults = served.service.engine.faults
    served.site.bridge.ask(lambda: faults.status("oven", "heater", Status("error", "no answer")))
    until(lambda: served.site.bridge.ask(served.service.alarms.look).alarms)
    yield served
    served.site.bridge.ask(lambda: faults.removed("oven", ["heater"]))


def test_the_stream_tells_what_rings_and_an_operator_acknowledges_and_shelves_it(
    ringing: Served, signed_in: SignedIn, folder: Path
) -> None:
    operator, viewer = signed_in("operator"), signed_in("viewer")
    stream = viewer.stream()
    rings = stream.next("alarms", lambda data: data["alarms"])
    assert [(one["name"], one["state"], one["text"]) for one in rings["alarms"]] == [
        ("oven/heater", "unacknowledged", "no answer")
    ]
    assert viewer.ask("POST", "/api/alarms/act", {"what": "acknowledge", "names": ["oven/heater"]}).status == 403
    operator.do("POST", "/api/alarms/act", {"what": "acknowledge", "names": ["oven/heater"]})
    seen = stream.next("alarms", lambda data: data["unseen"] == 0)["alarms"][0]
    assert (seen["state"], seen["seen_by"]) == ("acknowledged", "operator")

    shelve = {"what": "shelve", "names": ["oven/heater"], "minutes": 5, "reason": "is being repaired"}
    assert operator.ask("POST", "/api/alarms/act", {**shelve, "reason": ""}).status == 403
    assert operator.ask("POST", "/api/alarms/act", {**shelve, "names": ["oven/none"]}).status == 404
    operator.do("POST", "/api/alarms/act", shelve)
    assert stream.next("alarms", lambda data: data["alarms"][0]["aside"])["alarms"][0]["reason"] == "is being repaired"
    stream.close()
    operator.do("POST", "/api/alarms/act", {"what": "unshelve", "names": ["oven/heater"]})

    past = viewer.get("/api/alarms/history?name=oven/heater&most=10")["entries"]
    assert [(one["what"], one["by"]) for one in past if one["by"]] == [
        ("no longer shelved", "operator"),
        ("shelved", "operator"),
        ("acknowledged", "operator"),
    ]
    assert viewer.ask("GET", f"/api/alarms/history?before={10**20}").status == 422
    *_, last = [entry for entry in entries(audit_folder(folder)) if entry.what == "alarms"]
    assert (last.who, last.details["what"], last.about, last.result) == ("operator", "unshelve", "oven/heater", "done")


def test_the_terminal_shows_the_list_and_acts(ringing: Served, folder: Path) -> None:
    def run(*arguments: str) -> str:
        done = CliRunner().invoke(alarms, [str(folder), *arguments])
        assert done.exit_code == 0, done.output
        return done.output

    assert "oven/heater  no answer" in run("show")
    assert "acknowledged" in run("acknowledge")
    assert "[repair, " in run("shelve", "oven/heater", "--reason", "repair", "--minutes", "5")
    assert "oven/heater  shelved" in run("history", "oven/heater")
    run("unshelve", "oven/heater")
