from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from flowengine.access.access import Access
from flowengine.access.database import SCHEMA, Database


def test_a_file_from_before_tokens_had_a_maker_keeps_its_tokens_and_takes_new_ones(tmp_path: Path) -> None:
    file = tmp_path / "web.sqlite"
    old = sqlite3.connect(file)
    old.executescript(SCHEMA.replace(",\n    made_by TEXT NOT NULL DEFAULT ''", ""))
    old.execute("INSERT INTO tokens (key, name, role, since, expires) VALUES ('k', 'older', 'viewer', 0, 9e9)")
    old.commit()
    old.close()
    for name in ("newer", "newest"):
        access = Access(file)
        access.tokens.make(name, "viewer", by="ann")
        access.close()
    access = Access(file)
    assert [(one.name, one.by) for one in access.tokens.all()] == [("newer", "ann"), ("newest", "ann"), ("older", "")]
    access.close()


def test_a_file_from_before_viewer_could_be_given_in_an_area_keeps_its_permissions_and_takes_such_a_one(
    tmp_path: Path,
) -> None:
    file = tmp_path / "web.sqlite"
    old = sqlite3.connect(file)
    old.executescript(SCHEMA.replace("'viewer', 'operator', 'editor', 'code'", "'operator', 'editor', 'code'"))
    old.execute("INSERT INTO permissions VALUES ('bob', 'editor', 'press-*', '', 5.0)")
    old.commit()
    with pytest.raises(sqlite3.IntegrityError):
        old.execute("INSERT INTO permissions VALUES ('token/grafana', 'viewer', 'press-*', '', 6.0)")
    old.close()
    for _ in range(2):
        access = Access(file)
        access.tokens.make("grafana", "metrics") if not access.tokens.all() else None
        access.permit("token/grafana", "viewer", "press-*")
        found = [(one.who, one.may, one.area) for one in access.permissions.all()]
        assert found == [("bob", "editor", "press-*"), ("token/grafana", "viewer", "press-*")]
        access.close()
    database = Database(file)
    with pytest.raises(sqlite3.IntegrityError):
        database.change("INSERT INTO permissions VALUES ('x', 'anything', '*', '', 0)")
    database.close()
