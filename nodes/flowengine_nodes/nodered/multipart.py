"""Forms with files (multipart/form-data, RFC 7578), as HTTP nodes of Node-RED send and take them."""

from __future__ import annotations

import mimetypes
import uuid
from email import message_from_bytes
from typing import Any

from flowengine_nodes.nodered import javascript as js
from flowengine_nodes.nodered.base import RedError
from flowengine_nodes.nodered.message import MISSING


def written(payload: dict[str, Any]) -> tuple[bytes, str]:
    """Return the body for a payload, and its content type.

    A value is a text, bytes, or an object with `value` and `options` (filename, contentType); else it becomes JSON.
    """
    boundary = uuid.uuid4().hex
    out: list[bytes] = []
    for name, given in payload.items():
        if given is None or given is MISSING:
            continue
        options: dict[str, Any] = {}
        value = given
        if isinstance(given, dict) and "value" in given:
            value, options = given["value"], given["options"] if isinstance(given.get("options"), dict) else {}
        data = (
            value if isinstance(value, bytes) else (value if isinstance(value, str) else js.stringify(value)).encode()
        )
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="{_quoted(name)}"'
        filename = js.text(options["filename"]) if options.get("filename") else ""
        if filename:
            head += f'; filename="{_quoted(filename)}"'
        kind = js.text(options["contentType"]) if options.get("contentType") else ""
        kind = kind or (mimetypes.guess_type(filename)[0] or "application/octet-stream" if filename else "")
        if kind:
            head += f"\r\nContent-Type: {_quoted(kind)}"
        out += [head.encode(), b"\r\n\r\n", data, b"\r\n"]
    return b"".join([*out, f"--{boundary}--\r\n".encode()]), f"multipart/form-data; boundary={boundary}"


def read(data: bytes, kind: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return the fields of a form, and its files as multer has them.

    Raises:
        RedError: it is no such form.
    """
    mail = message_from_bytes(b"Content-Type: " + kind.encode("latin-1", "replace") + b"\r\n\r\n" + data)
    if not mail.is_multipart():
        raise RedError("no form with fields and files")
    fields: dict[str, Any] = {}
    files: list[dict[str, Any]] = []
    for part in mail.get_payload():
        if isinstance(part, str):
            continue
        name, filename = (_text(part.get_param(key, None, "content-disposition")) for key in ("name", "filename"))
        content = part.get_payload(decode=True)
        if name is None or not isinstance(content, bytes):
            continue
        if filename is not None:
            about = {
                "fieldname": name,
                "originalname": filename,
                "encoding": "7bit",
                "mimetype": part.get_content_type(),
            }
            files.append({**about, "buffer": content, "size": len(content)})
            continue
        text = content.decode(errors="replace")
        before = fields.get(name)
        fields[name] = text if before is None else [*(before if isinstance(before, list) else [before]), text]
    return fields, files


def _quoted(text: str) -> str:
    return text.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


def _text(value: Any) -> str | None:
    if value is None:
        return None
    return (
        str(value[2] if isinstance(value, tuple) else value)
        .encode("ascii", "surrogateescape")
        .decode("utf-8", "replace")
    )
