"""What somebody is told after signing in: when he did so before, and the tries that have failed since."""

from __future__ import annotations

import pytest

from flowengine.access.access import Access
from flowengine.access.backoff import FOR_BOTH
from flowengine.access.logons import Previous
from flowengine.clock import VirtualClock
from flowengine.errors import AccessError, TooManyAttempts


def sign_in(access: Access, name: str = "ada") -> Previous:
    return access.logons.before(access.sign_in(name, "correct horse", "10.0.0.1")[1].key)


def guess(access: Access, name: str) -> None:
    with pytest.raises(AccessError, match="name or password are wrong"):
        access.sign_in(name, "wrong horse", "10.0.0.2")


def test_each_session_says_when_its_user_had_signed_in_before_and_what_failed_since(
    access: Access, clock: VirtualClock
) -> None:
    assert sign_in(access) == Previous()
    first = clock.now()
    clock.elapsed += 3600
    guess(access, "ada")
    clock.elapsed += 60
    guess(access, "ADA")
    last = clock.now()
    clock.elapsed += 60
    _, session = access.sign_in("ada", "correct horse", "10.0.0.1")
    told = Previous(first, 2, last)
    assert access.logons.before(session.key) == told
    second = clock.now()
    assert sign_in(access) == Previous(second)
    assert access.logons.before(session.key) == told, "it stays with the session, however often the page is loaded"


def test_a_wrong_password_given_within_a_session_counts_as_well(access: Access) -> None:
    sign_in(access)
    with pytest.raises(AccessError, match="the current password is wrong"):
        access.check_own_password("ada", "wrong horse", "10.0.0.1")
    assert sign_in(access).failed == 1


def test_tries_that_the_back_off_refuses_unread_count_as_well(access: Access) -> None:
    sign_in(access)
    for _ in range(FOR_BOTH.free):
        guess(access, "ada")
    for password in ("wrong horse", "correct horse"):
        with pytest.raises(TooManyAttempts):
            access.sign_in("ADA", password, "10.0.0.2")
    assert sign_in(access).failed == FOR_BOTH.free + 2


def test_tries_with_names_that_nobody_has_are_one_line_and_tell_nobody(access: Access) -> None:
    sign_in(access)
    for name in ("eve", "bob", "\ud800", ""):
        guess(access, name)
    assert access.database.rows("SELECT user, failed FROM logons ORDER BY user") == [("", 4), ("ada", 0)]
    assert sign_in(access).failed == 0


def test_what_was_before_ends_with_its_session_and_a_user_leaves_nothing_to_the_next_of_his_name(
    access: Access,
) -> None:
    access.users.add("bob", "viewer", "correct horse")
    sign_in(access, "bob")
    sign_in(access, "bob")
    assert access.database.rows("SELECT count(*) FROM previous") == [(1,)]
    guess(access, "bob")
    access.remove("bob")
    access.users.add("bob", "viewer", "correct horse")
    assert sign_in(access, "bob") == Previous()
    assert access.database.rows("SELECT count(*) FROM previous") == [(0,)]
