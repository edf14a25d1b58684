# ruff: noqa: E501 - a flow reads better with a node on a line
"""Node-RED's nodes that talk to the outside world, against real sockets, files and processes."""

from __future__ import annotations

import itertools
import json
import re
import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.nodered.comparing import Bench
from tests.plants.mosquitto import free_port
from tests.web.patience import until


@pytest.fixture
def session(bench: Bench) -> Iterator[Bench]:
    yield bench
    bench.send(op="unload")
    last = list(bench.until("unloaded", "error"))
    assert not [each for each in last if each.get("level") == "error"], last


def load(session: Bench, *nodes: dict[str, Any], **more: Any) -> None:
    flows = [{"id": "f", "type": "tab"}, *({"z": "f", **node} if node.get("z") is None else node for node in nodes)]
    flows += [
        {"id": "d", "z": "f", "type": "debug", "wires": []},
        {"id": "ct", "z": "f", "type": "catch", "wires": [["d"]]},
    ]
    session.send(op="load", flows=[{k: v for k, v in each.items() if v != ""} for each in flows], tap=["d"], **more)
    assert list(session.until("loaded", "error"))[-1]["event"] == "loaded"


def arrived(session: Bench, count: int = 1) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while len(found) < count:
        found += [each["msg"] for each in session.until("msg") if each["event"] == "msg"]
    return found


def test_a_request_is_answered_by_the_flow_with_its_parameters(session: Bench) -> None:
    port = free_port()
    code = "msg.payload = {id: msg.req.params.id, q: msg.req.query.x, body: msg.req.body}; msg.statusCode = 201; msg.headers = {'x-own': 'yes'}; return msg"
    load(session, {"id": "i", "type": "http in", "url": "/a/:id", "method": "post", "wires": [["n"]]},
         {"id": "n", "type": "function", "func": code, "wires": [["o"]]}, {"id": "o", "type": "http response", "wires": []},
         env={"NODE_RED_HTTP_PORT": str(port)})  # fmt: skip
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/a/7?x=1", data=b'{"k": [1]}', headers={"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        assert (answer.status, answer.headers["x-own"]) == (201, "yes")
        assert json.loads(answer.read()) == {"id": "7", "q": "1", "body": {"k": [1]}}
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/elsewhere", timeout=60)
    assert caught.value.code == 404
    caught.value.close()


def test_a_request_to_a_server_brings_its_answer_and_one_to_nobody_an_error(session: Bench) -> None:
    port = free_port()
    load(session, {"id": "i", "type": "http in", "url": "/json", "method": "get", "wires": [["o"]]}, {"id": "o", "type": "http response", "wires": []},
         {"id": "r", "type": "http request", "method": "GET", "ret": "obj", "url": "http://127.0.0.1:{{{port}}}/json?a={{payload}}", "wires": [["d"]]},
         env={"NODE_RED_HTTP_PORT": str(port)})  # fmt: skip
    session.send(op="inject", node="r", msg={"port": port, "payload": "x y"})
    (answer,) = arrived(session)
    assert (answer["statusCode"], answer["payload"]) == (200, {"a": "x y"})
    session.send(op="inject", node="r", msg={"port": free_port()})
    failed = arrived(session, 2)
    assert {each["statusCode"] for each in failed if "statusCode" in each} == {"ECONNREFUSED"}
    assert any("error" in each for each in failed)


def test_tcp_is_split_into_lines_answered_and_asked(session: Bench) -> None:
    port = str(free_port())
    load(session, {"id": "i", "type": "tcp in", "server": "server", "port": port, "datamode": "stream", "datatype": "utf8", "newline": "\\n", "wires": [["n"]]},
         {"id": "n", "type": "function", "func": "msg.payload = msg.payload.toUpperCase() + '\\n'; return msg", "wires": [["o"]]},
         {"id": "o", "type": "tcp out", "beserver": "reply", "wires": []},
         {"id": "r", "type": "tcp request", "server": "127.0.0.1", "port": port, "out": "char", "splitc": "\\n", "ret": "string", "wires": [["d"]]})  # fmt: skip
    session.send(op="inject", node="r", msg={"payload": "hello\n"})
    assert arrived(session)[0]["payload"] == "HELLO\n"


def test_a_datagram_arrives(session: Bench) -> None:
    port = str(free_port())
    load(session, {"id": "i", "type": "udp in", "port": port, "datatype": "utf8", "wires": [["d"]]},
         {"id": "o", "type": "udp out", "addr": "127.0.0.1", "port": port, "wires": []})  # fmt: skip
    session.send(op="inject", node="o", msg={"payload": "ping"})
    assert arrived(session)[0]["payload"] == "ping"


def test_a_command_is_run_and_how_it_ended_is_told(session: Bench) -> None:
    load(
        session,
        {
            "id": "e",
            "type": "exec",
            "command": "echo",
            "addpay": "payload",
            "append": "",
            "useSpawn": "false",
            "wires": [["d"], ["d"], ["d"]],
        },
    )
    session.send(op="inject", node="e", msg={"payload": "hi"})
    out, ended = arrived(session, 2)
    assert out["payload"] == "hi\n"
    assert ended["payload"] == {"code": 0}


def test_a_file_is_written_read_by_lines_and_deleted(session: Bench, tmp_path: Path) -> None:
    path = tmp_path / "new" / "x.txt"
    load(session, {"id": "w", "type": "file", "filename": str(path), "filenameType": "str", "createDir": True, "overwriteFile": "true", "wires": [["r"]]},
         {"id": "r", "type": "file in", "filename": str(path), "filenameType": "str", "format": "lines", "wires": [["d"]]},
         {"id": "x", "type": "file", "filename": str(path), "filenameType": "str", "overwriteFile": "delete", "wires": [["d"]]})  # fmt: skip
    session.send(op="inject", node="w", msg={"payload": "one\ntwo"})
    assert [each["payload"] for each in arrived(session, 3)] == ["one", "two", ""]
    session.send(op="inject", node="x", msg={})
    arrived(session)
    assert not path.exists()
    session.send(op="inject", node="r", msg={})
    assert "ENOENT" in arrived(session)[0]["error"]["message"]


def test_a_web_socket_carries_messages_both_ways(session: Bench) -> None:
    port = free_port()
    load(session, {"id": "l", "z": "", "type": "websocket-listener", "path": "/ws", "wholemsg": "false"},
         {"id": "c", "z": "", "type": "websocket-client", "path": f"ws://127.0.0.1:{port}/ws", "wholemsg": "false"},
         {"id": "i", "type": "websocket in", "server": "l", "wires": [["n"]]},
         {"id": "n", "type": "function", "func": "msg.payload = 'echo ' + msg.payload; return msg", "wires": [["o"]]},
         {"id": "o", "type": "websocket out", "server": "l", "wires": []},
         {"id": "ci", "type": "websocket in", "client": "c", "wires": [["d"]]}, {"id": "co", "type": "websocket out", "client": "c", "wires": []},
         env={"NODE_RED_HTTP_PORT": str(port)})  # fmt: skip
    for event in session.until("status"):
        if event.get("status", {}).get("text") == "connected":
            break
    connected = False
    while not connected:
        connected = any(each.get("status", {}).get("text") == "connected" for each in session.until("status"))
    session.send(op="inject", node="co", msg={"payload": "hi"})
    assert arrived(session)[0]["payload"] == "echo hi"


def test_a_web_socket_client_sends_the_headers_that_it_is_given(session: Bench) -> None:
    headers = [
        {"keyType": "Authorization", "keyValue": "", "valueType": "other", "valueValue": "Bearer x"},
        {"keyType": "other", "keyValue": "X-Line", "valueType": "other", "valueValue": "7"},
    ]
    with socket.create_server(("127.0.0.1", 0)) as server:
        path = f"ws://127.0.0.1:{server.getsockname()[1]}/"
        load(session, {"id": "c", "z": "", "type": "websocket-client", "path": path, "headers": headers},
             {"id": "i", "type": "websocket in", "client": "c", "wires": [["d"]]})  # fmt: skip
        link, _ = server.accept()
        with link:
            asked = link.recv(4096).decode()
    assert "Authorization: Bearer x\r\n" in asked
    assert "X-Line: 7\r\n" in asked


def test_mqtt_carries_messages_through_a_broker(session: Bench, broker_port: int) -> None:
    load(session, {"id": "b", "z": "", "type": "mqtt-broker", "broker": "127.0.0.1", "port": str(broker_port), "clientid": "", "protocolVersion": "5"},
         {"id": "i", "type": "mqtt in", "topic": "a/+", "qos": "1", "datatype": "auto-detect", "broker": "b", "wires": [["d"]]},
         {"id": "o", "type": "mqtt out", "topic": "a/b", "qos": "1", "retain": "true", "userProps": '{"line": "7"}', "broker": "b", "wires": []})  # fmt: skip
    session.send(op="inject", node="o", msg={"payload": {"x": 1}, "userProperties": {"line": "8"}})
    (found,) = arrived(session)
    assert found["userProperties"] == {"line": "7"}
    assert (found["topic"], found["payload"], found["qos"]) == ("a/b", {"x": 1}, 1)


def test_a_folder_is_watched(session: Bench, tmp_path: Path) -> None:
    load(session, {"id": "w", "type": "watch", "files": str(tmp_path), "recursive": False, "wires": [["d"]]})
    names = (f"new-{number}.txt" for number in itertools.count())

    def reported() -> list[dict[str, Any]]:
        (tmp_path / next(names)).write_text("x")  # one after the other: those from before its first look count as old
        session.send(op="ping")
        return [each["msg"] for each in session.until("reply") if each["event"] == "msg"]

    found = until(reported)[0]
    assert (found["payload"], found["type"]) == (str(tmp_path / found["file"]), "file")
    assert re.fullmatch(r"new-\d+\.txt", found["file"])
