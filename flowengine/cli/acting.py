"""The way to a running engine for commands that act: a token good for that act alone, or the one that was given."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, NamedTuple

from flowengine.cli.top.asking import where
from flowengine.errors import FlowEngineError, NotFound

A_MINUTE: Final = 1 / (24 * 60)
"""Days for which the token of one act is good."""


class Way(NamedTuple):
    """How a running engine is asked."""

    address: str
    token: str
    certificate: str


@contextmanager
def way_in(target: str, state: Path | None, token_file: Path | None, acts: bool) -> Iterator[Way]:
    """Give the way to the engine of a folder on this computer, or at a URL; for an act here with a token for it alone.

    Raises:
        FlowEngineError: no engine serves the folder, or there is no token for the URL.
    """
    from flowengine.access.access import Access
    from flowengine.access.at_computer import at_computer
    from flowengine.access.local import find_local

    engine = where(target, state, token_file)
    if engine.state is None:
        yield Way(engine.address, engine.token, "")
        return
    local = find_local(engine.state)
    if local is None:
        raise FlowEngineError(f"no engine serves {engine.flows}: start it by `flowengine run {engine.flows}`")
    if not acts:
        yield Way(local.address, local.token, local.certificate)
        return
    access, name = Access(engine.state / "web.sqlite"), at_computer()
    try:
        with suppress(NotFound):
            access.tokens.revoke(name)
        yield Way(local.address, access.tokens.make(name, "operator", A_MINUTE, by=name), local.certificate)
    finally:
        with suppress(NotFound):
            access.tokens.revoke(name)
        access.close()
