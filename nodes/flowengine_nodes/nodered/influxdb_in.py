"""The influxdb in node of node-red-contrib-influxdb: asks InfluxDB for each message."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Final, Literal
from urllib.parse import urlencode

import msgspec
from msgspec import Meta

from flowengine import AsyncTransform, BadData, Message, Port, only_with
from flowengine_nodes.influx import answers
from flowengine_nodes.nodered.base import Name, numbered
from flowengine_nodes.notify.service import Service

LARGEST: Final = 16 * 1024 * 1024
"""Bytes of an answer that are taken; a longer one is an error."""


class InfluxdbIn(AsyncTransform, type="nodered/influxdb-in"):
    """Ask InfluxDB for each message: the payload becomes the rows that a query finds, each an object.

    It does what the influxdb in node of Node-RED does: InfluxQL for version 1, where rows have a `time` that is a date
    and several statements give a list of rows each; Flux for version 2 and 3. A text in `msg.query` comes before the
    query below, so give the server's user, or the token, no more than the right to read.
    """

    outputs: ClassVar[tuple[Port, ...]] = numbered(1)

    connection: Annotated[Service, Meta(description="The server of InfluxDB")]
    name: Name = ""
    version: Annotated[Literal["2", "1"], Meta(description="2 has buckets (3 takes the same), 1 has databases")] = "2"
    database: Annotated[str, Meta(description="The database"), only_with(version="1")] = ""
    org: Annotated[str, Meta(description="Organisation"), only_with(version="2")] = ""
    query: Annotated[
        str, Meta(description="Flux, or InfluxQL for version 1", extra_json_schema={"x-widget": "text"})
    ] = ""
    raw: Annotated[bool, Meta(description="Give the answer as it came"), only_with(version="1")] = False

    async def process(self, msg: Message) -> Message:
        """Return the message with what was found.

        Raises:
            Retryable, Refused, BadData: what the server says.
        """
        asked = msg.properties.get("query")
        query = asked if isinstance(asked, str) and asked else self.query
        if not query.strip():
            raise BadData("there is no query: write one, or send it in msg.query")
        return msg.with_payload(await (self._by_influxql(query) if self.version == "1" else self._by_flux(query)))

    async def _by_influxql(self, query: str) -> Any:
        path = f"/query?{urlencode({'db': self.database, 'q': query})}"
        body = self._whole(await self.connection.send("GET", path, b"", "text/plain", {}, LARGEST + 1))
        results = answers.of_json(body)
        if self.raw:
            return msgspec.json.decode(body)
        return results[0] if len(results) == 1 else results

    async def _by_flux(self, query: str) -> list[answers.Row]:
        said = {
            "query": query,
            "type": "flux",
            "dialect": {"header": True, "annotations": ["datatype", "group", "default"]},
        }
        path, body = f"/api/v2/query?{urlencode({'org': self.org})}", msgspec.json.encode(said)
        kinds = {"Accept": "application/csv"}
        answer = await self.connection.send("POST", path, body, "application/json", kinds, LARGEST + 1)
        return answers.of_csv(self._whole(answer))

    def _whole(self, answer: Any) -> bytes:
        if len(answer.body) > LARGEST:
            raise BadData(f"the answer is longer than {LARGEST >> 20} MB: narrow the query down")
        body: bytes = answer.body
        return body
