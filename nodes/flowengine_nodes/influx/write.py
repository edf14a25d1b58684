"""The actuator `influx/write`."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Annotated, ClassVar, Final, Literal
from urllib.parse import urlencode

from msgspec import Meta

from flowengine import ADVANCED, Actuator, Message, NodeError, Refused, Retry, Retryable, only_with, unit
from flowengine_nodes.influx.line_protocol import line
from flowengine_nodes.notify import filled
from flowengine_nodes.notify.service import Service

BATCH: Final = 5000
"""Points in one request at most, as InfluxDB advises."""

Waiting = tuple[str, "asyncio.Future[None]"]


class WriteInflux(Actuator, type="influx/write"):
    """Write values into InfluxDB: version 2 and 3 (bucket), or 1 (database).

    A number, text or true/false becomes the field `value`; an object a field for each of its values. The measurement
    and tags may be filled in from the message with `{{...}}`. Whole numbers are kept as numbers with a fraction unless
    `integers` is on, since a field of InfluxDB can never have both.

    Points are sent together, so that 5,000 cost one request. A message is done with when InfluxDB has confirmed it;
    while it is away the flow waits. A point with the same measurement, tags and time replaces the one before: what is
    sent again after a crash is there once.

    Example: service `http://127.0.0.1:8086` with scheme Token, org plant, bucket line-1, measurement `{{topic}}`.
    """

    retry: ClassVar[Retry] = Retry(attempts=0, delay=0.5, most=10.0)
    concurrency: ClassVar[int] = 10_000

    connection: Annotated[Service, Meta(description="The server of InfluxDB")]
    version: Annotated[Literal["2", "1"], Meta(description="2 has buckets (3 takes the same), 1 has databases")] = "2"
    bucket: Annotated[str, Meta(description="Bucket, or database of version 1", min_length=1)]
    org: Annotated[str, Meta(description="Organisation"), only_with(version="2")] = ""
    measurement: Annotated[str, Meta(description="Name of the measurement; {{...}} is filled in")] = "{{topic}}"
    tags: Annotated[dict[str, str], Meta(description="Tags of the points; {{...}} is filled in")] = {}
    integers: Annotated[bool, Meta(description="Write whole numbers as integers"), ADVANCED] = False
    interval: Annotated[
        float, Meta(description="Collect points so long before they are sent", ge=0, le=60, extra_json_schema=unit("s"))
    ] = 0.5

    def __post_init__(self) -> None:
        asked = {"db": self.bucket} if self.version == "1" else {"org": self.org, "bucket": self.bucket}
        place = "/write" if self.version == "1" else "/api/v2/write"
        self._path = f"{place}?{urlencode({**asked, 'precision': 'u' if self.version == '1' else 'us'})}"
        self._measurement = filled.text(self.measurement)
        self._tags = {name: filled.text(value) for name, value in self.tags.items()}
        self._points: list[Waiting] = []
        self._wake, self._soon = asyncio.Event(), asyncio.Event()
        self._sender: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to wait for points."""
        self._sender = asyncio.ensure_future(self._send_all())

    async def stop(self) -> None:
        """Stop; what is not confirmed stays with its messages."""
        if self._sender is not None:
            self._sender.cancel()
            await asyncio.gather(self._sender, return_exceptions=True)
        self._finish(self._points, Retryable("stopped before it was sent"))

    async def write(self, msg: Message) -> None:
        """Send a point and wait until it is confirmed."""
        done = self.submit(msg)
        assert done is not None
        await done

    def submit(self, msg: Message) -> Awaitable[None] | None:
        """Hand a point over.

        Raises:
            BadData: the message cannot be a point.
        """
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._points.append((self._line(msg), done))
        self._wake.set()
        if len(self._points) >= BATCH:
            self._soon.set()
        return done

    def _line(self, msg: Message) -> str:
        fields = msg.payload if isinstance(msg.payload, dict) else {"value": msg.payload}
        if not self.integers:
            fields = {name: float(value) if type(value) is int else value for name, value in fields.items()}
        tags = {name: tag(msg) for name, tag in self._tags.items()}
        return line(self._measurement(msg), tags, fields, msg.time)

    async def _send_all(self) -> None:
        while True:
            await self._wake.wait()
            if len(self._points) < BATCH and self.interval:
                try:
                    async with asyncio.timeout(self.interval):
                        await self._soon.wait()
                except TimeoutError:
                    pass
            batch, self._points = self._points[:BATCH], self._points[BATCH:]
            if not self._points:
                self._wake.clear()
            if len(self._points) < BATCH:
                self._soon.clear()
            try:
                await self._send(batch)
            except BaseException as error:
                self._finish(batch, Retryable(f"not confirmed: {error or 'stopped'}"))
                raise

    async def _send(self, batch: list[Waiting]) -> None:
        """Send points; where they are refused together, each half by itself, so that the bad one fails alone."""
        body = "\n".join(point for point, _ in batch).encode()
        try:
            await self.connection.send("POST", self._path, body, "text/plain; charset=utf-8", {})
        except Refused as error:
            if len(batch) == 1 or not _is_about_points(error):
                self._finish(batch, error)
                return
            middle = len(batch) // 2
            await self._send(batch[:middle])
            await self._send(batch[middle:])
        except NodeError as error:
            self._finish(batch, error)
        else:
            self._finish(batch, None)

    def _finish(self, batch: list[Waiting], error: NodeError | None) -> None:
        for _, done in batch:
            if not done.done():
                if error is None:
                    done.set_result(None)
                else:
                    done.set_exception(error)


def _is_about_points(error: Refused) -> bool:
    """Say whether another batch may be taken: a token that does not count is none the better for being sent alone."""
    return any(f" answers {code} " in str(error) for code in (400, 413, 422))
