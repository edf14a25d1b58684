"""The operators' page: operating, asking, laying out, without pages, and what is lost there."""

from __future__ import annotations

from scripts.states.plants import settle
from scripts.states.scene import Scene, state

AT = "/dashboard"


def filled(scene: Scene, page: str = "Oven") -> None:
    """Show a page and wait until its trends have something to show."""
    tab = scene.page.get_by_role("tab", name=page).or_(scene.page.get_by_role("link", name=page)).first
    tab.click()
    scene.page.wait_for_timeout(9000)


@state("28-dashboard", "demo", AT, "operator")
def oven(scene: Scene) -> None:
    filled(scene)


@state("28-dashboard-line", "demo", AT, "operator")
def line(scene: Scene) -> None:
    filled(scene, "Line")


@state("28-dashboard-bearing", "demo", AT, "operator")
def bearing(scene: Scene) -> None:
    filled(scene, "Bearing")


@state("28-dashboard-viewer", "demo", AT, "viewer")
def viewer(scene: Scene) -> None:
    filled(scene)


@state("28-dashboard-wall", "demo", "/dashboard?wall", "viewer")
def wall(scene: Scene) -> None:
    scene.page.wait_for_timeout(4000)


@state("28-dashboard-none", "bench", AT, "editor")
def none(scene: Scene) -> None:
    scene.page.wait_for_timeout(1500)


@state("28-dashboard-arranging", "demo", AT, "editor")
def arranging(scene: Scene) -> None:
    filled(scene)
    scene.page.get_by_role("button", name="Arrange").click()
    scene.page.wait_for_timeout(800)


@state("28-dashboard-asking", "demo", AT, "operator")
def asking(scene: Scene) -> None:
    filled(scene)
    scene.page.get_by_role("button", name="Reset").first.click()
    scene.page.wait_for_timeout(500)


@state("28-dashboard-lost", "demo", AT, "operator")
def lost(scene: Scene) -> None:
    filled(scene)
    scene.server.stop()
    scene.after.callback(settle, scene.server)
    scene.after.callback(scene.server.start)
    scene.page.get_by_text("connection lost").first.wait_for()
