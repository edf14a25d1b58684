"""The process of a simulation: a request on stdin, its result on stdout, both as JSON."""

from __future__ import annotations

import logging
import sys

import msgspec

from flowengine.simulate.comparing import compare
from flowengine.simulate.result import Request
from flowengine.simulate.sealed import limit


def main() -> None:
    """Answer one request."""
    request = msgspec.json.decode(sys.stdin.buffer.read(), type=Request)
    limit(request.longest)
    logging.disable(logging.CRITICAL)
    answers, sys.stdout = sys.stdout.buffer, sys.stderr  # what nodes print is no part of the answer
    answers.write(msgspec.json.encode(compare(request)))
    answers.flush()


if __name__ == "__main__":
    main()
