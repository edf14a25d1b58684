"""Who may come in and what he may do; the parts of the plant and their lives; learned models."""

from __future__ import annotations

from scripts.states.scene import Scene, state


@state("29-users", "bench")
def users(scene: Scene) -> None:
    scene.dialog("users")
    scene.page.wait_for_timeout(800)


@state("29-rights", "bench")
def rights(scene: Scene) -> None:
    scene.dialog("users")
    dialog = scene.page.get_by_role("dialog")
    groups = dialog.get_by_role("region", name="Groups")
    groups.get_by_label("Group", exact=True).fill("shift-a")
    groups.get_by_label("Members, with commas between").fill("vera, olga")
    groups.get_by_role("button", name="Set group").click()
    found = dialog.get_by_role("region", name="Permissions in areas")
    found.get_by_label("User, group/NAME or token/NAME").fill("group/shift-a")
    found.get_by_label("Area of flows").fill("press-*")
    found.get_by_role("button", name="Permit").click()
    tokens = dialog.get_by_role("region", name="Tokens of programs")
    tokens.get_by_label("Token’s name").fill("ci")
    tokens.get_by_role("button", name="Make token").click()
    tokens.get_by_role("status").scroll_into_view_if_needed()
    scene.after.callback(lambda: tokens.get_by_role("button", name="Revoke the token ci").click())


@state("29-own-password", "bench")
def own_password(scene: Scene) -> None:
    scene.dialog("password")


@state("30-parts", "demo")
def parts(scene: Scene) -> None:
    scene.dialog("parts")
    scene.page.wait_for_timeout(1000)


@state("30-part", "demo")
def part(scene: Scene) -> None:
    parts(scene)
    scene.page.get_by_role("dialog").get_by_role("button", name="Oven controller").click()
    scene.page.wait_for_timeout(800)


@state("30-parts-none", "bench")
def no_parts(scene: Scene) -> None:
    scene.dialog("parts")
    scene.page.wait_for_timeout(800)


@state("30-models-none", "bench")
def no_models(scene: Scene) -> None:
    scene.dialog("models")
    scene.page.wait_for_timeout(800)
