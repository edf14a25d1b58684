"""nodered/influxdb-in, with a real InfluxDB 1 and what version 2 answers."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowengine import BadData, Message, NodeError, Refused
from flowengine_nodes.influx import answers
from flowengine_nodes.nodered.influxdb import InfluxdbOut
from flowengine_nodes.nodered.influxdb_in import InfluxdbIn
from flowengine_nodes.notify.service import Service
from tests.nodes.threads import started
from tests.plants.influxdb import InfluxDb, missing
from tests.plants.web_service import WebService


@pytest.fixture(scope="module")
def server() -> Iterator[InfluxDb]:
    if why := missing():
        pytest.skip(why)
    with InfluxDb() as made:
        yield made


async def ask(service: Service, msg: Message, **options: Any) -> Any:
    return (await InfluxdbIn(connection=service, **options).process(msg)).payload


def test_what_was_written_is_found_again_with_its_tags_and_times(server: InfluxDb) -> None:
    service = Service(url=server.url)
    out = InfluxdbOut(connection=service, version="1", bucket="plant", measurement="oven", interval=0.0)
    query = "SELECT temperature, line FROM oven WHERE temperature > 1"
    of = {"version": "1", "database": "plant", "query": query}

    async def main() -> list[Any]:
        async with started(service, out):
            points = [[{"temperature": n, "time": n * 1000}, {"line": "a b"}] for n in (1, 2.5)]
            await out.write(Message(points, time=1.0))
            with pytest.raises(Refused, match="error parsing query"):
                await ask(service, Message(0, properties={"query": "SELECT FROM"}), **of)
            return [
                await ask(service, Message(0), **of),
                await ask(
                    service, Message(0, properties={"query": f"{query}; SELECT count(temperature) FROM oven"}), **of
                ),
                await ask(service, Message(0), **of, raw=True),
            ]

    rows, several, raw = asyncio.run(main())
    row = {"time": datetime.fromtimestamp(2.5, UTC), "temperature": 2.5, "line": "a b"}
    assert rows == [row]
    assert several[0] == [row]
    assert several[1][0]["count"] == 2
    assert raw["results"][0]["series"][0]["columns"] == ["time", "temperature", "line"]


DAY = "2026-01-01T00:"
CSV = (
    b"#datatype,string,long,dateTime:RFC3339,double,boolean,string\r\n#group,false,false,false,false,false,true\r\n"
    b'#default,_result,,,,,\r\n,result,table,_time,_value,hot,line\r\n,,0,2026-01-01T00:00:00Z,1.5,true,"a,b"\r\n'
    b",,1,2026-01-01T00:01:00Z,,false,\r\n\r\n"
)


def test_rows_of_version_2_have_the_types_that_it_states_and_the_query_goes_as_flux() -> None:
    with WebService(lambda _: (200, CSV)) as web:
        service = Service(url=web.url, token="t", scheme="Token")

        async def main() -> Any:
            async with started(service):
                return await ask(service, Message(0), org="works", query='from(bucket: "b")')

        assert asyncio.run(main()) == [
            {"result": "_result", "table": 0, "_time": f"{DAY}00:00Z", "_value": 1.5, "hot": True, "line": "a,b"},
            {"result": "_result", "table": 1, "_time": f"{DAY}01:00Z", "_value": None, "hot": False, "line": ""},
        ]  # fmt: skip
        assert web.sent[0].path == "/api/v2/query?org=works"
        assert b'"type":"flux"' in web.sent[0].body


def test_what_a_query_does_wrong_is_said_also_where_it_comes_in_a_table() -> None:
    with pytest.raises(BadData, match="division by zero"):
        answers.of_csv(b"#datatype,string,string\r\n#default,,\r\n,error,reference\r\n,division by zero,897\r\n")
    with pytest.raises(BadData, match="no query"):
        asyncio.run(InfluxdbIn(connection=Service(url="http://127.0.0.1:1")).process(Message(0)))


NAMES = st.sampled_from(["results", "series", "values", "columns", "tags", "error", "time"])
JSON = st.recursive(
    st.none() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(NAMES, inner)
)


@given(st.binary() | st.text().map(str.encode) | JSON.map(msgspec.json.encode))
def test_no_answer_is_a_fault_of_the_node(body: bytes) -> None:
    for read in (answers.of_csv, answers.of_json):
        try:
            read(body)
        except NodeError:
            continue
