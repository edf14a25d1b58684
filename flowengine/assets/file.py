"""`assets.json` beside the flows: read, and checked with file, line and path."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Final

from flowengine.assets.counting import flow_and_tag
from flowengine.assets.shape import PLACES, AssetShape, AssetsShape
from flowengine.flow.beside import converted
from flowengine.flow.plan import Plan
from flowengine.flow.problem import Problem, Report, errors, near
from flowengine.flow.strict_json import Json, parse_json, read_json
from flowengine.options import DIALECT, type_schema

FILE: Final = "assets.json"
"""The name of the file, beside the flows."""

_DATES: Final = ("end_of_sale", "end_of_support", "end_of_life")
_ASSET_DATES: Final = ("installed", "warranty_until", "needed_until", "hours_on")


@dataclass(frozen=True)
class AssetsFile:
    """The file, and what is wrong with it; one with errors has no assets."""

    json: Json
    assets: AssetsShape = field(default_factory=lambda: AssetsShape(flowengine=1))
    problems: list[Problem] = field(default_factory=list)


def assets_file(path: Path) -> Path:
    """Return where the assets of a folder of flows (or of a file's folder) are kept."""
    return (path if path.is_dir() else path.parent) / FILE


def read_assets(path: Path) -> AssetsFile:
    """Read the file; never raises, see `AssetsFile.problems`. Without a file there are no assets."""
    return _assets(read_json(path)) if path.exists() else AssetsFile(Json(str(path)))


def parse_assets(text: str | bytes, file: str = FILE) -> AssetsFile:
    """Read it from text."""
    return _assets(parse_json(text, file))


def schema() -> dict[str, Any]:
    """Return the JSON Schema of `assets.json`."""
    return {"$schema": DIALECT, **type_schema(AssetsShape), "title": "Assets"}


def check_against(found: AssetsFile, plans: Mapping[str, Plan]) -> list[Problem]:
    """Return what names nothing in the flows: warnings, since a part may come before its flow."""
    report = found.json.report()
    connections = {name for plan in plans.values() for name in plan.connections}
    nodes = {f"{plan.name}/{id}" for plan in plans.values() for id in plan.nodes}
    for name, asset in found.assets.assets.items():
        keys = ("assets", name)
        if asset.connection and asset.connection not in connections:
            message = f"no flow has a connection '{asset.connection}'"
            report.warning("names-nothing", (*keys, "connection"), message, hint=near(asset.connection, connections))
        if asset.hours_from and (flow := flow_and_tag(asset.hours_from)[0]) not in plans:
            report.warning(
                "names-nothing", (*keys, "hours_from"), f"there is no flow '{flow[:100]}'", hint=near(flow, plans)
            )
        for number, pattern in enumerate(asset.nodes):
            if not any(fnmatchcase(node, pattern) for node in nodes):
                message = f"'{pattern[:100]}' names no node: expected flow/node"
                report.warning("names-nothing", (*keys, "nodes", number), message, hint=near(pattern, nodes))
    return report.problems()


def _assets(json: Json) -> AssetsFile:
    shape, problems = converted(json, AssetsShape, schema())
    if shape is None:
        return AssetsFile(json, problems=problems)
    report = json.report()
    _check(shape, report)
    found = [*problems, *report.problems()]
    return AssetsFile(json, problems=found) if errors(found) else AssetsFile(json, shape, found)


def _check(shape: AssetsShape, report: Report) -> None:
    for name, product in shape.products.items():
        keys = ("products", name)
        _check_dates(product, _DATES, keys, report, ordered=True)
        for number, other in enumerate(product.substitutes):
            if other == name:
                report.error("bad-substitute", (*keys, "substitutes", number), "a product cannot take its own place")
            else:
                _check_known(other, shape.products, "product", (*keys, "substitutes", number), report)
    for name, asset in shape.assets.items():
        keys = ("assets", name)
        _check_dates(asset, _ASSET_DATES, keys, report)
        if asset.running_hours and not asset.hours_on and not asset.hours_from:
            message = "of which day these hours are is not known; that of the installation is taken"
            hint = "say in hours_on on which day they were read off"
            report.warning("undated-hours", (*keys, "running_hours"), message, hint=hint)
        if asset.product:
            _check_known(asset.product, shape.products, "product", (*keys, "product"), report)
        if asset.inside:
            _check_inside(name, asset, shape.assets, report)


def _check_known(name: str, known: Mapping[str, Any], what: str, keys: tuple[str | int, ...], report: Report) -> None:
    if name not in known:
        report.error(f"unknown-{what}", keys, f"there is no {what} '{name[:100]}'", hint=near(name, known))


def _check_dates(of: Any, names: tuple[str, ...], keys: tuple[str, ...], report: Report, ordered: bool = False) -> None:
    before: tuple[str, date] | None = None
    for name in names:
        text = getattr(of, name)
        if not text:
            continue
        try:
            day = date.fromisoformat(text)
        except ValueError:
            report.error("bad-date", (*keys, name), f"{text} is no day of the calendar")
            continue
        if ordered and before is not None and day < before[1]:
            message = f"{name} ({text}) comes before {before[0]} ({before[1]})"
            report.error("bad-date", (*keys, name), message, hint="sale ends first, then support, then life")
        before = (name, day)


def _check_inside(name: str, asset: AssetShape, assets: Mapping[str, AssetShape], report: Report) -> None:
    keys = ("assets", name, "inside")
    outer = assets.get(asset.inside)
    if outer is None:
        _check_known(asset.inside, assets, "asset", keys, report)
        return
    seen, at = {name}, asset.inside
    while at:
        if at in seen:
            report.error("loop", keys, f"'{name}' is inside itself, by way of '{asset.inside}'")
            return
        seen.add(at)
        at = assets[at].inside if at in assets else ""
    if outer.kind not in PLACES and asset.kind in PLACES:
        report.error("bad-place", keys, f"'{name}' ({asset.kind}) cannot be inside '{asset.inside}' ({outer.kind})")
    elif asset.kind in PLACES and PLACES.index(asset.kind) <= PLACES.index(outer.kind):
        report.error(
            "bad-place",
            keys,
            f"'{name}' ({asset.kind}) cannot be inside '{asset.inside}' ({outer.kind})",
            hint=" > ".join(PLACES),
        )
