"""Learned models: their versions, who uses them, how good they are there."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Literal

from flowengine.assets.models import Use, of
from flowengine.service.models import Models, models_of, save_version
from flowengine_web import shapes
from flowengine_web.call import Call
from flowengine_web.route import Area

AREA = Area("models", "Learned models and how good they are")


@AREA.get("/api/models", role="viewer", answer=shapes.Models, flows=lambda given: ())
def read_models(call: Call) -> shapes.Models:
    """Return the versions of all models with their users; who may see some flows only: those that these use."""
    rights = call.rights
    everything = rights.may("viewer", "")
    found = models_of(call.site.service, None if everything else partial(rights.may, "viewer"))
    return shapes.Models(problems=list(found.problems), models=list(_models(found)))


@AREA.post(
    "/api/models",
    role="editor",
    body=shapes.NewVersion,
    answer=shapes.SavedVersion,
    flows=lambda given: [given["body"].flow],
    refusals=(404,),
)
def save_model(call: Call, body: shapes.NewVersion) -> shapes.SavedVersion:
    """Make a version of what a node has learned: the next file in models/NAME/. Nothing that runs is touched."""
    saved = save_version(call.site.service, body.flow, body.node, body.name, call.user)
    return shapes.SavedVersion(file=saved.file, sha256=saved.sha256, warning=saved.warning)


def _models(found: Models) -> Iterator[shapes.Model]:
    for one in found.versions:
        yield shapes.Model(
            name=one.name,
            version=one.version,
            kind=one.file.rpartition(".")[2],
            state="there",
            file=one.file,
            sha256=one.sha256,
            size=one.size,
            changed=one.changed,
            uses=[_use(use, found) for use in of(one, found.uses)],
        )
    known = {one.sha256 for one in found.versions}
    for use in found.uses:
        if use.sha256.lower() not in known:
            yield shapes.Model(
                name="",
                version=use.version,
                kind="",
                state="missing" if use.file else "learned",
                file=use.file,
                sha256=use.sha256.lower(),
                size=0,
                changed=0.0,
                uses=[_use(use, found)],
            )


def _use(use: Use, found: Models) -> shapes.ModelUse:
    figures = found.figures.get((use.flow, use.node, use.role), {})
    names = ("count", "mae", "bias", "answers", "coverage", *(("difference",) if use.role == "challenger" else ()))
    measured = {name: figures.get(name) for name in names}
    role: Literal["model", "challenger"] = "challenger" if use.role == "challenger" else "model"
    return shapes.ModelUse(flow=use.flow, node=use.node, type=use.type, role=role, learns=use.learns, **measured)
