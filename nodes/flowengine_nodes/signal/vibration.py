"""The transform `signal/vibration`."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from flowengine import ADVANCED, BadData, Message, Transform, unit
from flowengine_nodes.signal.samples import FEWEST, load_numpy, rate_of, samples_of
from flowengine_nodes.signal.spectra import passed


class Vibration(Transform, type="signal/vibration"):
    """Figures of a block of vibration samples: rms, peak, crest factor, kurtosis and others.

    In: a list of samples. Out: an object with mean, rms (of what is left without the mean), peak (greatest distance
    from the mean), peak_to_peak, crest (peak / rms), kurtosis (3 for noise, more when there are impacts: a bearing that
    begins to fail), skewness, shape (rms / mean of the absolute values) and impulse (peak / the same mean).

    With `low` and `high` only what vibrates in that band counts. With `velocity` an acceleration in m/s² becomes a
    velocity and velocity_rms, in mm/s over that band, is added: what ISO 20816 judges, over 10 to 1000 Hz. For these
    two the sample rate must be known: `sample_rate`, or msg.sample_rate.

    A bad block leaves empty, with quality bad; samples that all are the same have no crest, kurtosis and so on: null.
    Needs numpy: pip install 'flowengine-ot[signal]'.

    Example: low 10, high 1000, velocity on for an accelerometer on a motor.
    """

    sample_rate: Annotated[
        Annotated[float, Meta(gt=0)] | None,
        Meta(description="Samples per second; empty: as msg.sample_rate says", extra_json_schema=unit("Hz")),
    ] = None
    low: Annotated[
        Annotated[float, Meta(ge=0)] | None,
        Meta(description="Lower end of the band; empty: 0", extra_json_schema=unit("Hz")),
    ] = None
    high: Annotated[
        Annotated[float, Meta(gt=0)] | None,
        Meta(description="Upper end of the band; empty: half the sample rate", extra_json_schema=unit("Hz")),
    ] = None
    velocity: Annotated[bool, Meta(description="Acceleration in m/s² comes in: give its velocity in mm/s, too")] = False
    most_samples: Annotated[int, Meta(description="Samples in one message at most", ge=FEWEST), ADVANCED] = 1_000_000

    def __post_init__(self) -> None:
        if self.low is not None and self.high is not None and self.low >= self.high:
            raise ValueError(f"low ({self.low:g}) must be less than high ({self.high:g})")
        if self.velocity and not self.low:
            raise ValueError("velocity needs low, such as 10 Hz: below, integration makes drift of noise")
        load_numpy()

    def process(self, msg: Message) -> Message:
        """Return the figures of a block."""
        import numpy as np

        if msg.quality == "bad":
            return msg.with_payload(None)
        samples = samples_of(msg, self.most_samples)
        mean = float(samples.mean())
        moving = samples - mean
        if self.low is not None or self.high is not None:
            rate = rate_of(msg, self.sample_rate)
            moving = passed(moving, rate, self.low or 0.0, rate / 2 if self.high is None else self.high)
        rms, size = float(np.sqrt(np.mean(moving**2))), float(np.mean(np.abs(moving)))
        peak = float(np.max(np.abs(moving)))
        # A band without anything in it leaves rounding only, which has no shape.
        some = rms > 1e-12 * max(1e-300, float(np.max(np.abs(samples))))
        figures = {
            "mean": mean,
            "rms": rms,
            "peak": peak,
            "peak_to_peak": float(np.ptp(moving)),
            "crest": peak / rms if some else None,
            "kurtosis": float(np.mean((moving / rms) ** 4)) if some else None,
            "skewness": float(np.mean((moving / rms) ** 3)) if some else None,
            "shape": rms / size if some else None,
            "impulse": peak / size if some else None,
        }
        if self.velocity:
            figures["velocity_rms"] = self._velocity(msg, len(samples), moving)
        return msg.with_payload(figures)

    def _velocity(self, msg: Message, count: int, moving: object) -> float:
        """Return the rms velocity, mm/s: each line of the spectrum of the acceleration divided by 2πf."""
        import numpy as np

        rate = rate_of(msg, self.sample_rate)
        lines = np.fft.rfft(np.asarray(moving))
        x = np.arange(len(lines)) * (rate / count)
        if not (x[1:] >= (self.low or 0.0)).any():
            raise BadData("the block is too short for this band: take more samples")
        lines[1:] /= 2 * np.pi * x[1:]
        lines[0] = 0
        return float(1000 * np.sqrt(np.mean(np.fft.irfft(lines, count) ** 2)))
