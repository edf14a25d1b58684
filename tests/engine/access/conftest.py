"""Users and sessions in memory, in virtual time, with passwords that cost little."""

from __future__ import annotations

from collections.abc import Iterator

import argon2
import pytest

from flowengine.access.access import Access
from flowengine.access.passwords import Passwords
from flowengine.clock import VirtualClock


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def cheap() -> Passwords:
    return Passwords(argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.fixture
def access(clock: VirtualClock, cheap: Passwords) -> Iterator[Access]:
    access = Access(None, clock, cheap)
    access.users.add("ada", "admin", "correct horse")
    yield access
    access.close()
