"""Seeing what runs: debug, trace, faults, dead letters, sending, what is lost and what has stopped."""

from __future__ import annotations

from playwright.sync_api import expect

from scripts.states.deploying import put_back
from scripts.states.scene import Scene, state
from tests.web.canvas.live_flows import flood
from tests.web.canvas.live_page import live_word, press
from tests.web.canvas.test_deploying import change, deploy
from tests.web.canvas.test_live import open_debug, wait_until_watched


@state("20-debug-nothing", "bench", "/#empty")
def debug_nothing(scene: Scene) -> None:
    scene.pane("debug")
    scene.page.get_by_label("From where").select_option("Selected nodes")
    scene.page.get_by_text("Nothing fits").wait_for()


@state("20-debug-message", "bench", "/#two-ways")
def debug_message(scene: Scene) -> None:
    messages = open_debug(scene.page)
    wait_until_watched(scene.page, "button")
    press(scene.page, "two-ways", "button")
    scene.page.get_by_role("searchbox", name="Search").last.fill("open")
    messages.get_by_role("option").first.click()
    scene.page.get_by_role("tree", name="Value").wait_for()


@state("20-trace", "bench", "/#two-ways")
def trace(scene: Scene) -> None:
    messages = open_debug(scene.page)
    scene.page.get_by_label("From where").select_option("Selected nodes")
    scene.select("two-ways", "seen")
    wait_until_watched(scene.page, "button")
    press(scene.page, "two-ways", "button")
    messages.get_by_role("option").filter(has_text="21").last.click()
    scene.page.get_by_role("button", name="Show its way").click()
    scene.page.get_by_role("region", name="Way of the message").get_by_role("listitem").first.wait_for()


@state("20-debug-flood", "bench", "/#flood", "editor")
def debug_flood(scene: Scene) -> None:
    put_back(scene, "flood")
    change(scene.page, "flood", flood())
    deploy(scene.page)
    open_debug(scene.page)
    scene.page.wait_for_timeout(4000)


def run(scene: Scene, flow: str, on: bool) -> None:
    """Start a flow, or stop it."""
    scene.page.evaluate(
        """async ([flow, run]) => {
          const {csrf} = await (await fetch("/api/session")).json();
          const headers = {"Content-Type": "application/json", "X-CSRF-Token": csrf};
          const answer = await fetch(`/api/flows/${flow}/run`, {method: "POST", headers, body: JSON.stringify({run})});
          return answer.text();
        }""",
        [flow, on],
    )


@state("21-fault-banner", "bench", "/#line")
def fault_banner(scene: Scene) -> None:
    expect(live_word(scene.page)).to_be_visible()
    press(scene.page, "trip", "hot")
    scene.page.get_by_role("region", name="Faults").wait_for()
    scene.after.callback(lambda: press(scene.page, "trip", "cold"))


@state("21-faults", "bench", "/#line")
def faults(scene: Scene) -> None:
    fault_banner(scene)
    scene.dialog("faults")


@state("21-fault-on-node", "bench", "/#trip")
def fault_on_node(scene: Scene) -> None:
    fault_banner(scene)
    press(scene.page, "trip", "break")
    scene.page.wait_for_timeout(1000)


@state("22-dead-letters", "bench", "/#trip")
def dead_letters(scene: Scene) -> None:
    press(scene.page, "trip", "break")
    press(scene.page, "trip", "break")
    scene.page.wait_for_timeout(500)
    scene.dialog("dead-letters")
    scene.page.get_by_role("dialog").get_by_role("checkbox").nth(1).check()


@state("22-dead-letters-none", "demo", "/#hello")
def no_dead_letters(scene: Scene) -> None:
    scene.dialog("dead-letters", flow="hello")


@state("22-send", "bench", "/#line")
def send(scene: Scene) -> None:
    scene.dialog("send", flow="line", node="double")
    scene.page.get_by_role("dialog").get_by_label("Payload").fill('{"a": 1')
    scene.page.get_by_role("dialog").get_by_role("button", name="Send").click()
    scene.page.get_by_role("alert").first.wait_for()


@state("23-flow-stopped", "bench", "/#line")
def flow_stopped(scene: Scene) -> None:
    run(scene, "line", False)
    scene.after.callback(lambda: run(scene, "line", True))
    scene.page.wait_for_timeout(1500)


@state("23-flow-disabled", "bench", "/#flood")
def flow_disabled(scene: Scene) -> None:
    scene.page.wait_for_timeout(800)


@state("24-connection-lost", "bench", "/#line")
def connection_lost(scene: Scene) -> None:
    expect(live_word(scene.page)).to_be_visible()
    scene.server.stop()
    scene.after.callback(scene.server.start)
    scene.page.get_by_text("connection lost, values are").first.wait_for()


@state("24-connection-lost-start", "bench")
def connection_lost_start(scene: Scene) -> None:
    scene.page.get_by_role("heading", name="Flows", exact=True).wait_for()
    scene.page.wait_for_timeout(1000)
    scene.server.stop()
    scene.after.callback(scene.server.start)
    scene.page.wait_for_timeout(3000)


@state("24-session-ended", "bench", "/#line")
def session_ended(scene: Scene) -> None:
    expect(live_word(scene.page)).to_be_visible()
    scene.page.context.clear_cookies()
    scene.server.stop()
    scene.server.start()
    scene.page.get_by_label("Password").wait_for(timeout=40_000)
