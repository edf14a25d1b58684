"""The transform `signal/spectrum`."""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from flowengine import ADVANCED, BadData, Message, Transform, unit
from flowengine_nodes.signal.samples import FEWEST, load_numpy, rate_of, samples_of, speed_of
from flowengine_nodes.signal.spectra import Spectrum as Lines
from flowengine_nodes.signal.spectra import Taper, band, by_angle, peaks, spectrum


class Band(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """A range of frequencies (or orders) whose strength is wanted."""

    name: Annotated[str, Meta(description="Name of the figure", min_length=1)]
    low: Annotated[float, Meta(description="From here, in Hz or orders", ge=0)]
    high: Annotated[float, Meta(description="To here", gt=0)]


class Spectrum(Transform, type="signal/spectrum"):
    """Show which frequencies are in a block of samples: amplitude or order spectrum (FFT), with bands and peaks.

    In: a list of samples, taken at `sample_rate`, or as msg.sample_rate says. Out: an object with the highest `peaks`
    (frequency and root mean square), the root mean square in each of the `bands`, and with `lines` the spectrum itself
    (step, and the value of each line from 0 on). The mean of the samples is taken off. A long block is cut into blocks
    of `block` samples that overlap by half, and their spectra are averaged: less noise, coarser lines.

    With `axis` order the frequencies are multiples of the speed of the shaft: `speed`, or msg.speed, in revolutions per
    minute; order 1 is once per revolution. If msg.speed is a list with the speed at each sample, the signal is sampled
    anew at even angles of the shaft, so that orders stay sharp while a machine speeds up (order tracking).

    The window `hann` fits most signals, `flat-top` gives the exact height of single peaks, `none` belongs to blocks of
    whole periods. A bad block leaves empty, with quality bad; a list with something that is no number is refused. Needs
    numpy: pip install 'flowengine-ot[signal]'.

    Example: 4096 samples at 25600 Hz; a band 10 to 1000 Hz named overall.
    """

    sample_rate: Annotated[
        Annotated[float, Meta(gt=0)] | None,
        Meta(description="Samples per second; empty: as msg.sample_rate says", extra_json_schema=unit("Hz")),
    ] = None
    axis: Annotated[
        Literal["frequency", "order"], Meta(description="Lines at frequencies, or at multiples of the speed")
    ] = "frequency"
    speed: Annotated[
        Annotated[float, Meta(gt=0)] | None,
        Meta(description="Speed of the shaft; empty: as msg.speed says", extra_json_schema=unit("1/min")),
    ] = None
    bands: Annotated[list[Band], Meta(description="Ranges whose root mean square is wanted", max_length=100)] = []
    peaks: Annotated[int, Meta(description="How many of the highest peaks to name", ge=0, le=100)] = 5
    lines: Annotated[bool, Meta(description="Send the spectrum itself, too")] = False
    amplitude: Annotated[
        Literal["rms", "peak"], Meta(description="Lines and peaks as root mean square or as amplitude of the sine")
    ] = "rms"
    window: Annotated[Taper, Meta(description="Window function"), ADVANCED] = "hann"
    block: Annotated[
        Annotated[int, Meta(ge=FEWEST)] | None,
        Meta(description="Samples in a block to average over; empty: one block of all"),
        ADVANCED,
    ] = None
    per_turn: Annotated[
        int, Meta(description="Samples per revolution when sampled anew by angle", ge=4, le=10_000), ADVANCED
    ] = 256
    most_samples: Annotated[int, Meta(description="Samples in one message at most", ge=FEWEST), ADVANCED] = 1_000_000

    def __post_init__(self) -> None:
        for entry in self.bands:
            if entry.low >= entry.high:
                raise ValueError(f"band {entry.name}: low ({entry.low:g}) must be less than high ({entry.high:g})")
        load_numpy()

    def process(self, msg: Message) -> Message:
        """Return the spectrum of a block."""
        if msg.quality == "bad":
            return msg.with_payload(None)
        found = self._spectrum(msg)
        factor = math.sqrt(2) if self.amplitude == "peak" else 1.0
        place = "frequency" if self.axis == "frequency" else "order"
        payload: dict[str, Any] = {
            "peaks": [{place: x, "value": rms * factor} for x, rms in peaks(found, self.peaks)],
            "bands": {entry.name: band(found, entry.low, entry.high) for entry in self.bands},
        }
        if self.lines:
            payload |= {"step": found.step, "lines": (found.rms * factor).tolist()}
        return msg.with_payload(payload)

    def _spectrum(self, msg: Message) -> Lines:
        samples, rate = samples_of(msg, self.most_samples), rate_of(msg, self.sample_rate)
        if self.axis == "frequency":
            return spectrum(samples, rate, self.window, self.block)
        speeds = None if self.speed is not None else msg.properties.get("speed")
        if isinstance(speeds, list):
            turns = samples_of(msg.with_payload(speeds), self.most_samples) / 60
            if len(turns) != len(samples) or not (turns > 0).all():
                raise BadData(f"msg.speed holds {len(turns)} speeds for {len(samples)} samples, or one that is not > 0")
            even = by_angle(samples, turns, rate, self.per_turn)
            if len(even) < FEWEST:
                raise BadData("the shaft has hardly turned in this block of samples: take longer blocks")
            return spectrum(even, self.per_turn, self.window, self.block)
        turning = speed_of(msg, self.speed)
        if turning is None:
            raise BadData("the speed of the shaft is not known: give msg.speed, or set the option speed")
        return spectrum(samples, rate / turning, self.window, self.block)
