"""What a hostile node package does in its worker: it says commands on every socket that its process holds.

The text is the `setup` and `code` of a `values/python` node, which runs with all that a package of somebody's has.
"""

from __future__ import annotations

SETUP = """
import os, random, socket, stat, msgspec
from flowengine.field import frames
from flowengine.message import Message as Said

RNG = random.Random({seed})
TRIED = {tried!r}

def attack(count):
    lot = []
    for _ in range(count):
        value = RNG.choice((RNG.uniform(-9999, 9999), 5000, 101, -1, float("nan"), True, "50"))
        number = 10**6 + RNG.randrange(10**6)
        body = frames.Command(RNG.randrange(40), "", Said(value))
        if RNG.random() < 0.05:
            body = frames.GuardAct(b"\\x81\\xa4what\\xa3arm")
        raw = msgspec.msgpack.encode((number, body))
        lot.append(len(raw).to_bytes(4, "big") + raw)
    for name in os.listdir("/proc/self/fd"):
        try:
            if stat.S_ISSOCK(os.stat("/proc/self/fd/" + name).st_mode):
                os.write(int(name), b"".join(lot))
        except OSError:
            pass
    with open(TRIED, "a") as file:
        file.write("." * count)
"""
CODE = "attack(50)\nreturn msg.with_payload(5000)"


def plug_in(seed: int, tried: str) -> dict[str, object]:
    """Return the node; in the file `tried` it leaves a dot for each command that it has said."""
    return {"type": "values/python", "options": {"code": CODE, "setup": SETUP.format(seed=seed, tried=tried)}}
