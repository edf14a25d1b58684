"""Units of the plant and how they relate to SI units.

Factors are exact as defined in NIST Special Publication 811 (2008), appendix B, and the SI Brochure (9th edition),
written as fractions; those with pi use its nearest float. hp is the mechanical horsepower (550 ft lbf/s), PS the metric
one (75 kgf m/s), gal the US gallon, t the metric ton, cal the thermochemical calorie, BTU the International Table one.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

F = Fraction
_PI = F(math.pi)
_INCH, _FOOT = F("0.0254"), F("0.3048")
_POUND, _GRAVITY = F("0.45359237"), F("9.80665")
_LBF = _POUND * _GRAVITY
_GALLON = 231 * _INCH**3
_BTU = F("1055.05585262")

TABLE: dict[str, dict[str, Fraction | tuple[Fraction, Fraction]]] = {
    "temperature": {"K": F(1), "degC": (F(1), F("273.15")), "degF": (F(5, 9), F("459.67") * F(5, 9))},
    "pressure": {
        "Pa": F(1), "hPa": F(100), "kPa": F(1000), "MPa": F(10**6), "bar": F(10**5), "mbar": F(100),
        "atm": F(101325), "torr": F(101325, 760), "psi": _LBF / _INCH**2, "mmH2O": _GRAVITY,
    },
    "length": {
        "m": F(1), "km": F(1000), "cm": F("0.01"), "mm": F("0.001"), "um": F("0.000001"),
        "in": _INCH, "ft": _FOOT, "yd": 3 * _FOOT, "mi": 5280 * _FOOT,
    },
    "area": {"m2": F(1), "cm2": F("0.0001"), "mm2": F("0.000001"), "in2": _INCH**2, "ft2": _FOOT**2},
    "volume": {
        "m3": F(1), "l": F("0.001"), "ml": F("0.000001"), "cm3": F("0.000001"), "ft3": _FOOT**3, "gal": _GALLON,
    },
    "mass": {"kg": F(1), "g": F("0.001"), "mg": F("0.000001"), "t": F(1000), "lb": _POUND, "oz": _POUND / 16},
    "time": {
        "s": F(1), "ms": F("0.001"), "us": F("0.000001"), "min": F(60), "h": F(3600), "d": F(86400),
    },
    "speed": {
        "m/s": F(1), "mm/s": F("0.001"), "m/min": F(1, 60), "km/h": F(1000, 3600),
        "ft/s": _FOOT, "ft/min": _FOOT / 60, "mph": 5280 * _FOOT / 3600,
    },
    "acceleration": {"m/s2": F(1), "gn": _GRAVITY},
    "frequency": {
        "Hz": F(1), "kHz": F(1000), "rpm": F(1, 60), "rad/s": 1 / (2 * _PI), "deg/s": F(1, 360),
    },
    "angle": {"rad": F(1), "deg": _PI / 180, "rev": 2 * _PI},
    "force": {"N": F(1), "kN": F(1000), "kgf": _GRAVITY, "lbf": _LBF},
    "torque": {"N.m": F(1), "kN.m": F(1000), "lbf.ft": _LBF * _FOOT, "lbf.in": _LBF * _INCH},
    "power": {
        "W": F(1), "mW": F("0.001"), "kW": F(1000), "MW": F(10**6), "hp": 550 * _FOOT * _LBF,
        "PS": 75 * _GRAVITY, "BTU/h": _BTU / 3600,
    },
    "energy": {
        "J": F(1), "kJ": F(1000), "MJ": F(10**6), "GJ": F(10**9), "Wh": F(3600), "kWh": F(3_600_000),
        "MWh": F(3_600_000_000), "cal": F("4.184"), "kcal": F(4184), "BTU": _BTU,
    },
    "volume flow": {
        "m3/s": F(1), "m3/min": F(1, 60), "m3/h": F(1, 3600), "l/s": F("0.001"), "l/min": F("0.001") / 60,
        "l/h": F("0.001") / 3600, "gal/min": _GALLON / 60, "ft3/min": _FOOT**3 / 60,
    },
    "mass flow": {
        "kg/s": F(1), "kg/min": F(1, 60), "kg/h": F(1, 3600), "g/s": F("0.001"), "t/h": F(1000, 3600),
        "lb/h": _POUND / 3600,
    },
    "density": {"kg/m3": F(1), "g/cm3": F(1000), "kg/l": F(1000), "lb/ft3": _POUND / _FOOT**3},
    "ratio": {"fraction": F(1), "percent": F("0.01"), "permille": F("0.001"), "ppm": F("0.000001")},
    "voltage": {"V": F(1), "mV": F("0.001"), "kV": F(1000)},
    "current": {"A": F(1), "mA": F("0.001"), "kA": F(1000)},
    "resistance": {"ohm": F(1), "mohm": F("0.001"), "kohm": F(1000), "Mohm": F(10**6)},
    "conductivity": {"S/m": F(1), "mS/cm": F("0.1"), "uS/cm": F("0.0001")},
}  # fmt: skip
"""Dimension -> unit -> factor to the SI unit, or factor and offset: SI = value * factor + offset."""

DIMENSIONS = {unit: dimension for dimension, units in TABLE.items() for unit in units}
"""Unit -> its dimension."""

OTHER_SPELLINGS = {
    "°C": "degC", "C": "degC", "celsius": "degC", "°F": "degF", "F": "degF", "fahrenheit": "degF", "kelvin": "K",
    "%": "percent", "‰": "permille", "1": "fraction", "µm": "um", "μm": "um", "m²": "m2", "m³": "m3", "L": "l",
    "m³/h": "m3/h", "m³/s": "m3/s", "l/m": "l/min", "L/min": "l/min", "gpm": "gal/min", "cfm": "ft3/min",
    "m/s²": "m/s2", "Nm": "N.m", "1/min": "rpm", "°": "deg", "sec": "s", "hr": "h", "Ω": "ohm", "kΩ": "kohm",
    "kg/m³": "kg/m3", "µS/cm": "uS/cm", "μS/cm": "uS/cm",
}  # fmt: skip
"""How else people and devices write units."""


@dataclass(frozen=True)
class Conversion:
    """(value + before) * times / by + after."""

    before: float
    times: float
    by: float
    after: float

    def formula(self, value: str) -> str:
        """Return it as a Python expression; what changes nothing is left out."""
        text = f"({value} + {self.before!r})" if self.before else value
        text += f" * {self.times!r}" if self.times != 1 else ""
        text += f" / {self.by!r}" if self.by != 1 else ""
        return text + (f" + {self.after!r}" if self.after else "")

    def function(self) -> Callable[[float], float]:
        """Return it as a function."""
        found: Callable[[float], float] = eval(f"lambda x: {self.formula('x')}", {"__builtins__": {}})
        return found


def canonical(unit: str) -> str:
    """Return a unit as the table writes it.

    Raises:
        ValueError: it is not in the table.
    """
    name = OTHER_SPELLINGS.get(unit, unit)
    if name not in DIMENSIONS:
        raise ValueError(f"unit '{unit:.40}' is not known")
    return name


def conversion(source: str, target: str) -> Conversion:
    """Return how to get from one unit to another.

    Raises:
        ValueError: a unit is unknown, or they measure different things.
    """
    one, other = canonical(source), canonical(target)
    dimension = DIMENSIONS[one]
    if dimension != DIMENSIONS[other]:
        raise ValueError(f"{one} is a unit of {dimension}, {other} of {DIMENSIONS[other]}: they cannot be converted")
    (factor, offset), (other_factor, other_offset) = _affine(TABLE[dimension][one]), _affine(TABLE[dimension][other])
    ratio = factor / other_factor
    before, after = (offset - other_offset) / factor, (offset - other_offset) / other_factor
    at_front = F(float(before)) == before or F(float(after)) != after  # add where the number added is exact
    added = (float(before), 0.0) if at_front else (0.0, float(after))
    exact = max(ratio.numerator, ratio.denominator) < 2**53
    times, by = (float(ratio.numerator), float(ratio.denominator)) if exact else (float(ratio), 1.0)
    return Conversion(added[0], times, by, added[1])


def _affine(entry: Fraction | tuple[Fraction, Fraction]) -> tuple[Fraction, Fraction]:
    return entry if isinstance(entry, tuple) else (entry, F(0))
