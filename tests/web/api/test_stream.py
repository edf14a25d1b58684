"""The live stream: what comes over it, and what it must never do to the engine."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from functools import partial
from pathlib import Path

import pytest

from flowengine.registry import Registry
from flowengine.service import Service
from flowengine_web.hub import MOST_STREAMS
from flowengine_web.listening import WebSettings, claim
from flowengine_web.live.pulse import resident
from flowengine_web.serving import Web
from flowengine_web.shapes import Watching
from flowengine_web.stream import _events
from tests.web.api.client import Client, Stream
from tests.web.api.conftest import SignedIn, without_ticks
from tests.web.canvas.served import Served
from tests.web.patience import PATIENCE, until


def test_it_begins_with_everything_and_goes_on_with_what_changed(editor: Client) -> None:
    stream = editor.stream()
    stream.watch(flows=["line"])
    first = stream.next("live")
    assert first["full"] is True
    assert set(first["nodes"]) == {"tick", "double", "log", "button"}
    assert set(first["wires"]) == {"tick.out>double.in", "double.out>log.in", "button.out>double.in"}
    seen = {name: dict(node) for name, node in first["nodes"].items()}
    while seen["double"]["value"] is None or not 10 < seen["tick"]["rate"] < 30:
        delta = stream.next("live")
        assert delta["full"] is False
        assert "button" not in delta["nodes"], "nothing happens there"
        for name, fields in delta["nodes"].items():
            assert fields, "a node without news has no place in a frame"
            seen[name] |= fields
    assert (seen["double"]["kind"], seen["double"]["quality"]) == ("number", "good")
    assert seen["double"]["value"] % 2 == 0
    assert abs(seen["double"]["time"] - time.time()) < 60
    assert seen["double"]["sent"] > first["nodes"]["double"]["sent"]
    stream.close()


def test_what_is_put_together_from_it_is_what_the_snapshot_says(editor: Client) -> None:
    stream = editor.stream()
    stream.watch(flows=["line"])
    first = stream.next("live")
    editor.do("POST", "/api/flows/line/run", {"run": False})
    end = stream.next("live", lambda data: data["full"] and not data["nodes"])
    assert end["flow"] == "line"
    assert first["full"]
    stream.close()


class TestInNoHurry:
    """A busy computer is late for a tick, and says so as a fault: here nothing ticks."""

    @pytest.fixture
    def folder(self, folder: Path) -> Path:
        return without_ticks(folder)

    def test_faults_and_the_engine_are_told_to_all(self, editor: Client) -> None:
        stream = editor.stream()
        assert stream.next("faults") == {"faults": []}
        editor.do("POST", "/api/flows/line/inject", {"node": "button"})
        engine = stream.next("engine", lambda data: data["rate"] > 0)
        assert engine["running"] == 1
        assert engine["streams"] == 1
        assert engine["memory"] > 10_000_000
        stream.close()


def test_the_debug_stream_is_for_those_who_ask(editor: Client, served: Served) -> None:
    stream = editor.stream()
    stream.watch(flows=["line"], debug=True)
    item = stream.next("debug")["items"][-1]
    assert (item["flow"], item["node"], item["level"]) == ("line", "log", "value")
    assert editor.get("/api/debug")["items"][0]["node"] == "log"
    assert editor.get(f"/api/traces/{item['id']}")["id"] == item["id"]
    stream.watch(flows=["line"])
    served.do(lambda: served.site.hub.announce("marked", {}))  # what was on its way before it is of no account
    stream.next("marked")
    names = []
    for name, _ in stream.events():
        names.append(name)
        if names.count("engine") == 2:
            break
    assert "debug" not in names
    stream.close()


def test_who_edits_a_flow_is_shown_to_others(signed_in: SignedIn) -> None:
    editor, admin = signed_in("editor"), signed_in("admin")
    hers, his = editor.stream(), admin.stream()
    hers.watch(editing=["line"])
    his.next("project")
    assert admin.get("/api/project")["flows"][0]["editors"] == ["editor"]
    assert editor.get("/api/project")["flows"][0]["editors"] == []
    hers.close()
    his.next("project")
    until(lambda: admin.get("/api/project")["flows"][0]["editors"] == [])
    his.close()


def test_a_stream_obeys_its_own_session_alone(signed_in: SignedIn) -> None:
    editor, admin = signed_in("editor"), signed_in("admin")
    stream = editor.stream()
    assert admin.refused("PUT", f"/api/streams/{stream.id}", {"flows": ["line"]}) == (404, "not-found")
    stream.close()


def test_one_stream_too_many_is_told_when_to_ask_again_and_the_api_goes_on(served: Served, editor: Client) -> None:
    clients = [Client(served.port, editor.cookie) for _ in range(MOST_STREAMS)]
    streams = [client.stream() for client in clients]
    assert all(stream.status == 200 for stream in streams)
    refused = Stream(editor)
    assert refused.status == 503
    assert int(refused.answer.headers["Retry-After"]) > 0
    assert json.loads(refused.answer.read())["error"] == "too-many-streams"
    others = [Client(served.port, editor.cookie) for _ in range(30)]
    for client in others:  # as many threads as are left, and a few more requests than that
        assert client.get("/api/metrics")["streams"] == MOST_STREAMS
        assert client.get("/api/flows/line/live")["nodes"]
    streams[0].close()
    until(lambda: len(served.site.hub.readers) < MOST_STREAMS)
    again = Stream(clients[0])
    assert again.status == 200
    for stream in [*streams[1:], again, refused]:
        stream.close()
    for client in [*clients, *others]:
        client.close()


def test_a_reader_that_never_reads_costs_no_memory_is_told_and_catches_up(served: Served, editor: Client) -> None:
    """Its socket takes little; then the server's buffer is full, then the queue, then turns are dropped."""
    with socket.socket() as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        line.settimeout(PATIENCE)
        line.connect(("127.0.0.1", served.port))
        assert editor.cookie is not None
        head = f"GET /api/stream HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {'='.join(editor.cookie)}\r\n\r\n"
        line.sendall(head.encode())
        until(lambda: len(served.site.hub.readers) == 1)
        (reader,) = served.site.hub.readers.values()
        editor.do("PUT", f"/api/streams/{reader.id}", {"flows": ["line"]})
        large = "x" * 100_000

        def flood() -> None:
            served.site.hub.announce("project", {"padding": large})

        before = resident()

        def stalled() -> bool:
            served.do(flood)
            return reader.stalled

        until(stalled)
        for _ in range(300):
            served.do(flood)
        assert resident() - before < 60_000_000
        assert len(reader._waiting) == 0
        text = b""
        while b"event: lost" not in text:
            text = text[-100:] + line.recv(100_000)
        while b'"full":true' not in text:
            text = text[-100:] + line.recv(100_000)


@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="only Linux hangs up on who takes nothing")
def test_a_reader_that_takes_nothing_for_long_is_hung_up_on(folder: Path, registry: Registry) -> None:
    async def main() -> None:
        service = Service(folder, registry, environment={})
        await service.start()
        settings = WebSettings(port=0, stalled=1)
        async with Web(service, settings, claim(settings)) as web:
            site = web.running
            token, _ = site.access.sessions.begin("viewer")
            with socket.socket() as line:
                line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                await asyncio.to_thread(line.connect, ("127.0.0.1", site.address.port))
                cookie = f"{site.address.cookie}={token}"
                line.sendall(f"GET /api/stream HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookie}\r\n\r\n".encode())
                async with asyncio.timeout(PATIENCE):
                    while not site.hub.readers:
                        await asyncio.sleep(0.01)
                    while site.hub.readers:
                        site.hub.announce("project", {"padding": "x" * 100_000})
                        await asyncio.sleep(0.02)
        await service.stop(1)

    asyncio.run(main())


def test_a_browser_that_is_gone_is_noticed(served: Served, editor: Client) -> None:
    stream = editor.stream()
    until(lambda: len(served.site.hub.readers) == 1)
    stream.close()
    until(lambda: not served.site.hub.readers)
    until(lambda: served.site.hub._task is None)


def test_who_edits_is_told_also_when_a_stream_is_opened_meanwhile(served: Served) -> None:
    hub = served.site.hub

    class Opening(str):
        """A name of a flow: while it is looked for, someone opens a stream."""

        __slots__ = ()
        __hash__ = str.__hash__

        def __eq__(self, other: object) -> bool:
            served.do(lambda: hub.open("session", "guest"))
            return str(self) == other

    def edit(user: str) -> None:
        reader = hub.open("session", user)
        assert reader is not None
        hub.watch(reader, Watching(editing=["line"]))

    served.do(partial(edit, "ada"))
    served.do(partial(edit, "bob"))
    assert hub.editors(Opening("line"), "bob") == ["ada"]


def test_nothing_is_followed_and_no_task_runs_while_nobody_looks(served: Served, editor: Client) -> None:
    assert served.site.hub._task is None
    stream = editor.stream()
    stream.watch(flows=["line"])
    stream.next("live")
    assert list(served.site.hub._followed) == ["line"]
    stream.watch()
    until(lambda: not served.site.hub._followed)
    stream.close()


def test_streams_are_closed_with_a_word_before_the_server_stops(served: Served, editor: Client) -> None:
    stream = editor.stream()
    served.stop()
    assert [name for name, _ in stream.events()][-1] == "bye"
    stream.close()


def test_a_head_opens_no_stream(served: Served, editor: Client) -> None:
    assert editor.ask("HEAD", "/api/stream").status == 405
    assert not served.site.hub.readers


def test_a_large_flow_is_written_down_beside_the_loop_and_comes_over_all_the_same(
    folder: Path, served: Served, editor: Client
) -> None:
    names = [f"step-{number}" for number in range(300)]
    nodes = {name: {"type": "values/expression", "options": {"expression": "payload + 1"}} for name in names}
    wires = [
        {"from": "tick" if number % 10 == 0 else names[number - 1], "to": name} for number, name in enumerate(names)
    ]
    flow = {
        "flowengine": 1,
        "name": "large",
        "nodes": {"tick": {"type": "timing/every", "options": {"interval": 0.05, "send": "count"}}, **nodes},
        "wires": wires,
    }
    editor.do("POST", "/api/deploys", {"flows": {"large": {"base": "", "flow": flow}}})
    first = editor.get("/api/flows/large/live")
    assert len(first["nodes"]) == 301
    stream = editor.stream()
    stream.watch(flows=["large"])
    whole = stream.next("live")
    assert (whole["full"], len(whole["nodes"])) == (True, 301)
    last = names[-1]
    known = dict(whole["nodes"][last])
    while known["value"] is None or known["received"] < whole["nodes"][last]["received"] + 5:
        delta = stream.next("live")
        known |= delta["nodes"].get(last, {}) if not delta["full"] else delta["nodes"][last]
    assert known["kind"] == "number"
    stream.close()


def test_a_session_that_has_ended_ends_its_stream(
    served: Served, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flowengine_web.stream.LOOK_EVERY", 0.1)
    viewer, admin = signed_in("viewer"), signed_in("admin")
    stream = viewer.stream()
    admin.do("PATCH", "/api/users/viewer", {"role": "operator"})
    assert [name for name, _ in stream.events()][-1] == "bye"
    stream.close()


def test_a_right_that_is_given_as_soon_as_a_stream_has_said_hello_is_told(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flowengine_web.stream.LOOK_EVERY", 0)
    site = served.site
    who = site.access.sessions.find(served.cookie("viewer")[1])
    assert who is not None
    reader = served.do(lambda: site.hub.open(who.key, who.user))
    assert reader is not None
    events = _events(site, reader)
    assert b"event: hello" in next(events)
    site.access.permit("viewer", "operator", "line")
    assert b"event: session" in next(events)
    served.do(lambda: site.hub.close(reader))


def test_a_right_that_is_given_or_taken_is_told_to_who_has_it_and_to_nobody_else(
    served: Served, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flowengine_web.stream.LOOK_EVERY", 0.1)
    viewer, admin = signed_in("viewer"), signed_in("admin")
    stream, other = viewer.stream(), admin.stream()
    right = {"who": "viewer", "may": "operator", "area": "line"}
    admin.do("POST", "/api/rights/permit", right)
    stream.next("session")
    assert viewer.get("/api/session")["areas"] == [{"may": "operator", "area": "line"}]
    served.site.access.sides.give("viewer", ["ot"], by="the computer")
    stream.next("session")
    admin.do("POST", "/api/rights/withdraw", right)
    stream.next("session")
    assert viewer.get("/api/session")["areas"] == []
    stream.close()
    served.stop()
    assert "session" not in [name for name, _ in other.events()]
    other.close()
