# ruff: noqa: E501 - a flow reads better with a node on a line
"""Database nodes of Node-RED, brought over and run against real servers."""

from __future__ import annotations

import asyncio
from typing import Any

from flowengine.flow.check import check_project
from flowengine.flow.plan import plan_flow
from flowengine.flow.problem import errors
from flowengine.flow.project import Project
from flowengine.nodered.conversion import convert
from flowengine.registry import Registry
from flowengine.runtime.engine import Engine
from tests.nodes.sql.test_database_write_query import opened, query, write
from tests.plants.mosquitto import LOOPBACK
from tests.plants.postgresql import PASSWORD, PostgreSql

TABLE = "CREATE TABLE orders (id integer PRIMARY KEY, line text, weight double precision)"


def test_statements_of_postgresql_write_and_ask_with_the_values_of_messages(postgresql: PostgreSql) -> None:
    server = {"host": LOOPBACK, "port": str(postgresql.port), "database": "postgres", "ssl": False}
    entries: list[dict[str, Any]] = [
        {"id": "t", "type": "tab", "label": "t"},
        {"id": "d", "type": "postgreSQLConfig", "name": "orders", **server, "credentials": {"user": "flowengine", "password": PASSWORD}},
        {"id": "i", "z": "t", "type": "inject", "once": True, "onceDelay": "0", "props": [{"p": "params", "v": "[7, \"press'); --\", 2.5]", "vt": "json"}], "wires": [["w"]]},
        {"id": "w", "z": "t", "type": "postgresql", "name": "keep", "postgreSQLConfig": "d", "query": "INSERT INTO orders VALUES ($1, $2, $3);", "wires": [[]]},
        {"id": "j", "z": "t", "type": "inject", "repeat": "0.2", "props": [{"p": "queryParameters", "v": '{"least": 1}', "vt": "json"}], "wires": [["q"]]},
        {"id": "q", "z": "t", "type": "postgresql", "name": "ask", "postgreSQLConfig": "d", "query": "SELECT id, line FROM orders WHERE weight > $least", "wires": [["f"]]},
        {"id": "f", "z": "t", "type": "function", "func": "if (msg.payload.length) { msg.params = [8, msg.payload[0].line + '!', 0]; return msg }", "outputs": 1, "wires": [["w2"]]},
        {"id": "w2", "z": "t", "type": "postgresql", "name": "again", "postgreSQLConfig": "d", "query": "INSERT INTO orders VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING", "wires": [[]]},
    ]  # fmt: skip
    registry = Registry.discover()
    made = convert(entries, registry)
    flow = made.flows["t"]
    project = Project.of(flow, connections=made.connections)
    assert errors(check_project(project, registry, {}, made.secrets.get)) == []
    own = {"system": "postgresql", "host": LOOPBACK, "port": postgresql.port, "database": "postgres", "tls": "off"}

    async def main() -> Any:
        async with opened({**own, "username": "flowengine", "password": PASSWORD}) as database:
            await write(database, "DROP TABLE IF EXISTS orders", None)
            assert await write(database, TABLE, None) == [None]
            engine = Engine()
            await engine.deploy(plan_flow(flow, project, registry, {}, made.secrets.get))
            try:
                async with asyncio.timeout(30):
                    while len(rows := await query(database, "SELECT * FROM orders ORDER BY id")) < 2:
                        await asyncio.sleep(0.02)
            finally:
                await engine.stop()
            return rows

    line = "press'); --"
    assert asyncio.run(main()) == [
        {"id": 7, "line": line, "weight": 2.5},
        {"id": 8, "line": f"{line}!", "weight": 0.0},
    ]


def test_a_mysql_node_comes_over_with_its_database_and_the_risk_of_statements_in_messages_is_said() -> None:
    made = convert(
        [
            {"id": "t", "type": "tab", "label": "t"},
            {"id": "d", "type": "MySQLdatabase", "name": "orders", "host": "db", "port": "3307", "db": "plant", "charset": "UTF8", "credentials": {"user": "u", "password": "p"}},
            {"id": "q", "z": "t", "type": "mysql", "name": "ask", "mydb": "d", "wires": [[]]},
        ],
        Registry.discover(),
    )  # fmt: skip
    where = {"system": "mysql", "host": "db", "port": 3307, "database": "plant", "tls": "off"}
    assert made.connections["orders"].options == {**where, "username": "u", "password": "${secret:orders-password}"}
    assert made.flows["t"].nodes["ask"].type == "nodered/sql"
    assert any("never build it from what comes from outside" in each.text for each in made.report.findings)
