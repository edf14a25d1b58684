"""How a connection is encrypted: what we trust, and what we show."""

from __future__ import annotations

import ssl
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from flowengine import Secret, end_of_file, end_of_peer
from flowengine_nodes.mqtt.pkcs12 import unpacked


def is_pem(text: str) -> bool:
    """Say whether an option holds what stands in a PEM file, not the path of one."""
    return text.lstrip().startswith("-----BEGIN ")


def named(option: str) -> str:
    """Return what an error may say of such an option: a path, never what stands in the file."""
    return "(in the options)" if is_pem(option) else option


@contextmanager
def as_file(option: str) -> Iterator[str]:
    """Give the path of a PEM file for an option; where the option is its text, of one that only we can read, for now.

    The library for TLS takes our own certificate and key from files alone.
    """
    if not is_pem(option):
        yield option
        return
    with tempfile.NamedTemporaryFile("w", encoding="ascii", suffix=".pem") as file:  # mode 0600
        file.write(option.strip() + "\n")
        file.flush()
        yield file.name


class Tls(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An encrypted connection. Files are read anew with each connection, so renewed ones need no restart."""

    # What a PEM file holds may stand in place of its path, as a secret: ${secret:line-1-key}.

    ca: Annotated[str, Meta(title="CA file", description="PEM file to trust; empty: what the system trusts")] = ""
    certificate: Annotated[
        str, Meta(description="PEM or PKCS #12 file with our own certificate, if the broker asks for one")
    ] = ""
    key: Annotated[str, Meta(description="PEM file with the key of our certificate; empty: it is in that file")] = ""
    key_password: Annotated[Secret, Meta(description="Password of the key file")] = ""
    verify: Annotated[bool, Meta(description="Check the broker's certificate and name; off only for tests")] = True
    server_name: Annotated[str, Meta(description="Name in the broker's certificate; empty: the host")] = ""

    def context(self) -> ssl.SSLContext:
        """Read the files.

        Raises:
            OSError: a file is not there or cannot be used; the text names it.
        """
        context = ssl.create_default_context()
        if not self.verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        self.trust(context)
        self.show(context)
        return context

    def trust(self, context: ssl.SSLContext) -> None:
        """Have a context trust the CA that is named.

        Raises:
            OSError: it cannot be used.
        """
        try:
            if self.ca:
                context.load_verify_locations(**({"cadata": self.ca} if is_pem(self.ca) else {"cafile": self.ca}))
        except (OSError, ValueError) as error:
            raise OSError(f"tls.ca {named(self.ca)}: {getattr(error, 'strerror', '') or error}") from error

    def show(self, context: ssl.SSLContext) -> None:
        """Have a context show our certificate, if there is one.

        Raises:
            OSError: certificate or key cannot be used.
        """
        try:
            if self.certificate:
                own, secret = self._own()
                with as_file(own) as certificate, as_file(secret) as key:
                    context.load_cert_chain(certificate, key or None, self.key_password or None)
        except (OSError, ValueError) as error:
            what = f"tls.certificate {named(self.certificate)}, tls.key {named(self.key)}"
            raise OSError(f"{what}: {getattr(error, 'strerror', '') or error}") from error

    def ends(self, ssl_object: Any) -> dict[str, float]:
        """Return when the certificates of a connection end, ours and the broker's."""
        with as_file(self._own()[0]) as certificate:
            found = {"our certificate": end_of_file(certificate)} if certificate else {}
        theirs = end_of_peer(ssl_object)
        return found if theirs is None else {**found, "the broker's certificate": theirs}

    def _own(self) -> tuple[str, str]:
        """Return certificate and key, each the path of a PEM file or what stands in one."""
        found = unpacked(self.certificate, self.key_password) if self.certificate else None
        return (self.certificate, self.key) if found is None else found
