"""Who may sign in."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Literal

import argon2
import pytest

from flowengine.access.access import Access
from flowengine.access.passwords import Passwords
from flowengine.access.roles import ROLES, may
from flowengine.errors import AccessError, NotFound


def refused(code: str) -> pytest.RaisesExc[AccessError]:
    return pytest.RaisesExc(AccessError, check=lambda error: error.code == code)


def test_each_role_may_do_what_those_before_it_may() -> None:
    assert [[may(role, needed) for needed in ROLES] for role in ROLES] == [
        [True, False, False, False],
        [True, True, False, False],
        [True, True, True, False],
        [True, True, True, True],
    ]
    assert not any(may(None, needed) for needed in ROLES)


@pytest.mark.parametrize("name", ["", " ", " ada", "a/b", "a\\b", "<b>", "a\nb", "a\u200bb", "x" * 101, "..", "\ud800"])
def test_a_name_that_cannot_be_shown_typed_or_put_into_an_address_is_refused(access: Access, name: str) -> None:
    with refused("bad-name"):
        access.users.add(name, "viewer", "correct horse")


def test_a_name_is_the_same_in_capitals_and_however_its_accents_are_written(access: Access) -> None:
    with refused("taken"):
        access.users.add("ADA", "viewer", "correct horse")
    access.users.add("Ren\u00e9 M\u00fcller", "viewer", "correct horse")
    assert access.users.find("Rene\u0301 Mu\u0308ller").name == "Ren\u00e9 M\u00fcller"
    with refused("taken"):
        access.users.add("REN\u00c9 M\u00dcLLER", "viewer", "correct horse")


def test_a_new_password_has_twelve_characters_at_least(access: Access) -> None:
    with refused("weak-password"):
        access.users.add("bob", "viewer", "12345678901")
    access.users.add("bob", "viewer", "123456789012")
    with refused("weak-password"):
        access.users.set_password("bob", "short")
    assert access.users.with_password("bob", "123456789012") is not None


def test_someone_stays_admin(access: Access) -> None:
    with refused("last-admin"):
        access.users.remove("ada")
    with refused("last-admin"):
        access.users.set_role("Ada", "editor")
    access.users.add("bob", "admin", "correct horse")
    access.users.set_role("ada", "editor")
    with refused("last-admin"):
        access.users.remove("bob")
    access.users.remove("ada")
    assert [user.name for user in access.users.all()] == ["bob"]


def test_a_user_who_is_not_there_is_not_found(access: Access) -> None:
    for act in (access.users.find, access.users.remove, lambda name: access.users.set_role(name, "viewer")):
        with pytest.raises(NotFound):
            act("nobody")


def test_passwords_are_kept_as_argon2id_and_compared_whole(access: Access) -> None:
    kept = access.database.rows("SELECT password FROM users")[0][0]
    assert kept.startswith("$argon2id$")
    assert "correct horse" not in kept
    assert access.users.with_password("ada", "correct horse") is not None
    assert access.users.with_password("ada", "correct hors") is None
    assert access.users.with_password("ada", "") is None
    assert access.users.with_password("nobody", "correct horse") is None


def test_a_password_is_hashed_anew_when_the_cost_has_been_raised(tmp_path: Path, cheap: Passwords) -> None:
    access = Access(tmp_path / "web.sqlite", passwords=cheap)
    access.users.add("ada", "admin", "correct horse")
    access.close()
    dearer = Passwords(argon2.PasswordHasher(time_cost=2, memory_cost=16, parallelism=1))
    access = Access(tmp_path / "web.sqlite", passwords=dearer)
    assert access.users.with_password("ada", "correct horse") is not None
    assert "t=2" in access.database.rows("SELECT password FROM users")[0][0]
    assert access.users.with_password("ada", "correct horse") is not None
    access.close()


def test_an_unknown_name_costs_as_much_as_a_known_one(access: Access) -> None:
    """Not by the clock, which is noisy, but by what is done."""
    done: list[str] = []

    class Counting(argon2.PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:
            done.append("verify")
            return super().verify(hash, password)

    passwords = Passwords(Counting(time_cost=1, memory_cost=8, parallelism=1))
    kept = passwords.keep("correct horse")
    assert not passwords.fits("wrong horse", kept)
    assert not passwords.fits("wrong horse", None)
    assert done == ["verify", "verify"]


def test_the_file_is_readable_by_its_owner_alone(tmp_path: Path, cheap: Passwords) -> None:
    file = tmp_path / "state" / "web.sqlite"
    Access(file, passwords=cheap).close()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
