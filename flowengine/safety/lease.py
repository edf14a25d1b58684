"""One writer at a time: a lease of an output, with a fencing number that only grows.

A writer that was away while another took over still holds its old number, and is found out by it.
"""

from __future__ import annotations

from typing import Final, NamedTuple

SECONDS: Final = 10.0
"""How long a lease lasts after the holder's last command."""


class Lease(NamedTuple):
    """Who may write an output."""

    holder: str = ""
    fence: int = 0
    until: float = 0.0
    """In monotonic seconds."""

    def held_by_another(self, writer: str, now: float) -> float:
        """Return for how many seconds another holds it; 0: nobody else does."""
        return 0.0 if self.holder in ("", writer) else max(0.0, self.until - now)

    def taken(self, writer: str, now: float) -> Lease:
        """Return the lease of a writer: the same, prolonged, or a new one with the next number."""
        fence = self.fence if self.holder == writer else self.fence + 1
        return Lease(writer, fence, now + SECONDS)


def objection(lease: Lease, writer: str, fence: int | None, now: float) -> str:
    """Say why a writer may not write; empty: it may."""
    if fence is not None and (fence != lease.fence or lease.holder != writer):
        return f"fencing number {fence} does not hold; {lease.holder or 'nobody'} writes with {lease.fence}"
    wait = lease.held_by_another(writer, now)
    return f"{lease.holder} writes it, for {wait:.3g} s more at least" if wait else ""
