"""Who speaks for IT, and who for OT."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from flowengine.access.access import Access
from flowengine.access.passwords import Passwords
from flowengine.errors import AccessError, NotFound


def test_a_user_speaks_for_the_sides_he_was_given_and_no_others(access: Access) -> None:
    access.users.add("Bob", "viewer", "correct horse")
    assert access.sides.of("bob") == {}
    assert list(access.give_sides("bob", ["ot"], by="ada")) == ["ot"]
    assert list(access.give_sides("BOB", ["ot", "it"])) == ["it", "ot"]
    assert access.sides.all() == {"Bob": ["it", "ot"]}
    assert access.give_sides("bob", []) == {}


def test_a_side_that_stays_keeps_its_grant_and_one_given_again_is_another(access: Access) -> None:
    first = access.give_sides("ada", ["ot"])["ot"]
    assert access.give_sides("ada", ["ot", "it"])["ot"] == first
    access.give_sides("ada", ["it"])
    assert access.give_sides("ada", ["ot"])["ot"].id != first.id


def test_nobody_gives_himself_a_side_or_one_to_who_is_not_there(access: Access) -> None:
    with pytest.raises(AccessError) as raised:
        access.give_sides("ada", ["it"], by="Ada")
    assert raised.value.code == "own-side"
    with pytest.raises(NotFound):
        access.give_sides("nobody", ["it"])


def test_who_is_removed_takes_his_sides_with_him(access: Access) -> None:
    access.users.add("bob", "viewer", "correct horse")
    access.give_sides("bob", ["ot"])
    access.remove("bob")
    access.users.add("bob", "viewer", "correct horse")
    assert access.sides.of("bob") == {}


def test_the_side_of_a_token_goes_with_it(access: Access) -> None:
    access.tokens.make("ci", "editor")
    access.sides.give("token/ci", ["it"])
    access.tokens.revoke("ci")
    assert access.sides.all() == {}


def test_a_database_from_before_there_were_sides_gets_them(tmp_path: Path, cheap: Passwords) -> None:
    access = Access(tmp_path / "web.sqlite", passwords=cheap)
    access.users.add("ada", "admin", "correct horse")
    access.close()
    with sqlite3.connect(tmp_path / "web.sqlite") as old:
        old.execute("DROP TABLE sides")
    old.close()
    access = Access(tmp_path / "web.sqlite", passwords=cheap)
    assert list(access.give_sides("ada", ["it"])) == ["it"]
    access.close()
