"""The API's description, and the API under random requests made from it."""

from __future__ import annotations

import json
import subprocess
import sys

import jsonschema
import pytest

from flowengine_web.openapi import document
from flowengine_web.routes import table
from tests.web.api.client import Client
from tests.web.api.fuzz import fuzz
from tests.web.canvas.served import Served

MOST = 430
"""Requests here; `make fuzz` sends 20,000."""


def test_every_route_is_described_with_its_least_role_and_its_refusals() -> None:
    paths = document("1")["paths"]
    for route in table():
        described = paths[route.path][route.method.lower()]
        assert described["summary"]
        assert described["x-least-role"] == route.role
        assert ("401" in described["responses"]) >= (route.role is not None)
        assert bool(described["security"]) == (route.role is not None)
    assert sum(len(methods) for methods in paths.values()) == len(table())


def test_it_is_served_to_whoever_asks_and_printed_by_the_command_line(nobody: Client) -> None:
    served = nobody.get("/api")
    assert served["openapi"] == "3.1.0"
    command = [sys.executable, "-m", "flowengine", "openapi"]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert json.loads(printed) == served


def test_every_reference_leads_somewhere_and_every_schema_is_one() -> None:
    text = json.dumps(document("1"))
    schemas = document("1")["components"]["schemas"]
    for part in text.split('"#/components/schemas/')[1:]:
        assert part.partition('"')[0] in schemas
    for schema in schemas.values():
        jsonschema.Draft202012Validator.check_schema(schema)


def test_answers_are_as_described(editor: Client) -> None:
    described = document("1")
    for path, route in (("/api/project", "/api/project"), ("/api/flows/line/live", "/api/flows/{flow}/live")):
        answer = described["paths"][route]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        schema = {**answer, "components": described["components"]}
        jsonschema.Draft202012Validator(schema).validate(editor.get(path))


@pytest.mark.timeout(600)
@pytest.mark.filterwarnings("default")  # what the tool that makes the requests warns of is not ours to mend
def test_random_requests_are_answered_as_described_and_never_by_500(served: Served) -> None:
    seen = fuzz(served, MOST)
    assert sum(seen.values()) >= 300
    assert not [line for line in seen if line.endswith(" 500")]
