"""Learned models: their versions, who uses them, how good they are there."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from flowengine_web.shapes.base import Shape


class ModelUse(Shape):
    """A node that uses a version of a model, with what was measured there; null: nothing is known."""

    flow: str
    node: str
    type: str
    """Of the node."""
    role: Literal["model", "challenger"]
    """challenger: it runs in shadow beside the model that counts."""
    learns: bool
    """Whether it learns while it runs: what it has learned by now can become a version."""
    count: int | None = None
    """Answers of which it is known what came."""
    mae: float | None = None
    bias: float | None = None
    answers: int | None = None
    coverage: float | None = None
    """Share of the answers whose inputs and outputs were inside their bounds."""
    difference: float | None = None
    """Of a challenger: how far its answers were from those that count, on the mean."""


class Model(Shape):
    """One version of a model."""

    name: str
    version: str
    kind: str
    """Of the file: onnx, json, npz; empty: there is none."""
    state: Literal["there", "missing", "learned"]
    """missing: a node names a content that is no file in models/; learned: a node learns it, and it is no file yet."""
    file: str
    sha256: str
    size: int
    changed: float
    """When the file was changed last, seconds since 1970; 0: there is none."""
    uses: list[ModelUse]


class NewVersion(Shape):
    """What becomes a version: what a node has learned by now."""

    flow: str
    node: str
    name: Annotated[str, Meta(min_length=1, max_length=64)]
    """Of the model: the version becomes the next file in models/NAME/."""


class SavedVersion(Shape):
    """The version that was made."""

    file: str
    """Below the folder of the flows."""
    sha256: str
    warning: str
    """Why it is no revision, and what to do; empty: it is one."""


class Models(Shape):
    """All versions, and what nodes use that is none."""

    problems: list[str]
    """What cannot be read; then there are no models."""
    models: list[Model]
