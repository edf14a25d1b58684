"""The process of a simulation: a request on stdin, its result on stdout, both as JSON."""

from __future__ import annotations

import logging
import sys
from functools import partial

import msgspec

from flowengine.simulate.comparing import compare
from flowengine.simulate.result import Request
from flowengine.simulate.sealed import limit, seal


def main() -> None:
    """Answer one request."""
    request = msgspec.json.decode(sys.stdin.buffer.read(), type=Request)
    limit()
    logging.disable(logging.CRITICAL)
    answers, sys.stdout = sys.stdout.buffer, sys.stderr  # what nodes print is no part of the answer
    answers.write(msgspec.json.encode(compare(request, partial(seal, request.longest))))
    answers.flush()


if __name__ == "__main__":
    main()
