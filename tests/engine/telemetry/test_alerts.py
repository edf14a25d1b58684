"""The example alert rules and the dashboard: sound, and about metrics that there are."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from flowengine.telemetry.metrics import _Collector
from tests.engine.telemetry.test_metrics import figures, look, node

DASHBOARD = Path(__file__).parents[3] / "docs" / "grafana-dashboard.json"
RULES = Path(__file__).parents[3] / "docs" / "prometheus-alerts.yml"


def rules() -> list[dict[str, Any]]:
    (group,) = yaml.safe_load(RULES.read_text())["groups"]
    found: list[dict[str, Any]] = group["rules"]
    return found


def there_are() -> set[str]:
    """Return the names of all metrics."""
    families = list(_Collector(figures(look("f", {"a": node()}))).collect())
    names = {family.name + ("_total" if family.type == "counter" else "") for family in families}
    names |= {f"{family.name}_bucket" for family in families if family.type == "histogram"}
    return names


def test_every_rule_is_about_metrics_that_there_are() -> None:
    used = {name for rule in rules() for name in re.findall(r"\bflowengine_\w+", rule["expr"])}
    assert len(used) > 10
    assert used <= there_are()


def test_every_panel_of_the_dashboard_is_about_metrics_that_there_are_and_has_its_place() -> None:
    panels = json.loads(DASHBOARD.read_text())["panels"]
    shown = [target["expr"] for panel in panels for target in panel["targets"]]
    used = {name for expression in shown for name in re.findall(r"\bflowengine_\w+", expression)}
    assert len(used) > 8
    assert used <= there_are()
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels]
    assert len(set(places)) == len(panels)


def test_every_rule_says_how_bad_it_is_and_what_has_happened() -> None:
    assert len({rule["alert"] for rule in rules()}) == len(rules())
    for rule in rules():
        assert rule["labels"]["severity"] in ("warning", "critical")
        assert rule["annotations"]["summary"]
        assert rule["expr"].count("(") == rule["expr"].count(")")


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool comes with Debian's package prometheus")
def test_prometheus_accepts_the_rules() -> None:
    checked = subprocess.run(["promtool", "check", "rules", RULES], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
