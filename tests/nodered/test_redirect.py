"""What becomes of a request that an answer sends on."""

from __future__ import annotations

from typing import Any

import pytest

from flowengine_nodes.nodered.redirect import redirected


def asked() -> dict[str, Any]:
    headers = {"Authorization": "Bearer x", "content-type": "text/plain", "x-line": "7"}
    return {"headers": headers, "data": b"body", "auth": "ada"}


@pytest.mark.parametrize(
    ("status", "method", "then", "body"),
    [
        (301, "POST", "GET", False),
        (302, "PUT", "PUT", True),
        (303, "PUT", "GET", False),
        (303, "HEAD", "HEAD", True),
        (307, "POST", "POST", True),
        (308, "POST", "POST", True),
    ],
)
def test_the_method_and_the_body_stay_or_go_as_the_status_says(status: int, method: str, then: str, body: bool) -> None:
    request = asked()
    assert redirected(status, "../b?c=1", method, "http://h:80/x/a", request) == (then, "http://h:80/b?c=1")
    assert ("data" in request, "content-type" in request["headers"]) == (body, body)
    assert request["auth"] == "ada"


@pytest.mark.parametrize("location", ["http://other/", "https://h/", "http://h:81/", "//other/x"])
def test_another_server_does_not_hear_who_asks(location: str) -> None:
    request = asked()
    assert redirected(307, location, "GET", "http://h/", request)
    assert "auth" not in request
    assert request["headers"] == {"content-type": "text/plain", "x-line": "7"}


def test_what_leads_nowhere_is_an_answer_and_what_leads_out_of_http_is_refused() -> None:
    assert redirected(304, "http://h/", "GET", "http://h/", asked()) is None
    assert redirected(302, "", "GET", "http://h/", asked()) is None
    with pytest.raises(ValueError, match="cannot be asked"):
        redirected(302, "file:///etc/passwd", "GET", "http://h/", asked())
