# ruff: noqa: E501 - a flow reads better with a node on a line
"""InfluxDB, e-mail and databases of Node-RED's palette, and writes to Modbus places that messages name."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from flowengine.errors import BadData
from flowengine.flow.check import check_project
from flowengine.flow.plan import plan_flow
from flowengine.flow.problem import errors
from flowengine.flow.project import Project
from flowengine.message import Message
from flowengine.nodered.conversion import Conversion, Wishes, convert
from flowengine.nodered.exporting import export
from flowengine.nodered.project import Origin, without_secrets
from flowengine.registry import Registry
from flowengine.runtime.engine import Engine
from flowengine.testing import running
from flowengine_nodes.modbus.device import Device
from flowengine_nodes.nodered.influxdb import InfluxdbOut
from flowengine_nodes.nodered.modbus_flex_write import ModbusFlexWrite
from flowengine_nodes.notify.service import Service
from tests.nodes.threads import started
from tests.plants.line_protocol import parse
from tests.plants.modbus_slave import slave_on_tcp
from tests.plants.web_service import WebService

TAB: dict[str, Any] = {"id": "t", "type": "tab", "label": "t"}


def brought(registry: Registry, *entries: dict[str, Any]) -> Conversion:
    """Return an import that passes the check and comes back as it was."""
    values = [TAB, *({"z": "t", "wires": [], **each} if "z" not in each else each for each in entries)]
    values = [{k: v for k, v in each.items() if k != "z" or v} for each in values]
    made = convert(values, registry)
    project = Project.of(*made.flows.values(), connections=made.connections)
    assert [str(each) for each in errors(check_project(project, registry, {}, made.secrets.get))] == []
    back, _ = export(project, [Origin(without_secrets(values), Wishes(), made.credentials)], registry)
    assert back == without_secrets(values)
    return made


def config(**settings: Any) -> dict[str, Any]:
    return {"z": "", **settings}


@pytest.mark.parametrize(
    ("server", "node", "connection", "options", "asking"),
    [
        (
            {"hostname": "db.local", "port": "8086", "database": "plant", "credentials": {"username": "u", "password": "p"}},
            {"precision": "s"},
            {"url": "http://db.local:8086", "username": "u", "password": "${secret:influxdb-password}"},
            {"version": "1", "bucket": "plant", "precision": "s"},
            {"version": "1", "database": "plant"},
        ),
        (
            {"influxdbVersion": "2.0", "url": "https://db.local", "credentials": {"token": "x", "username": "old"}},
            {"org": "works", "bucket": "line", "precisionV18FluxV20": "ms"},
            {"url": "https://db.local", "scheme": "Token", "token": "${secret:influxdb-token}"},
            {"org": "works", "bucket": "line", "precision": "ms"},
            {"org": "works"},
        ),
    ],
)  # fmt: skip
def test_an_influxdb_is_a_connection_with_its_secrets_and_its_version_says_how_points_are_written(
    registry: Registry, server: Any, node: Any, connection: Any, options: Any, asking: Any
) -> None:
    made = brought(
        registry,
        config(id="i", type="influxdb", **server),
        {"id": "o", "type": "influxdb out", "influxdb": "i", "measurement": "oven", **node},
        {"id": "b", "type": "influxdb batch", "influxdb": "i", **node},
        {"id": "q", "type": "influxdb in", "influxdb": "i", "query": "SELECT 1", **node},
    )
    assert made.connections["influxdb"].options == connection
    out, batch = made.flows["t"].nodes["influxdb-out"], made.flows["t"].nodes["influxdb-batch"]
    assert out.type == batch.type == "nodered/influxdb-out"
    assert out.options == {"connection": "influxdb", "measurement": "oven", **options}
    assert batch.options["points"] is True
    question = made.flows["t"].nodes["influxdb-in"]
    assert question.type == "nodered/influxdb-in"
    assert question.options == {"connection": "influxdb", "query": "SELECT 1", **asking}


def test_points_are_what_the_nodes_of_node_red_made_of_a_payload() -> None:
    def sent(payload: Any, **options: Any) -> list[Any]:
        with WebService(lambda _: (204, b"")) as web:
            service = Service(url=web.url)
            node = InfluxdbOut(connection=service, bucket="b", measurement="oven", interval=0.0, **options)

            async def main() -> None:
                async with started(service, node):
                    await node.write(Message(payload, time=5.0))

            asyncio.run(main())
            return parse(web.sent[0].body.decode())

    assert sent(4) == [("oven", {}, {"value": 4.0}, 5_000_000)]
    assert sent({"a": "7i", "time": 2000}) == [("oven", {}, {"a": 7}, 2_000_000)]
    assert sent([{"a": 1}, {"line": 3}]) == [("oven", {"line": "3"}, {"a": 1.0}, 5_000_000)]
    assert [each[2] for each in sent([[{"a": 1}, {}], [{"a": 2}, {}]])] == [{"a": 1.0}, {"a": 2.0}]
    points = [{"measurement": "m", "fields": {"a": 1}, "tags": {"t": "x"}, "timestamp": 3}]
    assert sent(points, points=True, precision="s") == [("m", {"t": "x"}, {"a": 1.0}, 3_000_000)]
    with pytest.raises(BadData):
        sent([1, 2])


def test_an_e_mail_node_is_notify_email_with_a_mail_server_of_its_settings_that_equal_ones_share(
    registry: Registry,
) -> None:
    mail = {
        "type": "e-mail",
        "server": "mail.local",
        "port": "465",
        "secure": True,
        "tls": True,
        "name": "a@b.c, d@e.f",
    }
    signed = {"credentials": {"userid": "line@b.c", "password": "pw"}}
    made = brought(registry, {"id": "m", **mail, **signed}, {"id": "n", **mail, "authtype": "NONE"}, {"id": "o", **mail, "authtype": "NONE"}, {"id": "p", **mail, "name": ""})  # fmt: skip
    server = made.connections["mail-server"].options
    assert server == {"host": "mail.local", "port": 465, "security": "tls", "sender": "line@b.c", "username": "line@b.c",
                      "password": "${secret:a-b-c-d-e-f-password}"}  # fmt: skip
    assert set(made.connections) == {"mail-server", "mail-server-2"}
    kinds = [node.type for node in made.flows["t"].nodes.values()]
    assert kinds == ["notify/email", "notify/email", "notify/email", "nodered/unknown"]
    assert next(iter(made.flows["t"].nodes.values())).options["to"] == ["a@b.c", "d@e.f"]


def test_statements_of_sqlite_are_done_with_the_values_of_a_message_and_a_list_does_not_do_them_again(
    registry: Registry, tmp_path: Path
) -> None:
    file = tmp_path / "plant.db"
    with sqlite3.connect(file) as db:
        db.execute("CREATE TABLE r (a, b)")
    insert = {"sqlquery": "prepared", "sql": "INSERT INTO r VALUES ($a, '$b;');"}
    made = brought(
        registry,
        config(id="d", type="sqlitedb", db=str(file), mode="RWC"),
        {"id": "f", "type": "inject", "once": True, "onceDelay": "0", "props": [{"p": "payload"}, {"p": "params", "v": '{"$a": 4}', "vt": "json"}], "payload": "[{},{}]", "payloadType": "json", "wires": [["w"]]},
        {"id": "w", "type": "sqlite", "name": "keep", "mydb": "d", **insert},
        {"id": "q", "type": "sqlite", "name": "ask", "mydb": "d", "sqlquery": "fixed", "sql": "SELECT a FROM r"},
        {"id": "x", "type": "sqlite", "name": "any", "mydb": "d", "sqlquery": "msg.topic"},
        {"id": "z", "type": "sqlite", "name": "many", "mydb": "d", "sqlquery": "batch"},
        {"id": "y", "type": "sqlite", "name": "two", "mydb": "d", "sqlquery": "fixed", "sql": "DELETE FROM r; SELECT 1"},
    )  # fmt: skip
    nodes = made.flows["t"].nodes
    assert {name: nodes[name].type for name in ("keep", "ask", "any", "many", "two")} == {
        "keep": "nodered/sql-write",
        "ask": "sql/query",
        "any": "nodered/sql",
        "many": "nodered/unknown",
        "two": "nodered/unknown",
    }

    async def main() -> list[Any]:
        engine = Engine()
        flow = made.flows["t"]
        await engine.deploy(plan_flow(flow, Project.of(flow, connections=made.connections), registry))
        async with asyncio.timeout(30):
            while not (rows := sqlite3.connect(file).execute("SELECT * FROM r").fetchall()):
                await asyncio.sleep(0.01)
        await engine.stop()
        return rows

    assert asyncio.run(main()) == [(4, "$b;")]


def test_statements_of_postgresql_have_their_parameters_by_place_or_name(registry: Registry) -> None:
    pytest.importorskip("psycopg")
    made = brought(
        registry,
        config(id="d", type="postgreSQLConfig", host="db", port="5432", database="plant", ssl=True, credentials={"user": "u", "password": "p"}),
        {"id": "a", "type": "postgresql", "name": "a", "postgreSQLConfig": "d", "query": "SELECT x::int FROM r WHERE a = $1 AND b ? 'k' AND c = $name"},
        {"id": "b", "type": "postgresql", "name": "b", "postgreSQLConfig": "d", "query": "SELECT {{ msg.column }} FROM r"},
    )  # fmt: skip
    nodes = made.flows["t"].nodes
    assert nodes["a"].options["statement"] == "SELECT x::int FROM r WHERE a = :p1 AND b ? 'k' AND c = :name"
    assert nodes["a"].options["parameters"] == {"p1": "params[0]", "name": "queryParameters.name"}
    assert nodes["b"].type == "nodered/unknown"
    assert made.connections["postgresqlconfig"].options["password"] == "${secret:postgresqlconfig-password}"


def test_a_database_in_memory_or_named_by_a_variable_is_a_placeholder_that_says_why(registry: Registry) -> None:
    made = brought(
        registry,
        config(id="d", type="sqlitedb", db=":memory:"),
        config(id="i", type="influxdb", hostname="${HOST}"),
        {"id": "q", "type": "sqlite", "mydb": "d", "sqlquery": "fixed", "sql": "SELECT 1"},
    )
    assert {each.type for each in made.connections.values()} == {"nodered/configuration"}
    texts = " ".join(each.text for each in made.report.findings)
    assert "in memory" in texts
    assert "'hostname' is said by a variable" in texts


def test_a_flex_write_writes_where_its_message_says_and_says_so_beforehand() -> None:
    async def main() -> None:
        async with slave_on_tcp() as slave:
            device = Device(host="127.0.0.1", port=slave.port)
            node = ModbusFlexWrite(connection=device)
            async with running(device), running(node):
                one = Message({"fc": 6, "unitid": 1, "address": 20, "quantity": 1, "value": "42"})
                assert [(each.address.partition("/1/")[2], each.value) for each in node.writes(one)] == [
                    ("holding/20/uint16", 42)
                ]
                await node.write(one)
                await node.write(Message('{"fc": 16, "unitid": 1, "address": 5, "quantity": 2, "value": [1, 2]}'))
                await node.write(Message({"fc": 15, "unitid": 1, "address": 3, "quantity": 2, "value": [1, "true"]}))
                await node.write(Message({"fc": 15, "unitid": 1, "address": 9, "value": [True]}))
                assert slave.bank.holding[20] == 42
                assert list(slave.bank.holding[5:7]) == [1, 2]
                assert [bool(bit) for bit in slave.bank.coil[3:5]] == [True, True]
                assert bool(slave.bank.coil[9])

    asyncio.run(main())


@pytest.mark.parametrize(
    ("payload", "said"),
    [
        (5, "must be an object"),
        ({"fc": 3, "address": 1, "value": 1}, "fc must be"),
        ({"fc": 6, "unitid": 0, "address": 1, "value": 1}, "unitid"),
        ({"fc": 6, "value": 1}, "address"),
        ({"fc": 6, "address": 1, "value": [1]}, "one value"),
        ({"fc": 16, "address": 65535, "value": [1, 2]}, "65535"),
        ({"fc": 16, "address": 1, "quantity": 3, "value": [1, 2]}, "quantity"),
        ({"fc": 6, "address": 1, "value": "hot"}, "hot"),
        ({"fc": 16, "address": 1, "value": []}, "0 values"),
    ],
)
def test_a_flex_write_refuses_what_names_no_place_or_does_not_fit(payload: Any, said: str) -> None:
    with pytest.raises(BadData, match=said):
        ModbusFlexWrite(connection=Device(host="127.0.0.1")).writes(Message(payload))
