"""An approved change whose deploy a full disk or a kill cuts short has been deployed or not: nothing in between."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from flowengine.access.audit import AuditUnavailable
from flowengine.errors import NotKept
from flowengine.service import Service
from tests.engine.service.governed import Governed, approved, speed, who


@pytest.fixture
def governed(tmp_path: Path) -> Governed:
    return Governed(tmp_path / "flows")


@pytest.mark.parametrize("fails", ["the record", "the disk"])
def test_what_was_approved_and_cannot_be_noted_as_what_runs_does_not_run(
    governed: Governed, monkeypatch: pytest.MonkeyPatch, fails: str
) -> None:
    async def main(service: Service) -> None:
        id = await approved(service)
        record = service.audit.record
        with monkeypatch.context() as full:
            if fails == "the disk":
                full.setattr(service.keys.approved, "prepare", _no_space)
            else:
                full.setattr(service.audit, "record", lambda what, *_, **__: _not_recorded(record, what, *_, **__))
            with pytest.raises((AuditUnavailable, NotKept), match="No space left"):
                await service.changes.deploy(id, who("Ada"))
            assert speed(service) == 1.0
            assert '"speed"' not in (governed.folder / "press.json").read_text()
        await service.changes.deploy(id, who("Ada"))
        assert speed(service) == 2.0

    governed.run(main)


def _no_space(*_: Any) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _not_recorded(record: Any, what: str, *rest: Any, **more: Any) -> Any:
    if what == "content":
        raise AuditUnavailable(os.strerror(errno.ENOSPC))
    return record(what, *rest, **more)


@pytest.mark.parametrize("moment", ["before it counts as what runs", "before it is noted as deployed"])
def test_a_kill_in_the_middle_of_a_deploy_of_an_approved_change_leaves_it_to_be_deployed_or_deployed(
    governed: Governed, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    class Killed(BaseException):
        pass

    def killed(*_: Any) -> None:
        raise Killed

    ids: list[int] = []

    async def first(service: Service) -> None:
        ids.append(await approved(service))
        place = service.keys if "runs" in moment else service.changes.book
        with monkeypatch.context() as patched:
            patched.setattr(place, "_approve" if "runs" in moment else "close_one", killed)
            with pytest.raises(Killed):
                await service.changes.deploy(ids[0], who("Ada"))

    async def second(service: Service) -> None:
        if "runs" in moment:
            assert (speed(service), (await service.changes.get(ids[0])).change.state) == (1.0, "open")
            await service.changes.deploy(ids[0], who("Ada"))
        assert (speed(service), (await service.changes.get(ids[0])).change.state) == (2.0, "deployed")

    governed.run(first)
    governed.run(second)
