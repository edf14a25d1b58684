"""Takes a picture of every state of the canvas, in every way in which somebody may look at it.

    .venv/bin/python -m scripts.states FOLDER [WORD ...]

Writes FOLDER/<way>/<state>.png: in light, in dark, 390 pixels wide, at 200 % zoom, in German, and that 390 pixels
wide. Words choose the states and the ways whose name holds one of them: `-m scripts.states /tmp/seen deploy narrow`.
A build of one's own is taken with FLOWENGINE_CANVAS, as in the tests. It says which pages scroll sideways; the rest is
for eyes.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import click
from playwright.sync_api import Browser, Error, expect, sync_playwright

from scripts.states import (  # noqa: F401 - each declares its states
    coming_in,
    deploying,
    drawing,
    foreseeing,
    forms,
    machines,
    operating,
    people,
    two_keys,
    watching,
)
from scripts.states.plants import PLANTS
from scripts.states.scene import PATIENCE_MS, STATES, State, begun
from scripts.states.ways import WAYS, Camera, Way
from tests.web.canvas.conftest import launch, with_users
from tests.web.canvas.served import Served


def look(state: State, server: Served, browser: Browser, folder: Path, ways: list[Way]) -> list[str]:
    """Bring a page into a state and take its pictures; returns what is wrong with it."""
    wrong: list[str] = []
    for group in [[way] for way in ways] if state.anew else [ways]:
        try:
            with begun(state, server, browser, viewport={"width": 1440, "height": 900}) as scene:
                camera = Camera(scene.page, folder)
                if state.anew:
                    camera.turn(group[0])
                try:
                    state.reach(scene)
                except (Error, AssertionError):
                    camera.take(f"{state.name}-not-reached", group[0])
                    raise
                wrong += pictures(state, camera, group)
        except (Error, AssertionError) as error:
            wrong.append(f"{state.name}: {str(error)[:400]}")
    return wrong


def pictures(state: State, camera: Camera, ways: list[Way]) -> list[str]:
    """Look at a state in some ways."""
    wrong = []
    for way in ways:
        camera.turn(way)
        camera.speak(way)
        said = camera.take(state.name, way)
        if said:
            wrong.append(f"{state.name}, {way.name}: {said}")
        camera.speak(WAYS[0])
    camera.turn(WAYS[0])
    return wrong


def chosen(words: list[str]) -> tuple[list[State], list[Way]]:
    """Return the states and ways that words name; without a word of a kind: all of that kind."""
    ways = [way for way in WAYS if way.name in words] or list(WAYS)
    named = [word for word in words if word not in {way.name for way in WAYS}]
    return [one for one in STATES if not named or any(word in one.name for word in named)], ways


def main(folder: Path, words: list[str]) -> None:
    """Take all pictures that are asked for."""
    states, ways = chosen(words)
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as place:
        browser = launch(playwright)
        known = with_users(Path(place) / "users")
        for plant, opened in PLANTS.items():
            here = [one for one in states if one.plant == plant]
            if not here:
                continue
            (Path(place) / plant).mkdir()
            with opened(Path(place) / plant, known) as server:
                for one in here:
                    for wrong in look(one, server, browser, folder, ways):
                        click.echo(wrong)
        browser.close()


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]), sys.argv[2:])
