"""Node-RED's xml node: objects in the form that it makes of XML, and back."""

from __future__ import annotations

import re
from typing import Annotated, Any, ClassVar, Final
from xml.parsers import expat
from xml.sax.saxutils import escape

from msgspec import Meta

from flowengine_nodes.nodered import javascript as js
from flowengine_nodes.nodered import properties
from flowengine_nodes.nodered.base import RedError, RedTransform
from flowengine_nodes.nodered.message import MISSING, Msg

DEEPEST: Final = 500
_WISHES: Final = ("explicitCharkey", "ignoreAttrs", "mergeAttrs", "normalize", "normalizeTags", "trim")
_OPTIONS: Final = frozenset(
    (*_WISHES, "async", "attrkey", "charkey", "emptyTag", "explicitArray", "explicitRoot", "headless", "renderOpts")
)
_NAME = re.compile(r"[A-Za-z_:\u0080-\uffff][\w:.\-\u00b7\u0080-\uffff]*\Z")


class Xml(RedTransform, type="nodered/xml"):
    """Read XML into an object, or write an object as XML.

    Each element becomes a list of what stands below it; attributes are below the attribute key, text beside them below
    the text key. `msg.options` may say, to read: `explicitArray`, `explicitRoot`, `explicitCharkey`, `mergeAttrs`,
    `ignoreAttrs`, `normalizeTags`, `normalize`, `trim`, `emptyTag`; to write: `headless`, and `pretty` in `renderOpts`.
    """

    red: ClassVar[str] = "xml"

    property: Annotated[str, Meta(description="The property")] = "payload"
    attr: Annotated[str, Meta(description="Key of the attributes")] = "$"
    chr: Annotated[str, Meta(description="Key of the text")] = "_"

    def receive(self, msg: Msg) -> None:
        """Read or write."""
        where = self.property or "payload"
        value = properties.get(msg, where)
        given = isinstance(msg.get("options"), dict)
        options = msg["options"] if given else {}
        if isinstance(value, dict):
            if given:
                msg["options"] = {**options, "async": False}
            properties.put(msg, where, self._written(value, msg["options"] if given else {}))
        elif isinstance(value, str):
            keys = {
                "attrkey": self.attr or js.text(options.get("attrkey") or "$"),
                "charkey": self.chr or js.text(options.get("charkey") or "_"),
            }
            if given:
                msg["options"] = {**options, "async": True, **keys}
            for name in sorted(options.keys() - _OPTIONS):
                self.warn(f"msg.options: '{name}' is not known here and changes nothing")
            properties.put(msg, where, _Reader(keys["attrkey"], keys["charkey"], options).read(value))
        elif value is not MISSING:
            self.warn("Ignored unsupported payload type")
            self.finished(msg)
            return
        self.send(msg)
        self.finished(msg)

    def _written(self, value: dict[str, Any], options: Any) -> str:
        lines: list[str] = []
        if not options.get("headless"):
            lines.append('<?xml version="1.0" encoding="UTF-8" standalone="yes"?>')
        render = options.get("renderOpts")
        pretty = bool(options) and not (isinstance(render, dict) and render.get("pretty") is False)
        if len(value) == 1 and not isinstance(next(iter(value.values())), list):
            name, inner = next(iter(value.items()))
        else:
            name, inner = "root", value
        self._element(js.text(name), inner, 0, lines)
        return "\n".join(lines) if pretty else "".join(line.lstrip() for line in lines)

    def _element(self, name: str, value: Any, depth: int, lines: list[str]) -> None:
        if depth > DEEPEST:
            raise RedError(f"nested deeper than {DEEPEST} levels")
        if not _NAME.match(name):
            raise RedError(f"Error: Invalid character in name: {name[:80]}")
        indent, attributes, text, children = "  " * depth, "", "", []
        if isinstance(value, dict):
            for key, inner in value.items():
                if key == "$" and isinstance(inner, dict):
                    attributes = "".join(f' {k}="{_attribute(v)}"' for k, v in inner.items())
                elif key == "_":
                    text += escape(js.text(inner))
                else:
                    children += [(key, item) for item in (inner if isinstance(inner, list) else [inner])]
        elif isinstance(value, list):
            children = [(name, item) for item in value]
        elif value is not None and value is not MISSING:
            text = escape(js.text(value)).replace("\r", "&#xD;")
        if not children:
            lines.append(f"{indent}<{name}{attributes}>{text}</{name}>" if text else f"{indent}<{name}{attributes}/>")
            return
        lines.append(f"{indent}<{name}{attributes}>{text}")
        for key, inner in children:
            self._element(key, inner, depth + 1, lines)
        lines.append(f"{indent}</{name}>")


def _attribute(value: Any) -> str:
    return escape(js.text(value), {'"': "&quot;", "\t": "&#x9;", "\n": "&#xA;", "\r": "&#xD;"}).replace("&gt;", ">")


class _Reader:
    """Makes objects of XML: entities that a document declares itself are refused."""

    def __init__(self, attributes: str, text: str, options: Any) -> None:
        self._attributes, self._text = attributes, text
        self._lists = js.truthy(options.get("explicitArray", True))
        self._rooted = js.truthy(options.get("explicitRoot", True))
        self._told = {name: js.truthy(options.get(name, False)) for name in _WISHES}
        self._empty = options.get("emptyTag", "")
        self._stack: list[tuple[str, dict[str, Any], list[str]]] = []
        self._root: Any = None

    def read(self, text: str) -> Any:
        if not text.strip():
            return None
        parser = expat.ParserCreate()
        parser.StartElementHandler = self._open
        parser.EndElementHandler = self._close
        parser.CharacterDataHandler = self._said
        parser.EntityDeclHandler = self._declared
        try:
            parser.Parse(text, True)
        except expat.ExpatError as error:
            raise RedError(f"Error: {error}") from None
        return self._root

    def _declared(self, *args: Any) -> None:
        raise RedError("Error: the document declares entities, which are not followed")

    def _open(self, name: str, attributes: dict[str, str]) -> None:
        if len(self._stack) > DEEPEST:
            raise RedError(f"nested deeper than {DEEPEST} levels")
        made: dict[str, Any] = {}
        if self._told["mergeAttrs"] and not self._told["ignoreAttrs"]:
            made = {key: [value] if self._lists else value for key, value in attributes.items()}
        elif attributes and not self._told["ignoreAttrs"]:
            made = {self._attributes: dict(attributes)}
        self._stack.append((name.lower() if self._told["normalizeTags"] else name, made, []))

    def _said(self, text: str) -> None:
        if self._stack:
            self._stack[-1][2].append(text)

    def _close(self, name: str) -> None:
        name, made, pieces = self._stack.pop()
        text = "".join(pieces)
        if not text.strip():
            text = ""
        elif self._told["trim"] or self._told["normalize"]:
            text = text.strip()
        if self._told["normalize"]:
            text = re.sub(r"\s{2,}", " ", text)
        value: Any = made
        if text:
            if made or self._told["explicitCharkey"]:
                made[self._text] = text
            else:
                value = text
        elif not made:
            value = self._empty
        if not self._stack:
            self._root = {name: value} if self._rooted else value
            return
        around = self._stack[-1][1]
        if self._lists:
            around.setdefault(name, []).append(value)
        elif name not in around:
            around[name] = value
        elif isinstance(around[name], list):
            around[name].append(value)
        else:
            around[name] = [around[name], value]
