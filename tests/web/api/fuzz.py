"""The API under random requests: `python -m tests.web.api.fuzz 20000`; `make fuzz`.

Requests are made by schemathesis from the description that the server itself gives, sound ones and broken ones, half of
them about flows that are there. None may be answered with 500, and every answer must be as described.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import hypothesis
import requests
import schemathesis
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from flowengine.access.access import Access, access_file
from flowengine.access.roles import ROLES
from flowengine.registry import Registry
from tests.web.api.conftest import FLOW, PASSWORD
from tests.web.canvas.served import Served

CHECKS = [status_code_conformance, content_type_conformance, response_schema_conformance]
SKIPPED = ("GET /api/stream",)
"""It never ends; the stream has tests of its own."""
ENDS_SESSIONS = ("DELETE /api/session", "DELETE /api/sessions", "PATCH /api/users/{name}")
KNOWN = {"flow": "line", "name": "viewer"}


class Broken(AssertionError):
    """The server answered 500."""


def fuzz(served: Served, most: int, seed: int = 1) -> Counter[str]:
    """Send about so many requests; returns how many there were of each route and status.

    Raises:
        AssertionError: an answer was 500, or not as described.
    """
    schema: Any = schemathesis.openapi.from_url(f"{served.url}/api")
    operations = [found.ok() for found in schema.get_all_operations()]
    operations = [one for one in operations if one.label not in SKIPPED]
    seen: Counter[str] = Counter()
    for operation in operations:
        _fuzz_one(served, operation, max(1, most * 11 // 10 // len(operations)), seed, seen)  # some have few forms
    return seen


def _fuzz_one(served: Served, operation: Any, most: int, seed: int, seen: Counter[str]) -> None:
    name, token = served.cookie("admin")
    session = requests.Session()
    number = 0
    sound, broken = (operation.as_strategy(generation_mode=mode) for mode in GenerationMode)

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=most,
        database=None,
        deadline=None,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(case=sound | broken)
    def ask(case: Any) -> None:
        nonlocal token, number
        number += 1
        if operation.label in ENDS_SESSIONS:
            _, token = served.cookie("admin")
        if number % 2:
            for key, value in KNOWN.items():
                if key in (case.path_parameters or {}):
                    case.path_parameters[key] = value
            if isinstance(case.body, dict) and "flow" in case.body:
                case.body["flow"] = FLOW if isinstance(case.body["flow"], dict) else "line"
        headers = {key: value for key, value in (case.headers or {}).items() if key.startswith("If-")}
        if number % 10:
            headers |= {"Origin": served.url, "X-CSRF-Token": served.site.access.sessions.find(token).csrf}  # type: ignore[union-attr]
        case.headers = headers
        case.cookies = {}
        response = case.call(base_url=served.url, session=session, cookies={name: token}, timeout=60)
        seen[f"{operation.label} {response.status_code}"] += 1
        if response.status_code == 500:
            raise Broken(f"{case.as_curl_command()}\n{response.text}")
        if "content-security-policy" not in response.headers and response.status_code == 400:
            return  # it was no HTTP, and never came to the API
        case.validate_response(response, checks=CHECKS)

    ask()
    session.close()


def main(arguments: list[str]) -> int:
    """Fuzz an installation of its own and say what was asked and answered."""
    most = int(arguments[0]) if arguments else 20_000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "line.json").write_text(json.dumps(FLOW), encoding="utf-8")
        access = Access(access_file(folder))
        for role in ROLES:
            access.users.add(role, role, PASSWORD)
        access.close()
        served = Served(folder, Registry.discover())
        served.start()
        try:
            seen = fuzz(served, most)
        finally:
            served.stop()
    for line in sorted(seen):
        sys.stdout.write(f"{seen[line]:6}  {line}\n")
    sys.stdout.write(f"{sum(seen.values()):6}  requests, none answered 500, every answer as described\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
