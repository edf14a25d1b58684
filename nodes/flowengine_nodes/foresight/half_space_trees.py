"""The transform `foresight/half-space-trees`."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from typing import Annotated, Any

from msgspec import Meta

from flowengine import ADVANCED, BadData, Message, Port, Routed, State, Transform
from flowengine_nodes.values.convert import number, shown


class HalfSpaceTrees(Transform, type="foresight/half-space-trees"):
    """Say how unusual several readings are together, fast and without knowing anything: half-space trees.

    In: an object, name -> number, such as that of signal/align. Each of `features` has limits between which it is
    expected; trees cut that space in halves at random, and count how many points of the last `window` fell into each
    piece. A point where few fell is unusual: its score is near 1; it is 0.5 where as many fell as usual, and near 0 in
    the thick of it. What is beyond the limits counts as at the limit. The counts of a window are used in the next one,
    so the trees follow a slow drift.

    The message leaves by `out` with msg.score, and by `alarm` beyond `threshold`: score, values, and contributions:
    how much lower the score would be if that feature had its mean. Nothing is scored before the first window is full. A
    bad message is left out; one that lacks a feature is refused. Kept over restarts. Source: Tan, Ting, Liu, Fast
    anomaly detection for streaming data, IJCAI 2011.

    Example: features current 0 to 50, temperature 20 to 120, vibration 0 to 10.
    """

    inputs = (Port("in", "object", "Readings by name"),)
    outputs = (Port("out", "object", "The readings"), Port("alarm", "object", "An anomaly, with its evidence"))

    features: Annotated[
        dict[str, list[float]],
        Meta(description="Name -> [low, high]: where it is expected", min_length=1, max_length=50),
    ]
    trees: Annotated[int, Meta(description="Number of trees", ge=1, le=200), ADVANCED] = 10
    height: Annotated[int, Meta(description="Cuts from root to leaf", ge=1, le=15), ADVANCED] = 8
    window: Annotated[int, Meta(description="Points in a window", ge=10, le=100_000)] = 250
    threshold: Annotated[float, Meta(description="Score that makes an alarm", ge=0, le=1)] = 0.95
    seed: Annotated[int, Meta(description="Random numbers of the trees begin with this"), ADVANCED] = 1
    counts: State[dict[str, Any]] = {}
    """How many points fell into each node, in the window before and in this one, and the means of the features."""

    def __post_init__(self) -> None:
        self._names = list(self.features)
        for name, limits in self.features.items():
            if len(limits) != 2 or limits[0] >= limits[1]:
                raise ValueError(f"feature {name}: expected two limits, the lower one first")
        self._lows = [self.features[name][0] for name in self._names]
        self._scales = [1 / (self.features[name][1] - self.features[name][0]) for name in self._names]
        dice = random.Random(self.seed)
        self._size = 2 ** (self.height + 1)
        self._cuts = [self._tree(dice) for _ in range(self.trees)]
        self._reference = [[0] * self._size for _ in range(self.trees)]
        self._latest = [[0] * self._size for _ in range(self.trees)]
        self._n, self._windows = 0, 0
        self._means = [0.0] * len(self._names)
        self._limit = 0.1 * self.window
        self._usual = 0.0
        """Mean of the logarithm of 1 + the mass around a point."""

    def process(self, msg: Message) -> list[Message | Routed] | None:
        """Score a point and count it."""
        if msg.quality == "bad":
            return None
        point = self._point(msg.payload)
        score = 0.0
        if self._windows:
            mass = self._mass(point)
            score = self._score(mass)
            share = max(1 / self.window, 1 / ((self._windows - 1) * self.window + self._n + 1))
            self._usual += share * (math.log1p(mass) - self._usual)
        self._count(point)
        sent: list[Message | Routed] = [msg.with_properties(score=score)]
        if score > self.threshold:
            payload = {"score": score, "values": {name: msg.payload[name] for name in self._names}}
            sent.append(msg.with_payload({**payload, "contributions": self._contributions(point, score)}).to("alarm"))
        return sent

    def state(self) -> dict[str, Any]:
        """Return the counts."""
        counts = {"reference": self._reference, "latest": self._latest, "means": self._means, "usual": self._usual}
        shape = [self._names, self.trees, self.height, self.seed]
        return {"counts": {**counts, "n": self._n, "windows": self._windows, "shape": shape}}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take back the counts, if the trees are the same."""
        kept = state.get("counts")
        if kept and kept["shape"] == [self._names, self.trees, self.height, self.seed]:
            self._reference, self._latest, self._means = kept["reference"], kept["latest"], kept["means"]
            self._n, self._windows, self._usual = kept["n"], kept["windows"], kept["usual"]

    def _tree(self, dice: random.Random) -> list[tuple[int, float]]:
        """Return feature and place of the cut at each inner node, numbered as in a heap from 1."""
        work = []
        for _ in self._names:
            centre = dice.random()
            reach = 2 * max(centre, 1 - centre)
            work.append((centre - reach, centre + reach))
        cuts = [(0, 0.0)] * 2**self.height
        spaces = {1: work}
        for node in range(1, 2**self.height):
            space = spaces.pop(node)
            feature = dice.randrange(len(space))
            low, high = space[feature]
            middle = (low + high) / 2
            cuts[node] = (feature, middle)
            for child, part in ((2 * node, (low, middle)), (2 * node + 1, (middle, high))):
                spaces[child] = [*space[:feature], part, *space[feature + 1 :]]
        return cuts

    def _point(self, payload: Any) -> list[float]:
        if not isinstance(payload, dict):
            raise BadData(f"{shown(payload)} is no object of readings by name")
        try:
            raw = [payload[name] for name in self._names]
        except KeyError as error:
            raise BadData(f"the message has no {error.args[0]}") from None
        values = [v if v.__class__ is float and v - v == 0.0 else number(v) for v in raw]
        return [
            min(max((v - low) * scale, 0.0), 1.0)
            for v, low, scale in zip(values, self._lows, self._scales, strict=True)
        ]

    def _score(self, mass: float) -> float:
        return 1.0 / (1.0 + mass / max(1.0, math.expm1(self._usual)))

    def _mass(self, point: list[float]) -> float:
        """Return how many points fell around one, each tree's count as if all its pieces were leaves."""
        total, limit, half = 0.0, self._limit, 2**self.height
        for cuts, counts in zip(self._cuts, self._reference, strict=True):
            node, weight = 1, 1
            while node < half and counts[node] > limit:
                feature, middle = cuts[node]
                node = 2 * node + (point[feature] >= middle)
                weight *= 2
            total += counts[node] * weight
        return total

    def _count(self, point: list[float]) -> None:
        half = 2**self.height
        for cuts, counts in zip(self._cuts, self._latest, strict=True):
            node = 1
            counts[1] += 1
            while node < half:
                feature, middle = cuts[node]
                node = 2 * node + (point[feature] >= middle)
                counts[node] += 1
        self._n += 1
        share = max(1 / self._n, 1 / self.window) if not self._windows else 1 / self.window
        self._means = [mean + share * (v - mean) for mean, v in zip(self._means, point, strict=True)]
        if self._n >= self.window:
            self._reference = self._latest
            self._latest = [[0] * self._size for _ in range(self.trees)]
            self._n, self._windows = 0, self._windows + 1

    def _contributions(self, point: list[float], score: float) -> dict[str, float]:
        """Return by how much the score falls when each feature is set to its mean."""
        found = {}
        for i, name in enumerate(self._names):
            found[name] = score - self._score(self._mass([*point[:i], self._means[i], *point[i + 1 :]]))
        return found
