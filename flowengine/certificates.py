"""Certificates come to their end: whoever depends on one is told 30 days before, once, and with each new connection."""

from __future__ import annotations

import asyncio
import datetime
import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from flowengine.clock import Clock

BEFORE: Final = 30 * 24 * 3600.0
"""Seconds before its end at which a certificate is spoken of."""
MOST: Final = 7 * 24 * 3600.0
"""Seconds after which a timer looks again, however far the end is: a clock may be set."""


def end_of_file(file: Path | str) -> float:
    """Return when the certificate in a PEM file ends, in seconds since 1970-01-01 UTC; its first one counts.

    Raises:
        OSError, ValueError: it cannot be read.
    """
    from cryptography.x509 import load_pem_x509_certificate

    return load_pem_x509_certificate(Path(file).read_bytes()).not_valid_after_utc.timestamp()


def end_of_peer(ssl_object: Any) -> float | None:
    """Return when the certificate of the other side of a TLS connection ends; None: it has shown none."""
    from cryptography.x509 import load_der_x509_certificate

    shown = ssl_object.getpeercert(True) if ssl_object is not None else None
    return load_der_x509_certificate(shown).not_valid_after_utc.timestamp() if shown else None


def warning_of(ends: Mapping[str, float], now: float) -> str:
    """Say which certificates end soon, or have ended; empty: none does."""
    found = []
    for what, end in sorted(ends.items(), key=lambda item: item[1]):
        if end - now <= BEFORE:
            day = datetime.datetime.fromtimestamp(end, datetime.UTC).date().isoformat()
            found.append(f"{what} ends on {day}: renew it" if end > now else f"{what} ended on {day}: renew it")
    return "; ".join(found)


class CertificateWatch:
    """Belongs to a loop: tells of certificates when they have 30 days left, and logs it once for each text."""

    def __init__(
        self, clock: Clock, log: logging.Logger | logging.LoggerAdapter[logging.Logger], tell: Callable[[str], object]
    ) -> None:
        self._clock, self._log, self._tell = clock, log, tell
        self._timer: asyncio.TimerHandle | None = None
        self._ends: dict[str, float] = {}
        self._said = ""

    def look(self, ends: Mapping[str, float]) -> None:
        """Watch these certificates from now on, by what they are called."""
        self._ends = dict(ends)
        self._look()

    def stop(self) -> None:
        """Watch none."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self) -> None:
        self.stop()
        now = self._clock.now()
        said = warning_of(self._ends, now)
        if said:
            self._tell(said)
            if said != self._said:
                self._log.warning("%s", said)
        self._said = said
        left = [end - BEFORE - now for end in self._ends.values() if end - BEFORE > now]
        if self._ends:
            self._timer = self._clock.call_later(min([MOST, *(one + 1 for one in left)]), self._look)
