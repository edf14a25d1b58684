"""The transform `signal/envelope`."""

from __future__ import annotations

import math
from typing import Annotated, Any

from msgspec import Meta

from flowengine import ADVANCED, BadData, Message, Transform, unit
from flowengine_nodes.signal.samples import FEWEST, load_numpy, rate_of, samples_of, speed_of
from flowengine_nodes.signal.spectra import Spectrum, envelope, passed, peaks, spectrum


class Envelope(Transform, type="signal/envelope"):
    """Find damage of a rolling bearing: envelope spectrum, with the frequencies of the bearing's parts.

    A damaged spot is hit again and again, and each hit makes the machine ring at a high frequency. The samples are
    filtered to a band in which it rings (`low` to `high`), their envelope is taken (Hilbert transform), and its
    spectrum shows how often it is hit. In: a list of samples. Out: an object with the highest `peaks` of that spectrum
    (frequency, value as root mean square), and, if the bearing is known, `faults`: for outer (BPFO), inner (BPFI),
    ball (2·BSF) and cage (FTF) the frequency, the value of its first `harmonics` together, and `ratio`, how many times
    that is what as many lines around usually hold (their median): 1 to 2 for noise, over 5 is worth a look.

    The bearing is described by its number of `balls` and by ball diameter and pitch diameter in one unit, with the
    contact angle; the outer ring stands, the inner turns with the shaft at `speed` or msg.speed. Slip moves the
    frequencies by 1 to 2 %: lines within `tolerance` count. Source: Randall, Antoni, Rolling element bearing
    diagnostics, a tutorial, Mechanical Systems and Signal Processing 25 (2011) 485.

    A bad block leaves empty, with quality bad. Needs numpy: pip install 'flowengine-ot[signal]'.

    Example: low 2000, high 5000, balls 9, ball_diameter 7.94, pitch_diameter 39.04, speed 1797: a 6205 at its rated
    speed.
    """

    sample_rate: Annotated[
        Annotated[float, Meta(gt=0)] | None,
        Meta(description="Samples per second; empty: as msg.sample_rate says", extra_json_schema=unit("Hz")),
    ] = None
    low: Annotated[float, Meta(description="Lower end of the band that rings", gt=0, extra_json_schema=unit("Hz"))]
    high: Annotated[float, Meta(description="Upper end of the band that rings", gt=0, extra_json_schema=unit("Hz"))]
    speed: Annotated[
        Annotated[float, Meta(gt=0)] | None,
        Meta(description="Speed of the shaft; empty: as msg.speed says", extra_json_schema=unit("1/min")),
    ] = None
    balls: Annotated[Annotated[int, Meta(ge=3)] | None, Meta(description="Rolling elements; empty: no bearing")] = None
    ball_diameter: Annotated[Annotated[float, Meta(gt=0)] | None, Meta(description="Diameter of a ball or roller")] = (
        None
    )
    pitch_diameter: Annotated[
        Annotated[float, Meta(gt=0)] | None, Meta(description="Diameter of the circle of their centres, same unit")
    ] = None
    contact_angle: Annotated[
        float, Meta(description="Contact angle", ge=0, lt=90, extra_json_schema=unit("°")), ADVANCED
    ] = 0.0
    harmonics: Annotated[int, Meta(description="Multiples of each frequency to look at", ge=1, le=20), ADVANCED] = 3
    tolerance: Annotated[
        float, Meta(description="Lines this far away count", ge=0, le=10, extra_json_schema=unit("%")), ADVANCED
    ] = 2.0
    peaks: Annotated[int, Meta(description="How many of the highest peaks to name", ge=0, le=100)] = 5
    most_samples: Annotated[int, Meta(description="Samples in one message at most", ge=FEWEST), ADVANCED] = 1_000_000

    def __post_init__(self) -> None:
        if self.low >= self.high:
            raise ValueError(f"low ({self.low:g}) must be less than high ({self.high:g})")
        parts = (self.balls, self.ball_diameter, self.pitch_diameter)
        if any(part is not None for part in parts) and any(part is None for part in parts):
            raise ValueError("a bearing is described by balls, ball_diameter and pitch_diameter: give all three")
        if (self.ball_diameter or 0.0) >= (self.pitch_diameter or 1.0):
            raise ValueError("ball_diameter must be less than pitch_diameter")
        load_numpy()

    def process(self, msg: Message) -> Message:
        """Return the envelope spectrum of a block."""
        if msg.quality == "bad":
            return msg.with_payload(None)
        samples, rate = samples_of(msg, self.most_samples), rate_of(msg, self.sample_rate)
        found = spectrum(envelope(passed(samples, rate, self.low, self.high)), rate, "hann")
        payload: dict[str, Any] = {"peaks": [{"frequency": x, "value": v} for x, v in peaks(found, self.peaks)]}
        if self.balls is not None:
            turning = speed_of(msg, self.speed)
            if turning is None:
                raise BadData("the speed of the shaft is not known: give msg.speed, or set the option speed")
            payload["faults"] = {name: self._fault(found, f) for name, f in self._frequencies(turning).items()}
        return msg.with_payload(payload)

    def _frequencies(self, turning: float) -> dict[str, float]:
        """Return the frequencies of damage at each part, in Hz, for a shaft of so many revolutions per second."""
        assert self.balls is not None
        assert self.ball_diameter is not None
        assert self.pitch_diameter is not None
        slope = self.ball_diameter / self.pitch_diameter * math.cos(math.radians(self.contact_angle))
        return {
            "outer": self.balls / 2 * turning * (1 - slope),
            "inner": self.balls / 2 * turning * (1 + slope),
            "ball": self.pitch_diameter / self.ball_diameter * turning * (1 - slope * slope),
            "cage": turning / 2 * (1 - slope),
        }

    def _fault(self, found: Spectrum, frequency: float) -> dict[str, float]:
        import numpy as np

        total = usual = 0.0
        for harmonic in range(1, self.harmonics + 1):
            centre = harmonic * frequency
            width = max(centre * self.tolerance / 100, found.step)
            inside = (found.x >= centre - width) & (found.x <= centre + width)
            around = (found.x >= centre - frequency / 2) & (found.x <= centre + frequency / 2)
            total += float(found.power[inside].sum())
            usual += float(inside.sum() * np.median(found.power[around | inside]))
        return {
            "frequency": frequency,
            "value": math.sqrt(total),
            "ratio": math.sqrt(total / usual) if usual > 0 else 0.0,
        }
