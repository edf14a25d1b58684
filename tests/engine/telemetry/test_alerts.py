"""The example alert rules: sound, and about metrics that there are."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from flowengine.telemetry.metrics import _Collector
from tests.engine.telemetry.test_metrics import figures, look, node

RULES = Path(__file__).parents[3] / "docs" / "prometheus-alerts.yml"


def rules() -> list[dict[str, Any]]:
    (group,) = yaml.safe_load(RULES.read_text())["groups"]
    found: list[dict[str, Any]] = group["rules"]
    return found


def test_every_rule_is_about_metrics_that_there_are() -> None:
    families = list(_Collector(figures(look("f", {"a": node()}))).collect())
    names = {family.name + ("_total" if family.type == "counter" else "") for family in families}
    names |= {f"{family.name}_bucket" for family in families if family.type == "histogram"}
    used = {name for rule in rules() for name in re.findall(r"\bflowengine_\w+", rule["expr"])}
    assert len(used) > 10
    assert used <= names


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
