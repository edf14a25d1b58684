"""The connection `sql/database`: one session that writes in batches, one that reads."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from msgspec import Meta

from flowengine import ADVANCED, Connection, NodeError, Opening, Reach, Retryable, Secret, only_with, unit
from flowengine_nodes.sql import history_table, mysql, postgresql
from flowengine_nodes.sql.session import Session, Values, Work
from flowengine_nodes.sql.sqlite import SqliteSession
from flowengine_nodes.sql.statement import Statement

BATCH: Final = 1000
"""Rows in one transaction at most, but for a message that has more by itself."""

_SERVERS: Final = ("postgresql", "mysql")
_USUAL: Final = {"postgresql": 5432, "mysql": 3306}
"""System -> the port that it listens on where nobody says otherwise."""

_OUTSIDE: Final = 10.0
"""Seconds that whoever asks from outside of the flows waits at most."""

_SHORTEST_PAUSE: Final = 0.2
_LONGEST_PAUSE: Final = 5.0
"""Seconds between tries to open the database."""


class Database(Connection, type="sql/database"):
    """A database, shared by all nodes that name it: a file of SQLite, or a server of PostgreSQL or MySQL.

    TimescaleDB is PostgreSQL, MariaDB is MySQL.

    What nodes write while a transaction is under way goes into the next one together, since each transaction costs a
    turn of the disk. While the database is away nodes wait, in order, and the status says why.

    A table of PostgreSQL that `history` names is read from outside, too: by charts of the operators' page whose topics
    it has as tags, as CSV or Parquet, by Grafana. Its columns: tag text, time timestamptz, value double precision,
    quality text; its key: tag, time. Who may see a flow sees all that stands in it.

    A server needs the extra `sql`: pip install 'flowengine-ot[sql]'. Give the user no more rights than flows need.

    Example: `system: sqlite`, `file: /var/lib/plant/orders.sqlite`.
    """

    system: Annotated[
        Literal["sqlite", "postgresql", "mysql"],
        Meta(
            description="Which database",
            extra_json_schema={"x-titles": {"sqlite": "SQLite", "postgresql": "PostgreSQL", "mysql": "MySQL, MariaDB"}},
        ),
    ] = "sqlite"
    file: Annotated[
        str, Meta(description="Path of the file; it is made if it is not there"), only_with(system="sqlite")
    ] = ""
    host: Annotated[str, Meta(description="Name or address of the server"), only_with(system=_SERVERS)] = "127.0.0.1"
    port: Annotated[int, Meta(description="TCP port; 0: the usual one", ge=0, le=65535), only_with(system=_SERVERS)] = 0
    database: Annotated[str, Meta(description="Name of the database"), only_with(system=_SERVERS)] = ""
    username: Annotated[str, Meta(description="User name"), only_with(system=_SERVERS)] = ""
    password: Annotated[Secret, Meta(description="Password"), only_with(system=_SERVERS)] = ""
    tls: Annotated[
        Literal["verify-full", "require", "off"],
        Meta(
            title="TLS",
            description="verify-full: encrypted, and the certificate must fit; require: encrypted; off: in the clear",
        ),
        only_with(system=_SERVERS),
    ] = "verify-full"
    ca: Annotated[
        str,
        Meta(title="CA file", description="PEM file to trust; empty: what the system trusts"),
        only_with(tls="verify-full"),
    ] = ""
    history: Annotated[
        str,
        Meta(
            description="Table with values over time, for charts, exports and Grafana; empty: none",
            pattern=r"^([A-Za-z_]\w*(\.[A-Za-z_]\w*)?)?$",
            max_length=130,
        ),
        only_with(system="postgresql"),
    ] = ""
    timeout: Annotated[
        float, Meta(description="Give up a statement after", gt=0, le=3600, extra_json_schema=unit("s")), ADVANCED
    ] = 30.0

    @classmethod
    def named_hosts(cls, options: Mapping[str, Any]) -> list[tuple[str, int]]:
        """Name the server; a file has none."""
        if options.get("system", "sqlite") == "sqlite":
            return []
        port = int(options.get("port", 0)) or _USUAL[str(options["system"])]
        return [(str(options.get("host", "127.0.0.1")), port)]

    @classmethod
    def historian(cls, options: Mapping[str, Any], reach: Reach) -> Opening | None:
        """The table of history, read over a session of its own."""
        table = str(options.get("history", ""))
        if not table or options.get("system") != "postgresql":
            return None
        ((host, port),) = cls.named_hosts(options)
        where = f"{options.get('database', '')} at {host}:{port}"
        short = {**options, "timeout": min(_OUTSIDE, float(options.get("timeout", _OUTSIDE)))}
        return history_table.reading(lambda: cls(**short)._postgresql(True, reach(host, port)), table, where)

    def __post_init__(self) -> None:
        if self.system == "sqlite" and not self.file:
            raise ValueError("file is missing: say where the SQLite database is")
        if self.system != "sqlite":
            if not self.database:
                raise ValueError("database is missing: say which one of the server")
            (postgresql if self.system == "postgresql" else mysql).library()
            self.port = self.port or _USUAL[self.system]
        self._writer: Session | None = None
        self._reader: Session | None = None
        self._queue: list[tuple[Work, asyncio.Future[None]]] = []
        self._wake = asyncio.Event()
        self._stopped = asyncio.Event()
        self._reading = asyncio.Lock()
        self._keeper: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to open the database."""
        self._keeper = asyncio.ensure_future(self._keep())

    async def stop(self) -> None:
        """Write what has come, and close."""
        if self._keeper is not None:
            self._stopped.set()
            self._wake.set()
            await self._keeper
        for session in (self._writer, self._reader):
            if session is not None:
                await self.blocking(session.close)
        for _, done in self._queue:
            if not done.done():
                done.set_exception(Retryable(f"{self._name} was closed before it was written"))

    def write(self, work: Work) -> asyncio.Future[None]:
        """Take a statement with its rows; the future is done when they are committed.

        It fails with Retryable, Refused or BadData, as the database says.
        """
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.append((work, done))
        self._wake.set()
        return done

    async def read(self, statement: Statement, values: Values, most: int) -> list[dict[str, Any]]:
        """Return the rows of a query.

        Raises:
            Retryable, Refused, BadData: what the database says.
        """
        async with self._reading:
            if self._reader is None:
                self._reader = await self._opened(True)
            try:
                return await self.blocking(self._reader.read, statement, values, most)
            except Retryable:
                session, self._reader = self._reader, None
                await self.blocking(session.close)
                raise

    @property
    def _name(self) -> str:
        return self.file if self.system == "sqlite" else f"{self.database} at {self.host}:{self.port}"

    async def _opened(self, reading: bool) -> Session:
        addresses = [] if self.system == "sqlite" else await self.reach(self.host, self.port)
        return await self.blocking(self._open, reading, addresses)

    def _open(self, reading: bool, addresses: list[str]) -> Session:
        if self.system == "sqlite":
            return SqliteSession(self.file, reading, self.timeout, self.clock.monotonic)
        if self.system == "mysql":
            server = {"host": self.host, "port": self.port, "database": self.database, "user": self.username}
            secured = mysql.encryption(self.tls, self.ca)
            settings = {**server, "password": self.password, **secured}
            return mysql.MySqlSession(settings, addresses, self.timeout)
        return self._postgresql(reading, addresses)

    def _postgresql(self, reading: bool, addresses: list[str]) -> postgresql.PostgresSession:
        server: dict[str, Any] = {"host": self.host}
        if addresses != [self.host]:  # libpq connects to these, and holds certificates against the name
            server = {"host": ",".join([self.host] * len(addresses)), "hostaddr": ",".join(addresses)}
        settings = {**server, "port": self.port, "dbname": self.database, "user": self.username or None}
        settings |= {"password": self.password or None, "sslmode": "disable" if self.tls == "off" else self.tls}
        if self.tls == "verify-full":
            settings["sslrootcert"] = self.ca or "system"
        return postgresql.PostgresSession(
            {name: value for name, value in settings.items() if value is not None}, reading, self.timeout
        )

    async def _keep(self) -> None:
        """Hold a session open and write whenever there is something; until stopped."""
        self.status("busy", "opening")
        pause = _SHORTEST_PAUSE
        while not self._stopped.is_set() or (self._queue and self._writer is not None):
            if self._writer is None:
                try:
                    self._writer = await self._opened(False)
                    self.status("ok", self._name)
                    pause = _SHORTEST_PAUSE
                except NodeError as error:
                    self.status("error", str(error))
                    await _set(self._stopped, pause)
                    pause = min(2 * pause, _LONGEST_PAUSE)
                continue
            if not self._queue:
                self._wake.clear()
                await self._wake.wait()
                continue
            try:
                await self._write_batch(self._writer)
                self.status("ok", self._name)
            except Retryable as error:
                self.status("error", str(error))
                session, self._writer = self._writer, None
                with contextlib.suppress(NodeError):
                    await self.blocking(session.close)
                await _set(self._stopped, pause)
                pause = min(2 * pause, _LONGEST_PAUSE)

    async def _write_batch(self, session: Session) -> None:
        """Write what has come in one transaction; where that fails over one message, each in a transaction of its own.

        Raises:
            Retryable: the database is away; what is not written stays in front of what comes meanwhile.
        """
        batch: list[tuple[Work, asyncio.Future[None]]] = []
        rows = 0
        for item in self._queue:
            rows += len(item[0].rows)
            if batch and rows > BATCH:
                break
            batch.append(item)
        del self._queue[: len(batch)]
        left = batch
        try:
            try:
                await self.blocking(session.write, [work for work, _ in batch])
                left = []
                _finish([done for _, done in batch], None)
            except NodeError as error:
                if isinstance(error, Retryable) or len(batch) == 1:
                    raise
                while left:
                    (work, done), rest = left[0], left[1:]
                    failure = await self._write_one(session, work)
                    left = rest
                    _finish([done], failure)
        except Retryable:
            self._queue[:0] = left
            raise
        except NodeError as error:
            _finish([done for _, done in left], error)

    async def _write_one(self, session: Session, work: Work) -> NodeError | None:
        try:
            await self.blocking(session.write, [work])
        except Retryable:
            raise
        except NodeError as error:
            return error
        return None


def _finish(waiting: list[asyncio.Future[None]], error: NodeError | None) -> None:
    for done in waiting:
        if not done.done():
            if error is None:
                done.set_result(None)
            else:
                done.set_exception(error)


async def _set(event: asyncio.Event, seconds: float) -> None:
    """Return when an event is set, or some time has passed."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
