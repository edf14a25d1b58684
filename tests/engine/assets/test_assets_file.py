from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from flowengine.assets.feed import FeedShape, is_within, notices_of, parse_feed
from flowengine.assets.feed import schema as feed_schema
from flowengine.assets.file import parse_assets, schema
from flowengine.assets.shape import AssetShape, ProductShape


def problems(**members: Any) -> list[str]:
    return [str(problem) for problem in parse_assets(json.dumps({"flowengine": 1, **members}, indent=1)).problems]


def test_both_schemas_are_valid_and_an_empty_file_has_no_assets() -> None:
    Draft202012Validator.check_schema(schema())
    Draft202012Validator.check_schema(feed_schema())
    assert problems() == []


DEVICE = {"kind": "device"}


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ({"assets": {"a": {"kind": "devise"}}}, "assets.json:5: error: "),
        ({"assets": {"a": {"kind": "device", "firmware": "1"}}}, "$.assets.a"),
        ({"assets": {"a": {**DEVICE, "product": "plc"}}, "products": {"plx": {"vendor": "v", "model": "m"}}}, "'plx'"),
        ({"assets": {"a": {**DEVICE, "inside": "b"}}}, "there is no asset 'b'"),
        ({"assets": {"a": {**DEVICE, "inside": "b"}, "b": {**DEVICE, "inside": "a"}}}, "inside itself"),
        (
            {"assets": {"a": {"kind": "area", "inside": "b"}, "b": {"kind": "line"}}},
            "'a' (area) cannot be inside 'b' (line)",
        ),
        ({"assets": {"a": {"kind": "line", "inside": "b"}, "b": DEVICE}}, "'a' (line) cannot be inside 'b' (device)"),
        ({"assets": {"a": {**DEVICE, "installed": "2026-02-30"}}}, "2026-02-30 is no day of the calendar"),
        ({"products": {"p": {"vendor": "v", "model": "m", "substitutes": ["p"]}}}, "cannot take its own place"),
        (
            {
                "products": {
                    "p": {"vendor": "v", "model": "m", "end_of_sale": "2030-01-01", "end_of_life": "2029-01-01"}
                }
            },
            "end_of_life (2029-01-01) comes before end_of_sale (2030-01-01)",
        ),
    ],
)
def test_what_is_wrong_is_said_with_line_and_path(members: dict[str, Any], said: str) -> None:
    found = problems(**members)
    assert any(said in text for text in found), found
    assert all(text.startswith("assets.json:") for text in found)


def test_a_feed_says_what_is_wrong_with_it() -> None:
    notices = [
        {"id": "a", "kind": "end_of_life", "vendor": "v", "title": "t"},
        {"id": "b", "kind": "vulnerability", "vendor": "v", "title": "t", "versions": "before 2"},
    ]
    found = parse_feed(json.dumps({"flowengine": 1, "notices": notices}, indent=1))
    assert [problem.code for problem in found.problems] == ["missing", "bad-versions"]
    assert found.feed.notices == []


@pytest.mark.parametrize(
    ("version", "versions", "within"),
    [
        ("2.3.1", ">=1.0,<2.4", True),
        ("2.10", "<2.9", False),
        ("2", "=2.0.0", True),
        ("v1.2-rc1", "<=1.2", True),
        ("1.2", ">1.2", False),
        ("Galileo", "<1", True),
    ],
)
def test_versions_are_compared_number_by_number(version: str, versions: str, within: bool) -> None:
    assert is_within(version, versions) is within


@given(st.lists(st.integers(0, 30), min_size=1, max_size=4), st.lists(st.integers(0, 30), min_size=1, max_size=4))
def test_of_two_versions_one_is_before_the_other_or_they_are_alike(one: list[int], other: list[int]) -> None:
    mine, theirs = ".".join(map(str, one)), ".".join(map(str, other))
    assert [is_within(mine, sign + theirs) for sign in ("<", "=", ">")].count(True) == 1


def test_a_notice_means_a_vendor_and_model_and_a_version_that_is_not_known() -> None:
    notices = [
        {"id": "n", "kind": "vulnerability", "vendor": "ACME", "model": "PLC-2*", "versions": "<2", "title": "t"}
    ]
    feed = parse_feed(json.dumps({"flowengine": 1, "notices": notices})).feed
    product = ProductShape(vendor="Acme", model="plc-200")

    def meant(asset: AssetShape, of: ProductShape = product, found: FeedShape = feed) -> bool:
        return bool(notices_of(found.notices, of, asset))

    assert meant(AssetShape(kind="device", version="1.9"))
    assert meant(AssetShape(kind="device"))
    assert not meant(AssetShape(kind="device", version="2.0"))
    assert not meant(AssetShape(kind="device"), ProductShape(vendor="Acme", model="PLC-300"))


def test_only_a_star_stands_for_anything_in_a_notice_and_one_for_several_ranges_is_told_once() -> None:
    def told(model: str, named: str, *versions: str) -> int:
        notice = {"id": "N", "kind": "vulnerability", "vendor": "Acme", "model": named, "title": "t"}
        notices = [notice | {"versions": one} for one in versions or [""]]
        found = parse_feed(json.dumps({"flowengine": 1, "notices": notices})).feed
        asset = AssetShape(kind="device", version="3.0.1")
        return len(notices_of(found.notices, ProductShape(vendor="ACME ", model=model), asset))

    assert told("IO-1 [24 V]", "io-1 [24 v]") == 1
    assert told("IO-12", "IO-1?") == 0
    assert told("IO-1", "IO-1", "<2.4.3", ">=3.0,<3.1") == 1
    assert told("IO-1", "IO-*", ">=3.0", "<3.1") == 1


def test_hours_without_a_day_are_a_warning_with_what_becomes_of_them() -> None:
    asset = {"kind": "device", "running_hours": 100}
    found = parse_assets(json.dumps({"flowengine": 1, "assets": {"a": asset, "b": asset | {"hours_on": "2026-01-01"}}}))
    (problem,) = found.problems
    assert (problem.severity, problem.path) == ("warning", "$.assets.a.running_hours")
    assert "hours_on" in problem.hint
    assert len(found.assets.assets) == 2
