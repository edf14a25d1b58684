"""One-time links."""

from __future__ import annotations

import threading

import pytest

from flowengine.access.access import Access
from flowengine.access.links import FIRST, RESET_LASTS
from flowengine.access.passwords import Passwords
from flowengine.clock import VirtualClock
from flowengine.errors import AccessError
from tests.engine.access.test_users import refused

HERE = "127.0.0.1"


@pytest.fixture
def empty(clock: VirtualClock, cheap: Passwords) -> Access:
    return Access(None, clock, cheap)


def test_the_first_user_is_admin_and_the_link_opens_once(empty: Access) -> None:
    token = empty.links.make(FIRST)
    session, who = empty.use_link(token, "ada", "correct horse", HERE)
    assert (who.user, who.role) == ("ada", "admin")
    assert empty.sessions.find(session) == who
    with refused("bad-link"):
        empty.use_link(token, "eve", "correct horse", HERE)
    assert len(empty.users) == 1


def test_a_link_that_is_not_ours_opens_nothing(empty: Access) -> None:
    empty.links.make(FIRST)
    for token in ("", "x" * 43):
        with refused("bad-link"):
            empty.use_link(token, "eve", "correct horse", HERE)
    assert len(empty.users) == 0


def test_each_start_makes_the_link_before_it_useless(empty: Access) -> None:
    old, new = empty.links.make(FIRST), empty.links.make(FIRST)
    with refused("bad-link"):
        empty.use_link(old, "eve", "correct horse", HERE)
    empty.use_link(new, "ada", "correct horse", HERE)


def test_a_password_that_will_not_do_leaves_the_link_as_it_was(empty: Access) -> None:
    token = empty.links.make(FIRST)
    with refused("weak-password"):
        empty.use_link(token, "ada", "short", HERE)
    with refused("bad-name"):
        empty.use_link(token, "a/b", "correct horse", HERE)
    empty.use_link(token, "ada", "correct horse", HERE)


def test_of_two_who_use_the_first_link_at_once_one_gets_in(empty: Access) -> None:
    token = empty.links.make(FIRST)
    begin = threading.Barrier(8)
    refusals: list[str] = []

    def use(number: int) -> None:
        begin.wait()
        try:
            empty.use_link(token, f"user-{number}", "correct horse", f"10.0.0.{number}")
        except AccessError as error:
            refusals.append(error.code)

    threads = [threading.Thread(target=use, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(empty.users) == 1
    assert refusals == ["bad-link"] * 7


def test_a_link_for_a_new_password_is_for_its_user_alone_and_signs_him_out_elsewhere(access: Access) -> None:
    elsewhere, _ = access.sessions.begin("ada")
    token = access.links.make("ada")
    with refused("bad-link"):
        access.use_link(token, "eve", "another horse", HERE)
    access.use_link(token, "Ada", "another horse", HERE)
    assert access.sessions.find(elsewhere) is None
    assert access.users.with_password("ada", "another horse") is not None
    with refused("bad-link"):
        access.use_link(token, "ada", "yet another horse", HERE)


def test_a_link_for_a_new_password_gets_old(access: Access, clock: VirtualClock) -> None:
    token = access.links.make("ada")
    clock.elapsed += RESET_LASTS + 1
    with refused("bad-link"):
        access.use_link(token, "ada", "another horse", HERE)


def test_only_hashes_of_links_are_kept(access: Access) -> None:
    token = access.links.make("ada")
    assert all(token not in str(row) for row in access.database.rows("SELECT * FROM links"))
