"""A plant of 100 devices over real Modbus TCP: what has ended, what is vulnerable, and what hangs on it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

from flowengine.assets.feed import parse_feed
from flowengine.assets.file import check_against, parse_assets
from flowengine.assets.survey import Part, survey
from flowengine.cli import cli
from flowengine.flow.file import parse_flow
from flowengine.flow.plan import Plan, sound_plans
from flowengine.flow.project import Project
from flowengine.registry import Registry
from flowengine_demo.plant.bench import Bench
from flowengine_demo.plant.server import PlantServer
from flowengine_nodes.modbus.identification import read_identification
from tests.web.patience import PATIENCE

TODAY = date(2026, 6, 1)
DEVICES = range(1, 101)
ENDED = set(range(5, 101, 5))
VULNERABLE = set(range(7, 77, 7))
REGISTRY = Registry.discover()
PACKAGES = {name: kind.package for name, kind in REGISTRY.types.items()}


def flow_of(number: int) -> str:
    """A sensor of one device that feeds an actuator of another, the next."""
    nodes = {
        "reading": {"type": "modbus/read", "options": {"connection": "gateway", "unit": number, "address": 1}},
        "valve": {"type": "modbus/write", "options": {"connection": "gateway", "unit": number % 100 + 1, "address": 9}},
    }
    return json.dumps(
        {
            "flowengine": 1,
            "name": f"loop-{number}",
            "connections": {"gateway": {"type": "modbus/device", "options": {"host": "127.0.0.1"}}},
            "nodes": nodes,
            "wires": [{"from": "reading", "to": "valve"}],
        }
    )


def plant() -> str:
    products = {
        "old": {"vendor": "Acme", "model": "IO-1", "end_of_life": "2025-12-31", "substitutes": ["new"]},
        "new": {"vendor": "Acme", "model": "IO-2", "end_of_life": "2040-12-31"},
    }
    assets = {
        f"io-{n}": {
            "kind": "device",
            "product": "old" if n in ENDED else "new",
            "version": "1.1" if n in VULNERABLE else "1.4",
            "connection": "gateway",
            "where": {"unit": n},
        }
        for n in DEVICES
    }
    return json.dumps({"flowengine": 1, "products": products, "assets": assets})


NOTICE = {
    "id": "ACME-SA-1",
    "kind": "vulnerability",
    "vendor": "acme",
    "model": "IO-*",
    "versions": "<1.2",
    "title": "opens to anybody",
    "score": 9.8,
}


@pytest.fixture(scope="module")
def plans() -> dict[str, Plan]:
    project = Project.of(*(parse_flow(flow_of(number)) for number in DEVICES))
    return sound_plans(project, REGISTRY, {})


@pytest.fixture(scope="module")
def parts(plans: dict[str, Plan]) -> dict[str, Part]:
    assets = parse_assets(plant()).assets
    feed = parse_feed(json.dumps({"flowengine": 1, "notices": [NOTICE]})).feed
    return {part.id: part for part in survey(assets, feed, plans, PACKAGES, TODAY)}


def test_all_that_have_ended_are_found_and_all_that_are_vulnerable(parts: dict[str, Part]) -> None:
    assert {id for id, part in parts.items() if part.state == "past"} == {f"io-{n}" for n in ENDED}
    assert {id for id, part in parts.items() if part.notices} == {f"io-{n}" for n in VULNERABLE}
    assert {parts[f"io-{n}"].state for n in VULNERABLE - ENDED} == {"soon"}
    assert list(parts)[: len(ENDED)] == sorted(f"io-{n}" for n in ENDED)


def test_each_part_says_which_flows_and_outputs_it_touches(parts: dict[str, Part]) -> None:
    for n in DEVICES:
        touched = parts[f"io-{n}"].touched
        before = 100 if n == 1 else n - 1
        assert set(touched.flows) == {f"loop-{n}", f"loop-{before}"}
        assert set(touched.nodes) == {f"loop-{n}/reading", f"loop-{before}/valve"}
        assert touched.tags == (f"loop-{n}/reading",)
        assert {(one.flow, one.node, one.direct) for one in touched.outputs} == {
            (f"loop-{n}", "valve", False),
            (f"loop-{before}", "valve", True),
        }


def test_a_part_that_ends_says_what_takes_its_place(parts: dict[str, Part]) -> None:
    replace = parts["io-5"].replace
    assert replace is not None
    assert (replace.product, replace.by) == ("new", date(2025, 12, 31))


def test_what_names_no_connection_or_node_is_a_warning(plans: dict[str, Plan]) -> None:
    assets = {"a": {"kind": "device", "connection": "gatewy", "nodes": ["loop-1/reading", "loop-1/nobody"]}}
    found = parse_assets(json.dumps({"flowengine": 1, "assets": assets}))
    assert [(problem.path, problem.severity) for problem in check_against(found, plans)] == [
        ("$.assets.a.connection", "warning"),
        ("$.assets.a.nodes[1]", "warning"),
    ]


def test_a_software_part_touches_what_its_package_runs(plans: dict[str, Plan]) -> None:
    assets = {"engine": {"kind": "software", "package": "flowengine-ot"}}
    found = parse_assets(json.dumps({"flowengine": 1, "assets": assets})).assets
    (part,) = survey(found, parse_feed('{"flowengine": 1}').feed, plans, PACKAGES, TODAY)
    assert len(part.touched.flows) == 100
    assert part.version == "0.1.0"


class Named(Bench):
    """A unit that says it is one of Acme's."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.identity = {0: "Acme", 1: f"IO-{number}", 2: "1.1"}

    def step(self, plant_dt: float, wall_dt: float) -> None:
        """Nothing lives here."""


def test_a_hundred_devices_say_what_they_are_and_one_that_is_not_there_does_not() -> None:
    async def main() -> tuple[list[str], str]:
        server = PlantServer({n: Named(n) for n in DEVICES})
        port = await server.start("127.0.0.1", 0)
        try:
            said = await asyncio.gather(*(read_identification("127.0.0.1", port, n, PATIENCE) for n in DEVICES))
            with pytest.raises(ValueError, match="unit 150 refuses function 43/14: exception code 11"):
                await read_identification("127.0.0.1", port, 150, PATIENCE)
            return [f"{one['vendor']} {one['model']} {one['version']}" for one in said], ""
        finally:
            await server.stop()

    assert asyncio.run(main())[0] == [f"Acme IO-{n} 1.1" for n in DEVICES]


class Talkative(Named):
    """A unit whose texts do not fit into one answer, with its serial number in an object of its vendor's."""

    def __init__(self) -> None:
        super().__init__(1)
        long = {number: f"{number:03}" * 33 for number in (3, 5, 6, 129)}
        self.identity = {0: "Acme", 1: "ACM-1-EU", 2: "1.1", 4: "IO-1", 128: "SN-7", **long}
        self.identity = dict(sorted(self.identity.items()))


def test_what_a_device_says_in_several_answers_is_read_to_the_end_its_own_objects_too() -> None:
    async def main() -> Mapping[str, str]:
        server = PlantServer({1: Talkative()})
        port = await server.start("127.0.0.1", 0)
        try:
            return await read_identification("127.0.0.1", port, 1, PATIENCE)
        finally:
            await server.stop()

    said = dict(asyncio.run(main()))
    assert (said.pop("url"), said.pop("model"), said.pop("name"), said.pop("object 129")) == (
        "003" * 33,
        "005" * 33,
        "006" * 33,
        "129" * 33,
    )
    assert said == {"vendor": "Acme", "code": "ACM-1-EU", "version": "1.1", "product": "IO-1", "object 128": "SN-7"}


@pytest.mark.parametrize(
    ("answer", "error", "said"),
    [
        ("", OSError, "closed the connection"),
        ("5353482d322e302d4f70656e535348", ValueError, "answers what is no identification"),
        ("000100000003012b0e", ValueError, "answers what is no identification"),
        ("000100000008012b0e0101ff0000", ValueError, "answers what is no identification"),
        ("000100000009012b0e010100000109", ValueError, "answers what is no identification"),
        ("00010000000301ab01", ValueError, "does not know function 43/14: exception code 1"),
    ],
    ids=["nothing", "of another protocol", "cut short", "in a circle", "longer than it is", "an exception"],
)
def test_an_answer_that_is_no_identification_is_an_error(answer: str, error: type[Exception], said: str) -> None:
    async def main() -> None:
        async def say(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readexactly(11)
            writer.write(bytes.fromhex(answer))
            writer.close()

        server = await asyncio.start_server(say, "127.0.0.1", 0)
        try:
            await read_identification("127.0.0.1", server.sockets[0].getsockname()[1], 1, PATIENCE)
        finally:
            server.close()

    with pytest.raises(error, match=said):
        asyncio.run(main())


EXAMPLES = Path(__file__).parents[3] / "flows"


@pytest.fixture(autouse=True)
def nothing_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The hours that a demo beside this has counted are none of this test's."""
    monkeypatch.setenv("HISTORY_FILE", str(tmp_path / "history.sqlite"))


def test_the_command_shows_the_parts_of_the_example_and_says_what_has_ended() -> None:
    run = CliRunner().invoke(cli, ["assets", str(EXAMPLES), "--today", "2026-11-26"])
    assert run.exit_code == 0, run.output
    assert "oven-controller          soon     end of sale        2026-12-31" in run.output
    run = CliRunner().invoke(cli, ["assets", str(EXAMPLES), "oven-controller", "--today", "2029-01-15"])
    assert run.exit_code == 1
    assert "past       end of support 2028-12-31 (15 days ago)" in run.output
    assert "stops      oven-control/heater modbus/device" in run.output
    assert "replace    with ct-60" in run.output


def test_reminders_are_a_line_for_each_date_that_one_has_come_to() -> None:
    run = CliRunner().invoke(cli, ["assets", str(EXAMPLES), "--remind", "--today", "2026-11-26"])
    assert run.output.splitlines() == [
        "2026-12-31  oven-controller: end of sale in 35 days (reminder of 90)",
        "2026-12-31  oven-controller: last time to buy in 35 days (reminder of 90)",
    ]
    run = CliRunner().invoke(cli, ["assets", str(EXAMPLES), "--remind", "--today", "2027-01-02"])
    assert "2026-12-31  oven-controller: end of sale 2 days ago" in run.output


def test_a_device_that_was_exchanged_for_another_of_its_kind_is_known_by_its_serial_number(tmp_path: Path) -> None:
    product = {"vendor": "acme", "model": "IO-1", "serial_object": 128}
    part = {"kind": "device", "product": "io", "version": "1.1", "serial": "SN-6", "connection": "gateway"}
    assets = json.dumps({"flowengine": 1, "products": {"io": product}, "assets": {"io-1": part}})
    assert read_from(Talkative(), assets, tmp_path).splitlines()[-1] == "io-1: serial is 'SN-7', not 'SN-6'"
    said = read_from(Talkative(), assets.replace("SN-6", "SN-7"), tmp_path)
    assert said.splitlines()[-1] == "io-1: is what the file says"


def test_reading_says_where_a_device_is_not_what_the_file_says(tmp_path: Path) -> None:
    said = read_from(Named(1), plant(), tmp_path)
    assert "io-1: model is 'IO-1', not 'IO-2'" in said
    assert "io-1: version is '1.1', not '1.4'" in said
    assert "vendor" not in said


def read_from(unit: Named, assets: str, folder: Path) -> str:
    """Return what the command says of part io-1 that has read the identification of a unit."""

    async def main() -> str:
        server = PlantServer({1: unit})
        port = await server.start("127.0.0.1", 0)
        flow = flow_of(1).replace('"host": "127.0.0.1"', f'"host": "127.0.0.1", "port": {port}')
        (folder / "loop-1.json").write_text(flow)
        (folder / "assets.json").write_text(assets)
        try:
            run = await asyncio.to_thread(
                CliRunner().invoke, cli, ["assets", str(folder), "io-1", "--read", "--today", "2026-06-01"]
            )
        finally:
            await server.stop()
        return run.output

    return asyncio.run(main())


def test_the_next_step_is_said_in_short() -> None:
    product: dict[str, object] = {"vendor": "Acme", "model": "IO-1", "failures_per_year": 1, "lead_time": 30}
    other = {"vendor": "Acme", "model": "IO-2"}
    told: list[tuple[dict[str, object], str]] = [
        ({"end_of_sale": "2026-07-01", "spares": 2}, "order 6 by 2026-07-01"),
        ({"end_of_sale": "2026-07-01"}, "order 8 now: it is late"),
        ({"end_of_sale": "2026-05-01"}, ""),
        ({"end_of_support": "2026-12-31", "substitutes": ["other"]}, "order Acme IO-2 by 2026-12-31"),
        ({"end_of_support": "2026-12-31"}, "find what can take its place by 2026-12-01"),
        ({"end_of_support": "2026-05-31", "substitutes": ["other"]}, "order Acme IO-2 now: it is late"),
        ({"end_of_support": "2026-05-31"}, "find what can take its place now"),
        ({"end_of_support": "2029-12-31", "substitutes": ["other"]}, ""),
        ({"rated_hours": 100}, "order Acme IO-1 now: it is late"),
    ]
    for changed, todo in told:
        asset = {"kind": "device", "product": "io", "needed_until": "2030-06-01", "running_hours": 100}
        found = {"flowengine": 1, "products": {"io": product | changed, "other": other}, "assets": {"io": asset}}
        (part,) = survey(parse_assets(json.dumps(found)).assets, parse_feed('{"flowengine": 1}').feed, {}, {}, TODAY)
        assert part.todo == todo, changed


def test_a_part_shows_the_end_that_it_has_come_to_last() -> None:
    ends = {"end_of_sale": "2019-01-01", "end_of_support": "2025-12-31", "end_of_life": "2030-01-01"}
    found = {"flowengine": 1, "products": {"io": {"vendor": "Acme", "model": "IO-1", **ends}}}
    found["assets"] = {"io": {"kind": "device", "product": "io"}}
    (part,) = survey(parse_assets(json.dumps(found)).assets, parse_feed('{"flowengine": 1}').feed, {}, {}, TODAY)
    assert part.next is not None
    assert (part.state, part.next.what) == ("past", "end_of_support")
