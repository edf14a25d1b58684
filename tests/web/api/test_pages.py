"""The canvas as files."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from flowengine_web.headers import ALWAYS, FOREVER
from tests.web.api.client import Client


@pytest.fixture
def canvas(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A built canvas, small."""
    folder = tmp_path / "canvas"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<title>the canvas</title>")
    (folder / "icon.svg").write_text("<svg/>")
    (folder / "assets" / "index-1a2b.js").write_text("let one = 1")
    (tmp_path / "secret.txt").write_text("swordfish")
    (folder / "assets" / "link.txt").symlink_to(tmp_path / "secret.txt")
    monkeypatch.setenv("FLOWENGINE_CANVAS", str(folder))
    return folder


@pytest.mark.parametrize("path", ["/", "/setup", "/setup?token=x", "/dashboard", "/dashboard/hall-2", "/anything/else"])
def test_every_page_is_the_canvas_which_finds_its_own_way(canvas: Path, nobody: Client, path: str) -> None:
    reply = nobody.ask("GET", path)
    assert (reply.status, reply.raw) == (200, b"<title>the canvas</title>")
    assert reply.headers["content-type"] == "text/html; charset=utf-8"
    assert reply.headers["cache-control"] == "no-store"


def test_assets_are_kept_for_ever_as_their_names_change_with_their_content(canvas: Path, nobody: Client) -> None:
    reply = nobody.ask("GET", "/assets/index-1a2b.js")
    assert (reply.status, reply.headers["cache-control"]) == (200, FOREVER)
    assert reply.headers["content-type"] == "text/javascript; charset=utf-8"
    assert {name.lower() for name in ALWAYS} <= reply.headers.keys()
    reply = nobody.ask("GET", "/icon.svg")
    assert (reply.headers["content-type"], reply.headers["cache-control"]) == ("image/svg+xml", "no-store")


def test_large_text_is_packed_for_those_who_can_unpack_it(canvas: Path, nobody: Client) -> None:
    (canvas / "assets" / "large-1a2b.js").write_text("let one = 1;" * 1000)
    plain = nobody.ask("GET", "/assets/large-1a2b.js")
    packed = nobody.ask("GET", "/assets/large-1a2b.js", headers={"Accept-Encoding": "br, gzip"})
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["vary"] == plain.headers["vary"] == "Accept-Encoding"
    assert len(packed.raw) < len(plain.raw) / 10
    assert gzip.decompress(packed.raw) == plain.raw
    refused = nobody.ask("GET", "/assets/large-1a2b.js", headers={"Accept-Encoding": "gzip;q=0"})
    assert "content-encoding" not in refused.headers


@pytest.mark.parametrize(
    "path",
    [
        "/assets/gone.js", "/assets/gone", "/../secret.txt", "/assets/../../secret.txt", "/%2e%2e/secret.txt",
        "/assets/..%2f..%2fsecret.txt", "/..%5csecret.txt", "//secret.txt", "/assets//../../secret.txt",
        "/assets/link.txt", "/assets/%00.js", "/index.html%00.js", "/assets/",
    ],
)  # fmt: skip
def test_nothing_outside_of_it_is_served(canvas: Path, nobody: Client, path: str) -> None:
    reply = nobody.ask("GET", path)
    assert reply.status == 404, reply.raw
    assert b"swordfish" not in reply.raw


def test_without_a_built_canvas_a_page_says_how_to_build_it(
    nobody: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLOWENGINE_CANVAS", str(tmp_path / "nowhere"))
    reply = nobody.ask("GET", "/")
    assert reply.status == 200
    assert b"npm run build" in reply.raw
    assert b"<script" not in reply.raw


def test_long_answers_without_secrets_are_packed_and_others_are_not(editor: Client) -> None:
    headers = {"Accept-Encoding": "gzip"}
    palette = editor.ask("GET", "/api/palette", headers=headers)
    assert palette.headers["content-encoding"] == "gzip"
    assert len(gzip.decompress(palette.raw)) > 3 * len(palette.raw)
    assert "content-encoding" not in editor.ask("GET", "/api/palette").headers
    assert "content-encoding" not in editor.ask("GET", "/api/schema", headers=headers).headers
