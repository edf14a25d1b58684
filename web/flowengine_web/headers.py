"""Headers that every answer carries."""

from __future__ import annotations

from typing import Final

CONTENT_SECURITY_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "worker-src 'self'",
        "connect-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "style-src 'self' 'unsafe-inline'",  # the canvas places boxes by style attributes
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)


def policy_with(host: str, port: int, secure: bool) -> str:
    """Return the policy that lets a page press the emergency stop at another port of the host it was asked of."""
    name = host.rpartition(":")[0] if not host.endswith("]") and ":" in host else host
    there = f"http{'s' if secure else ''}://{name}:{port}"
    return CONTENT_SECURITY_POLICY.replace("connect-src 'self'", f"connect-src 'self' {there}")


ALWAYS: Final = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
}
OF_PAGES: Final = {
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
"""What every answer carries that a browser could show as a page: all but the canvas's scripts and styles."""

NO_STORE: Final = "no-store"
FOREVER: Final = "public, max-age=31536000, immutable"
"""For files whose name changes with their content."""

YEAR: Final = "max-age=31536000"
