"""A block of samples as a numpy array, and how fast it was taken."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flowengine import BadData, Message
from flowengine_nodes.values.convert import is_number, shown

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Samples = NDArray[np.float64]

FEWEST = 8

LARGEST = 1e75
"""The largest sample: fourth powers of such, as a kurtosis takes them, are finite."""


def load_numpy() -> None:
    """Import numpy, which is needed by this node and few others.

    Raises:
        ValueError: it is not installed; says how to.
    """
    try:
        import numpy  # noqa: F401
    except ImportError:
        raise ValueError("this node needs numpy: pip install 'flowengine-ot[signal]'") from None


def samples_of(msg: Message, most: int) -> Samples:
    """Return the payload as an array of floats.

    Raises:
        BadData: it is no list of finite numbers, or too short or too long.
    """
    import numpy as np

    payload = msg.payload
    if not isinstance(payload, list | tuple):
        raise BadData(f"{shown(payload)} is no list of samples: collect them in one message, see sequences/join")
    if not FEWEST <= len(payload) <= most:
        raise BadData(f"{len(payload)} samples: expected {FEWEST} to {most} in one message")
    try:
        found = np.asarray(payload)
        if found.dtype.kind not in "iuf":
            raise ValueError
        found = found.astype(np.float64)
    except (ValueError, OverflowError):
        raise BadData("the list of samples holds something that is no number") from None
    if found.ndim != 1 or not (np.abs(found) < LARGEST).all():
        raise BadData("the list of samples holds something that is no finite number")
    return found


def rate_of(msg: Message, option: float | None) -> float:
    """Return samples per second: the option, or else what the message says in `sample_rate`.

    Raises:
        BadData: neither says it.
    """
    found: Any = option if option is not None else msg.properties.get("sample_rate")
    if not is_number(found) or not 0 < found < 1e12:
        raise BadData(f"the sample rate is not known: msg.sample_rate is {shown(found)}; set the option sample_rate")
    return float(found)


def speed_of(msg: Message, option: float | None, name: str = "speed") -> float | None:
    """Return the speed of the shaft in revolutions per second: the option or `msg.speed`, in revolutions per minute.

    Raises:
        BadData: the message says something that is no speed.
    """
    found: Any = option if option is not None else msg.properties.get(name)
    if found is None:
        return None
    if not is_number(found) or not 0 < found < 1e9:
        raise BadData(f"msg.{name} is {shown(found)}: expected revolutions per minute, more than 0")
    return float(found) / 60
