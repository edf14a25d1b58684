"""The machines over the API: who may look, who may act, and what is recorded."""

from __future__ import annotations

from pathlib import Path

from flowengine.access.audit import audit_folder, entries
from tests.web.api.conftest import SignedIn


def test_without_an_envelope_nothing_is_guarded_and_nobody_can_act(folder: Path, signed_in: SignedIn) -> None:
    found = signed_in("viewer").get("/api/machines")
    assert (found["guarded"], found["refused"], found["outputs"]) == (False, "", {})
    answer = signed_in("operator").ask("POST", "/api/machines/act", {"what": "arm", "target": "heater"})
    assert (answer.status, answer.json["error"]) == (404, "not-found")
    last = list(entries(audit_folder(folder)))[-1]
    assert (last.who, last.what, last.about, last.result) == ("operator", "machines", "heater", "refused")
    assert last.details["what"] == "arm"


def test_a_viewer_may_not_act_and_an_act_that_is_none_is_refused(signed_in: SignedIn) -> None:
    assert signed_in("viewer").ask("POST", "/api/machines/act", {"what": "stop"}).status == 403
    assert signed_in("operator").ask("POST", "/api/machines/act", {"what": "explode"}).status == 422
