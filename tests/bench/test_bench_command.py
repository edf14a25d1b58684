"""`flowengine bench` measures and prints what it found."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from flowengine_bench.command import bench
from flowengine_bench.comparison import Compared, table


def test_a_workload_is_measured_in_a_process_of_its_own_and_printed_as_an_object() -> None:
    options = ["--no-nodered", "--json", "--rounds", "1", "--burst", "500", "--sample", "2000"]
    done = CliRunner().invoke(bench, ["chain1", *options])
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert list(found) == ["chain1"]
    chain = found["chain1"]
    assert chain["rate"] > 0
    assert chain["unit"] == "msg/s"
    assert chain["spread"] == [chain["rate"], chain["rate"]]
    assert (chain["baseline"], chain["baseline_value"], chain["ratio"]) == (None, None, None)


def test_an_unknown_workload_is_refused_with_the_names_there_are() -> None:
    done = CliRunner().invoke(bench, ["chain7"])
    assert done.exit_code == 2
    assert "no such workload: chain7. There are chain1, chain5" in done.output


def test_the_ratio_is_the_median_of_the_rounds_own_ratios() -> None:
    compared = Compared("chain5", "msg/s", (100.0, 10.0, 90.0), "Node-RED 5", (10.0, 2.0, 10.0))
    assert compared.ratio == 9.0
    assert compared.as_dict() == {
        "rate": 90.0,
        "unit": "msg/s",
        "spread": [10.0, 100.0],
        "rounds": 3,
        "baseline": "Node-RED 5",
        "baseline_value": 10.0,
        "baseline_spread": [2.0, 10.0],
        "ratio": 9.0,
    }


@pytest.mark.parametrize(("unit", "name"), [("s", "time"), ("ms", "time"), ("MB", "memory"), ("poll/s", "rate")])
def test_a_figure_is_called_by_what_it_is(unit: str, name: str) -> None:
    assert Compared("x", unit, (1.5,)).as_dict()[name] == 1.5


def test_the_table_has_a_line_for_each_workload() -> None:
    lines = list(table([Compared("start", "s", (0.5,), "Node-RED 5", (1.0,)), Compared("chain1", "msg/s", (2e6,))]))
    assert len(lines) == 3
    assert "0.5x" in lines[1]
    assert "2,000,000 msg/s" in lines[2]
