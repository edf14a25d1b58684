"""Journey 6: whoever fills in a form is told what is wrong where it is wrong, and never sees a secret again."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from flowengine.registry import Registry
from tests.web.canvas.axe import OF_COLOURS, bring_axe
from tests.web.canvas.conftest import WAIT, Flows, OpenEditor
from tests.web.canvas.form_plant import form_flows, form_registry, open_node, options, steps, wait_for_options
from tests.web.canvas.pointing import wait_for_flow
from tests.web.canvas.reading import draft, on_disk


@pytest.fixture(scope="session")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Registry:
    """All installed node types, and one of a stranger."""
    return form_registry(tmp_path_factory.mktemp("nodes"))


@pytest.fixture
def flows() -> Flows:
    """One flow with all that a form can meet."""
    return form_flows()


def test_required_range_and_choice_are_told_at_the_field_in_words(editor: OpenEditor) -> None:
    page = editor("plant")
    form = open_node(page, "way")
    port = form.get_by_label("Port", exact=True)
    port.fill("70000")
    expect(port).to_have_accessible_description("Must be between 1 and 65535")
    expect(port).to_have_attribute("aria-invalid", "true")
    port.fill("")
    expect(port).to_have_accessible_description("Required")
    port.fill("5020")
    expect(port).not_to_have_attribute("aria-invalid", "true")
    form = open_node(page, "limit")
    delay = form.get_by_label("Delay", exact=True)
    delay.fill("soon")
    expect(delay).to_have_accessible_description("How long a violation must last Must be a number")
    delay.press("Tab")
    wait_for_options(page, "limit", {"high": 230, "delay": "soon"})  # what was typed is kept


def test_a_german_browser_is_told_in_german(editor: OpenEditor) -> None:
    page = editor("plant", locale="de-DE")
    page.evaluate("flowengine.view.getState().select('plant', {nodes: ['limit']})")
    page.evaluate("flowengine.view.getState().openDrawer('settings')")
    form = page.get_by_role("tabpanel", name="Einstellungen")
    expect(form.get_by_role("heading", name="Abschalten oder alarmieren")).to_be_visible()
    delay = form.get_by_label("Verzögerung", exact=True)
    delay.fill("bald")
    expect(delay).to_have_accessible_description("So lange muss die Verletzung anstehen Muss eine Zahl sein")
    palette = page.get_by_role("navigation", name="Palette")
    expect(palette.get_by_role("button", name="Regelung: PID-Regler")).to_be_visible()
    page.evaluate("flowengine.view.getState().setLanguage('en')")
    delay = page.get_by_role("tabpanel", name="Settings").get_by_label("Delay", exact=True)
    expect(delay).to_have_accessible_description("How long a violation must last Must be a number")
    expect(palette.get_by_role("button", name="Control PID")).to_be_visible()


def test_a_field_edit_is_one_step_and_undo_shows_in_the_open_form(editor: OpenEditor) -> None:
    page = editor("plant")
    form = open_node(page, "limit")
    high = form.get_by_label("High", exact=True)
    before = steps(page)
    high.click()
    high.press("Control+a")
    high.press_sequentially("24", delay=30)
    page.wait_for_function("() => flowengine.project.getState().flows.plant.nodes.limit.options.high === 24")
    high.press_sequentially("5,5")
    high.press("Tab")
    wait_for_options(page, "limit", {"high": 245.5})
    assert steps(page) == before + 1
    page.evaluate("void flowengine.project.getState().undo()")
    expect(high).to_have_value("230")
    page.evaluate("void flowengine.project.getState().redo()")
    expect(high).to_have_value("245.5")


def test_a_note_written_with_pauses_is_one_step_and_loses_no_key(editor: OpenEditor) -> None:
    page = editor("plant")
    form = open_node(page, "limit")
    before = steps(page)
    note = form.get_by_label("Note", exact=True)
    note.click()
    for words in ("asks ", "the ", "shift ", "first"):
        checked = page.evaluate_handle("() => flowengine.checks.getState().checks.plant")
        note.press_sequentially(words, delay=40)
        page.wait_for_function("(old) => flowengine.checks.getState().checks.plant !== old", arg=checked)
    expect(note).to_have_value("asks the shift first")
    note.press("Tab")
    wait_for_flow(page, "plant", "doc.nodes.limit.note === 'asks the shift first'")
    assert steps(page) == before + 1


def test_entries_of_a_list_are_added_moved_and_removed(editor: OpenEditor) -> None:
    page = editor("plant")
    form = open_node(page, "switch")
    form.get_by_role("button", name="Add to Rules").click()
    rule = form.get_by_role("group", name="Rules 2")
    operator = rule.get_by_label("Operator", exact=True)
    expect(operator).to_be_focused()
    expect(operator).to_have_accessible_description("Required")
    operator.select_option(label="> greater")
    rule.get_by_label("Value: type", exact=True).select_option("number")
    rule.get_by_label("Value", exact=True).fill("80")
    rule.get_by_label("Port", exact=True).fill("hot")
    rule.get_by_label("Port", exact=True).press("Tab")
    form.get_by_role("button", name="Move Rules 2 up").click()
    hot = {"operator": "gt", "value": 80, "port": "hot"}
    wait_for_options(page, "switch", {"rules": [hot, {"operator": "else", "port": "rest"}]})
    form.get_by_role("button", name="Remove Rules 2").click()
    wait_for_options(page, "switch", {"rules": [hot]})


def test_a_value_and_how_to_read_it_are_one_control(editor: OpenEditor) -> None:
    page = editor("plant")
    form = open_node(page, "switch")
    form.get_by_label("Property: type", exact=True).select_option("expression")
    form.get_by_role("textbox", name="Property", exact=True).fill("payload + 1")
    page.wait_for_function(
        "() => flowengine.project.getState().flows.plant.nodes.switch.options.property === 'payload + 1'"
    )
    assert options(page, "switch")["property_type"] == "expression"


def test_one_form_or_the_other_and_what_was_entered_comes_back(editor: OpenEditor) -> None:
    page = editor("plant")
    form = open_node(page, "way")
    way = form.get_by_label("Way", exact=True)
    way.select_option(label="Serial")
    path = form.get_by_label("Path", exact=True)
    expect(path).to_have_accessible_description("Required")
    path.fill("/dev/ttyS0")
    path.press("Tab")
    wait_for_options(page, "way", {"way": {"kind": "serial", "path": "/dev/ttyS0"}})
    way.select_option(label="Tcp")
    wait_for_options(page, "way", {"way": {"kind": "tcp", "port": 502}})


def test_an_option_may_refer_to_a_variable(editor: OpenEditor) -> None:
    page = editor("plant")
    form = open_node(page, "limit")
    form.get_by_label("High", exact=True).hover()
    form.get_by_role("button", name="High: use a variable").click()
    wait_for_options(page, "limit", {"high": "${HIGH:-230}"})
    name = form.get_by_label("High: name of the variable")
    name.fill("LIMIT")
    name.press("Tab")
    wait_for_options(page, "limit", {"high": "${LIMIT:-230}"})
    form.get_by_label("High", exact=True).fill("240")  # what the label names is the value, as everywhere
    form.get_by_label("High", exact=True).press("Tab")
    wait_for_options(page, "limit", {"high": "${LIMIT:-240}"})
    form.get_by_role("button", name="High: enter a value").click()
    wait_for_options(page, "limit", {"high": 240})


def test_a_secret_is_a_name_and_its_value_is_never_in_the_page(editor: OpenEditor) -> None:
    page = editor("plant")
    page.evaluate("flowengine.view.getState().openDialog('connection', {flow: 'plant', name: 'broker'})")
    dialog = page.get_by_role("dialog", name="Connection broker")
    password = dialog.get_by_label("Password", exact=True)
    password.fill("mqtt")
    password.fill("${secret:plant/mqtt}")  # as it stands in files
    expect(password).to_have_value("plant/mqtt")
    before = steps(page)
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_be_hidden()
    found = draft(page, "plant")
    assert found is not None
    assert found["connections"]["broker"]["options"] == {"password": "${secret:plant/mqtt}"}
    assert steps(page) == before + 1


def test_a_secret_in_clear_is_marked_and_hidden(editor: OpenEditor) -> None:
    page = editor("plant")
    page.evaluate(
        """flowengine.project.getState().edit("paste", "plant", (doc) => ({...doc, connections: {...doc.connections,
          broker: {type: "mqtt/broker", options: {password: "hunter2"}}}}))"""
    )
    page.evaluate("flowengine.view.getState().openDialog('connection', {flow: 'plant', name: 'broker'})")
    password = page.get_by_role("dialog").get_by_label("Password", exact=True)
    expect(password).to_have_attribute("type", "password")
    expect(page.get_by_role("dialog").get_by_text("A secret may not stand in a flow")).to_be_visible()


def test_what_only_the_server_knows_stands_at_the_right_field(editor: OpenEditor) -> None:
    page = editor("plant")
    form = open_node(page, "watch")
    form.get_by_label("Low", exact=True).fill("500")
    form.get_by_label("Low", exact=True).press("Tab")
    problem = page.wait_for_function(
        "() => flowengine.checks.getState().checks.plant?.problems.find(({node}) => node === 'watch') ?? null"
    ).json_value()
    option = problem["path"].rsplit(".", 1)[-1]
    field = form.get_by_label(option.capitalize(), exact=True)
    expect(field).to_have_attribute("aria-invalid", "true")
    said = problem["message"][0].upper() + problem["message"][1:]
    expect(form.get_by_text(said)).to_be_visible()


def test_a_deploy_is_blocked_by_a_list_that_leads_to_the_node(editor: OpenEditor, plant_folder: Path) -> None:
    page = editor("plant")
    form = open_node(page, "limit")
    form.get_by_label("Delay", exact=True).fill("-1")
    form.get_by_label("Delay", exact=True).press("Tab")
    page.evaluate("flowengine.view.getState().select('plant', {})")
    expect(page.get_by_role("group", name="limit").or_(page.locator('[data-id="limit"]')).first).to_be_visible()
    page.get_by_role("button", name="Deploy").first.click()
    dialog = page.get_by_role("dialog", name="Deploy")
    expect(dialog.get_by_role("button", name="Deploy", exact=True)).to_be_disabled()
    dialog.get_by_role("button", name="limit").first.click()
    form = page.get_by_role("tabpanel", name="Settings")
    delay = form.get_by_label("Delay", exact=True)
    expect(delay).to_have_accessible_description("How long a violation must last Must be at least 0 s")
    assert on_disk(plant_folder, "plant")["nodes"]["limit"]["options"] == {"high": 230}


def test_options_that_do_not_exist_are_shown_and_can_be_removed(editor: OpenEditor) -> None:
    page = editor("plant")
    page.evaluate(
        """flowengine.project.getState().edit("paste", "plant", (doc) => ({...doc, nodes: {...doc.nodes,
          limit: {type: "control/limit", options: {high: 1, hihg: 2}}}}))"""
    )
    form = open_node(page, "limit")
    expect(form.get_by_text("There is no such option")).to_be_visible()
    form.get_by_role("button", name="Remove hihg").click()
    wait_for_options(page, "limit", {"high": 1})


AT_ONCE = 10
"""Forms that axe looks at together: it takes hardly longer for ten than for one."""
DRAW = """async (nodes) => {
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  const until = async (what, node) => {
    const end = performance.now() + WAIT;
    for (let found = what(); ; found = what()) {
      if (found) return found;
      if (performance.now() > end) throw new Error(`${node}: ${document.querySelector("#drawer")?.textContent}`);
      await frame();
    }
  };
  const all = document.body.appendChild(document.createElement("main"));
  all.id = "all-forms";
  Object.assign(all.style, { position: "absolute", width: "344px", background: "var(--panel)" });
  flowengine.view.getState().openDrawer("settings");
  for (const node of nodes) {
    flowengine.view.getState().select("plant", { nodes: [node] });
    const pane = await until(() => {
      const found = document.querySelector("#drawer .settings");
      const name = found?.querySelector("input");
      const there = name?.labels[0]?.textContent.startsWith("Name") && name.value === node;
      return there && found.querySelector(".form") && found.textContent.includes("There is no such option") && found;
    }, node);
    for (const more of pane.querySelectorAll("summary")) if (more.textContent.includes("More")) more.click();
    await frame();
    await until(() => pane.querySelector("[aria-busy=true]") === null, node);
    all.appendChild(pane.cloneNode(true)).dataset.node = node;
  }
}""".replace("WAIT", str(WAIT))
"""Opens the form of one node after the other, and keeps each as it is drawn."""
JUDGE = """async (ofColours) => {
  const [root, all] = ["root", "all-forms"].map((id) => document.getElementById(id));
  root.remove(); // the form that is open has the same ids as its copy
  const ATTRIBUTES = ["class", "style", "type", "disabled", "aria-invalid"];
  const look = (one) => [one.tagName, ...ATTRIBUTES.map((name) => one.getAttribute(name))].join();
  const looks = (form) => [...form.querySelectorAll("*")].map((one) => `${look(one)} in ${look(one.parentElement)}`);
  const known = (window.looksKnown ??= new Set());
  const news = (form) => looks(form).filter((one) => !known.has(one) && known.add(one));
  const fresh = [...all.children].filter((form) => news(form).length > 0);
  const rules = Object.fromEntries(ofColours.map((id) => [id, { enabled: false }]));
  const found = [];
  for (const [theme, forms, only] of [
    ["light", [all], { rules }],
    ["light", fresh, { runOnly: ofColours }],
    ["dark", fresh, { runOnly: ofColours }],
  ]) {
    if (forms.length === 0) continue;
    document.documentElement.dataset.theme = theme;
    const options = { resultTypes: ["violations"], elementRef: true, preload: false, ...only };
    const { violations } = await axe.run(forms, options);
    for (const { id, nodes } of violations)
      for (const { element, html } of nodes)
        found.push(`${element.closest("[data-node]").dataset.node}, ${theme}: ${id}: ${html.slice(0, 200)}`);
  }
  all.remove();
  document.body.prepend(root);
  return found;
}"""
"""The forms kept, by every rule; by those of colours, light and dark, where something looks as nothing before did."""


PARTS = 2
"""So many tests share the types, so that several can run at once."""


@pytest.mark.timeout(600)
@pytest.mark.parametrize("part", range(PARTS))
def test_every_type_of_the_palette_opens_a_form_that_everyone_can_use(
    editor: OpenEditor, registry: Registry, part: int
) -> None:
    """The console guard of the fixtures fails this on any error or violation of the security policy."""
    page = editor("plant")
    kinds = sorted(name for name, kind in registry.types.items() if kind.cls.kind != "connection")[part::PARTS]
    nodes = {name.replace("/", "-"): {"type": name, "options": {"no-such-option": 1}} for name in kinds}
    page.evaluate(
        """nodes => flowengine.project.getState().edit("add", "plant",
          (doc) => ({...doc, nodes: {...doc.nodes, ...nodes}}))""",
        nodes,
    )
    bring_axe(page)
    names, found = list(nodes), []
    for at in range(0, len(names), AT_ONCE):
        page.evaluate(DRAW, names[at : at + AT_ONCE])
        found += page.evaluate(JUDGE, OF_COLOURS)
    assert found == [], "\n".join(found[:20])


def test_the_form_is_not_part_of_the_first_load(editor: OpenEditor) -> None:
    page = editor("plant")
    loaded = page.evaluate("performance.getEntriesByType('resource').map(({name}) => name).join(' ')")
    assert "OptionsForm" not in loaded
    assert "CodeEditor" not in loaded
