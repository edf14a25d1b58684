"""Sessions: how they begin and how they end."""

from __future__ import annotations

from pathlib import Path

import pytest

from flowengine.access.access import Access
from flowengine.access.sessions import IDLE, LONGEST, MOST, TOUCH, SessionLimits
from flowengine.clock import VirtualClock
from flowengine.errors import AccessError, NotFound, NotKept
from tests.plants.small_disk import SmallDisk


def test_a_session_is_known_by_its_token_of_which_only_a_hash_is_kept(access: Access) -> None:
    token, who = access.sign_in("Ada", "correct horse", "10.0.0.1")
    assert (who.user, who.role) == ("ada", "admin")
    assert access.sessions.find(token) == who
    assert len(token) >= 43
    assert all(token not in str(row) for row in access.database.rows("SELECT * FROM sessions"))
    assert access.sessions.find(token[:-1]) is None
    assert access.sessions.find("") is None
    assert access.sessions.find(who.key) is None


def test_it_ends_when_it_is_not_used_and_after_a_week_in_any_case(access: Access, clock: VirtualClock) -> None:
    token, _ = access.sessions.begin("ada")
    clock.elapsed += IDLE + 1
    assert access.sessions.find(token) is None

    token, _ = access.sessions.begin("ada")
    for _ in range(int(LONGEST / (IDLE / 2)) - 1):
        clock.elapsed += IDLE / 2
        assert access.sessions.find(token) is not None
    clock.elapsed += IDLE / 2 + 1
    assert access.sessions.find(token) is None


def test_on_a_full_disk_a_session_and_a_token_go_on(tmp_path: Path) -> None:
    """Or nobody could press the emergency stop in a page that has been open for a minute."""
    with SmallDisk(tmp_path / "disk", 1_000_000) as disk:
        clock = VirtualClock()
        access = Access(disk.folder / "web.sqlite", clock=clock)
        access.users.add("ada", "admin", None)
        (key, _), token = access.sessions.begin("ada"), access.tokens.make("panel", "operator")
        clock.elapsed += 2 * TOUCH
        with disk.full():
            assert access.sessions.find(key) is not None
            assert access.tokens.find(token) is not None
            with pytest.raises(NotKept):
                access.sessions.begin("ada")
        access.close()


def test_signing_out_ends_one_session_alone(access: Access) -> None:
    one, who = access.sessions.begin("ada")
    other, _ = access.sessions.begin("ada")
    access.sessions.end(who.key)
    assert access.sessions.find(one) is None
    assert access.sessions.find(other) is not None


def test_a_new_password_ends_all_sessions_but_the_one_in_which_it_was_changed(access: Access) -> None:
    mine, who = access.sessions.begin("ada")
    other, _ = access.sessions.begin("ada")
    access.change("ada", None, "another horse", but=who.key)
    assert access.sessions.find(mine) is not None
    assert access.sessions.find(other) is None
    access.change("ada", None, "one more horse")
    assert access.sessions.find(mine) is None


def test_another_role_ends_all_sessions_and_the_same_role_none(access: Access) -> None:
    access.users.add("bob", "viewer", "correct horse")
    token, who = access.sessions.begin("bob")
    access.change("bob", "viewer", None)
    assert access.sessions.find(token) is not None
    access.change("bob", "editor", None, but=who.key)
    assert access.sessions.find(token) is None


def test_a_user_who_is_removed_is_signed_out(access: Access) -> None:
    access.users.add("bob", "viewer", "correct horse")
    token, _ = access.sessions.begin("bob")
    access.remove("bob")
    assert access.sessions.find(token) is None
    with pytest.raises(NotFound):
        access.remove("bob")
    access.users.add("bob", "admin", "correct horse")
    assert access.sessions.find(token) is None, "a session must not come back with the name"


def test_a_user_has_so_many_sessions_at_most(access: Access, clock: VirtualClock) -> None:
    tokens = []
    for _ in range(MOST + 3):
        clock.elapsed += 1
        tokens.append(access.sessions.begin("ada")[0])
    assert [token for token in tokens if access.sessions.find(token) is None] == tokens[:3]


def test_how_long_sessions_last_and_how_many_there_are_can_be_said(clock: VirtualClock) -> None:
    access = Access(clock=clock, sessions=SessionLimits(idle=100, longest=250, most=2))
    access.users.add("ada", "admin", "correct horse")
    token, _ = access.sessions.begin("ada")
    for _ in range(3):
        clock.elapsed += 70
        assert access.sessions.find(token) is not None, "each use counts, however short the limit is"
    clock.elapsed += 70
    assert access.sessions.find(token) is None
    tokens = [access.sessions.begin("ada")[0] for _ in range(2)]
    clock.elapsed += 99
    assert all(map(access.sessions.find, tokens))
    clock.elapsed += 1
    access.sessions.begin("ada")
    assert [access.sessions.find(one) is None for one in tokens].count(True) == 1
    access.database.close()


def test_each_session_has_a_csrf_token_of_its_own(access: Access) -> None:
    assert access.sessions.begin("ada")[1].csrf != access.sessions.begin("ada")[1].csrf


def test_name_and_password_are_refused_in_the_same_words(access: Access) -> None:
    said = []
    for name, password in (("ada", "wrong horse"), ("nobody", "correct horse")):
        with pytest.raises(AccessError) as error:
            access.sign_in(name, password, "10.0.0.1")
        said.append((error.value.code, str(error.value), error.value.hint))
    assert said[0] == said[1]
