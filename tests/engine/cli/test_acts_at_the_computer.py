"""What is done at the command line of the computer itself is in the record with the system's user, if it was done."""

from __future__ import annotations

import os
import pwd
from pathlib import Path
from typing import Final

import click
import pytest
from click.testing import CliRunner

from flowengine.access import audit as audit_module
from flowengine.access.access import Access, access_file
from flowengine.access.audit import AuditUnavailable, audit_folder, entries
from flowengine.access.ledger import Ledger
from flowengine.cli.rights import rights
from flowengine.cli.secrets import secrets
from flowengine.cli.users import users
from flowengine.errors import AccessError, FlowEngineError, NotFound

ME: Final = f"{pwd.getpwuid(os.getuid()).pw_name} at the computer"


def run(command: click.Command, *arguments: str | Path, text: str = "") -> str:
    done = CliRunner().invoke(command, [str(one) for one in arguments], input=text)
    if done.exception is not None:
        raise done.exception
    return done.output


def recorded(folder: Path) -> list[tuple[str, str, str]]:
    return [(entry.who, entry.what, entry.about) for entry in entries(audit_folder(folder))]


def test_a_token_of_the_computer_is_that_of_the_systems_user_whatever_variables_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LOGNAME", "USER", "USERNAME"):
        monkeypatch.setenv(name, "anna")
    run(users, tmp_path, "token", "ci", "--role", "editor")
    assert f"ci  (token; made by {ME}, expires " in run(users, tmp_path)
    assert recorded(tmp_path) == [(ME, "token-made", "ci")]


def test_what_failed_at_the_computer_is_not_said_to_be_done(tmp_path: Path) -> None:
    run(users, tmp_path, "token", "ci")
    for command, arguments, error in (
        (users, ("token", "ci"), AccessError),
        (users, ("revoke", "nothing"), NotFound),
        (users, ("side", "nobody", "ot"), NotFound),
        (users, ("reset", "nobody"), NotFound),
        (rights, ("permit", "nobody"), NotFound),
        (rights, ("group", "shift", "nobody"), NotFound),
    ):
        with pytest.raises(error):
            run(command, tmp_path, *arguments)
    assert recorded(tmp_path) == [(ME, "token-made", "ci")]


def test_a_token_that_was_not_made_again_stays_that_of_who_made_it(tmp_path: Path) -> None:
    access, audit = Access(access_file(tmp_path)), audit_module.Audit(audit_folder(tmp_path))
    access.tokens.make("ci", "editor", by="anna")
    audit.record("token-made", "anna", "ci")
    access.close()
    with pytest.raises(AccessError, match="there is a token 'ci' already"):
        run(users, tmp_path, "token", "ci")
    ledger = Ledger(audit.folder)
    ledger.refresh()
    assert ledger.person("token/ci") == "anna"


def test_nothing_is_done_at_the_computer_that_cannot_be_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(users, tmp_path, "token", "ci")
    monkeypatch.setattr(audit_module, "SPARE", 2**60)
    monkeypatch.setenv("FLOWENGINE_SECRETS_KEY", "0" * 64)
    for command, arguments in (
        (users, (tmp_path, "token", "another")),
        (users, (tmp_path, "revoke", "ci")),
        (rights, (tmp_path, "permit", "token/ci", "--may", "code")),
        (secrets, ("set", "broker", tmp_path)),
    ):
        with pytest.raises(AuditUnavailable):
            run(command, *arguments, text="hunter2hunter2")
    access = Access(access_file(tmp_path))
    assert [token.name for token in access.tokens.all()] == ["ci"]
    assert access.permissions.all() == []
    assert run(secrets, "list", tmp_path) == ""
    access.close()


def test_no_user_has_a_name_by_which_the_record_means_somebody_at_the_computer() -> None:
    access = Access()
    for name in (ME, "Root At The Computer"):
        with pytest.raises(FlowEngineError, match="how the record names somebody at the computer"):
            access.users.add(name, "viewer", None)
