"""Before and around the flows: the first password, signing in, the start page, an empty flow."""

from __future__ import annotations

from flowengine.access.links import FIRST
from flowengine_web.serving import link
from scripts.states.scene import Scene, state
from tests.web.canvas.conftest import PASSWORD, USERS


@state("01-nobody-yet", "nobody", role=None, anew=True)
def nobody_yet(scene: Scene) -> None:
    scene.page.get_by_role("main").wait_for()


@state("01-first-password", "nobody", role=None, anew=True)
def first_password(scene: Scene) -> None:
    scene.page.goto(link(scene.server.url, scene.server.site.access.links.make(FIRST)))
    scene.page.locator("input[type=password]").first.wait_for()


@state("01-first-password-differs", "nobody", role=None, anew=True)
def first_password_differs(scene: Scene) -> None:
    first_password(scene)
    scene.page.locator("input").first.fill("grace")
    one, other = scene.page.locator("input[type=password]").all()
    one.fill("a long enough one")
    other.fill("another one")
    scene.page.keyboard.press("Enter")
    scene.page.get_by_role("alert").wait_for()


@state("01-link-used", "nobody", role=None, anew=True)
def link_used(scene: Scene) -> None:
    token = scene.server.site.access.links.make(FIRST)
    address = link(scene.server.url, token)
    scene.page.goto(address.replace(token, token[::-1]))
    scene.page.locator("input").first.wait_for()
    scene.page.locator("input").first.fill("grace")
    for field in scene.page.locator("input[type=password]").all():
        field.fill("a long enough one")
    scene.page.keyboard.press("Enter")
    scene.page.get_by_role("alert").wait_for()


@state("02-sign-in", "bench", role=None, anew=True)
def sign_in(scene: Scene) -> None:
    scene.page.locator("input[type=password]").wait_for()


@state("02-sign-in-refused", "bench", role=None, anew=True)
def sign_in_refused(scene: Scene) -> None:
    sign_in(scene)
    scene.page.locator("input").first.fill(USERS["editor"])
    scene.page.locator("input[type=password]").fill("wrong" + PASSWORD)
    scene.page.keyboard.press("Enter")
    scene.page.get_by_role("alert").wait_for()


@state("03-start", "demo")
def start(scene: Scene) -> None:
    scene.page.get_by_role("heading", name="Flows", exact=True).wait_for()
    scene.page.wait_for_timeout(2500)


@state("03-start-viewer", "bench", role="viewer")
def start_viewer(scene: Scene) -> None:
    start(scene)


@state("03-start-user-menu", "demo", anew=True)
def user_menu(scene: Scene) -> None:
    start(scene)
    scene.page.get_by_role("button", name="anna").click()
    scene.page.get_by_role("menu").wait_for()


@state("03-new-flow", "demo")
def new_flow(scene: Scene) -> None:
    start(scene)
    scene.dialog("new-flow")


@state("03-import", "demo")
def import_flow(scene: Scene) -> None:
    start(scene)
    scene.dialog("import")


@state("04-empty-flow", "bench", "/#empty")
def empty_flow(scene: Scene) -> None:
    scene.page.wait_for_timeout(800)


@state("04-empty-flow-viewer", "bench", "/#empty", "viewer")
def empty_flow_viewer(scene: Scene) -> None:
    scene.page.wait_for_timeout(800)
