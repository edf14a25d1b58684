"""Watches a learned correction: is its model still true, and is the control better than without it?"""

from __future__ import annotations

import math
from typing import Any

FAST = 20
"""Scans over which the model's error of now is taken."""

FEWEST = 60
"""Scans before a judgement."""


class TrimWatch:
    """Costs with and without the correction, and the model's error; numbers only, once a scan."""

    def __init__(self, scan: float, window: float, drift: float, worse: float) -> None:
        """Begin without a judgement.

        Args:
            scan: seconds between two scans.
            window: seconds over which costs are compared.
            drift: how many times the usual the model's error may be.
            worse: how many times the cost in shadow the cost may be.
        """
        self.drift, self.worse = drift, worse
        self.share = scan / window
        self.following = 0
        """Scans for which the measurement may be on its way to another setpoint: its error says nothing then."""
        self.usual = self.fast = 0.0
        """Mean squares of the model's error: over long, and of now."""
        self.scans = 0
        self.plain: float | None = None
        """Mean error with the plain controller."""
        self.plain_scans = 0
        self.cost = 0.0
        """Mean error with the correction, over the window."""
        self.cost_scans = 0
        self.acted = 0
        """Scans with the correction, in all."""
        self.total = self.total_plain = 0.0
        """Error times scans with the correction, and what the plain controller would have had."""

    def judge(self, error: float, equation: float, acts: bool, learns: bool) -> str:
        """Take a scan in; returns why the correction has to leave, or nothing.

        Args:
            error: the absolute control error.
            equation: the error of the model's equation.
            acts: whether the correction is applied.
            learns: whether the plain controller is alone: then its cost is measured.
        """
        self.scans += 1
        square = equation * equation
        self.fast += (square - self.fast) / min(self.scans, FAST)
        counts = self.following == 0
        self.following = max(0, self.following - 1)
        if acts and self.scans > FEWEST and 0.0 < self.drift * self.drift * self.usual < self.fast:
            return f"drift: the model's error is {math.sqrt(self.fast / self.usual):.1f} times the usual"
        if acts and counts:
            self.cost_scans += 1
            self.acted += 1
            self.cost += (error - self.cost) * max(self.share, 1 / self.cost_scans)
            self.total += error
            self.total_plain += error if self.plain is None else self.plain
            known = self.plain is not None and self.cost_scans * self.share >= 1
            if known and self.plain is not None and self.cost > self.worse * self.plain:
                return f"worse: mean error {self.cost:.4g}, with the plain controller {self.plain:.4g}"
        elif learns and counts:
            self.plain_scans += 1
            mean = 0.0 if self.plain is None else self.plain
            self.plain = mean + (error - mean) * max(self.share / 4, 1 / self.plain_scans)
        self.usual += (square - self.usual) / min(self.scans, 1 / self.share)
        return ""

    def moved(self, by: float) -> None:
        """The setpoint has moved: by more than the usual error, and the control is not judged for a window."""
        if abs(by) > (self.plain or 0.0):
            self.following = round(1 / self.share)

    def begin(self) -> None:
        """The correction begins: its cost is measured anew."""
        self.cost, self.cost_scans = 0.0, 0

    def pause(self) -> None:
        """A scan without a usable reading."""
        self.fast = min(self.fast, self.usual)

    @property
    def known_in(self) -> int:
        """Scans that are missing until what was saved is known: with and without the correction, a window of each."""
        window = round(1 / self.share)
        return max(0, window - self.acted) + max(0, window - self.plain_scans)

    def savings(self) -> dict[str, float | None]:
        """Return the mean error with and without the correction, and the share that it saved, once that is known."""
        known = self.known_in == 0 and self.total_plain > 0
        saved = 1 - self.total / self.total_plain if known else None
        return {"error": self.cost if self.cost_scans else None, "plain_error": self.plain, "saved": saved}

    def kept(self) -> dict[str, Any]:
        """Return everything as plain values."""
        return dict(vars(self))

    def restore(self, kept: dict[str, Any]) -> None:
        """Take back what `kept` returned, but for what the options say."""
        vars(self).update({name: value for name, value in kept.items() if name not in ("share", "drift", "worse")})
