"""Node-RED's html node."""

from __future__ import annotations

import uuid
from typing import Annotated, Any, ClassVar

from msgspec import Meta

from flowengine_nodes.nodered import properties
from flowengine_nodes.nodered.base import RedError, RedTransform
from flowengine_nodes.nodered.message import MISSING, Msg

LARGEST = 16 * 1024 * 1024


class Html(RedTransform, type="nodered/html"):
    """Take elements out of HTML by a CSS selector.

    Its options have Node-RED's names, and it does what Node-RED's html node does: see docs/nodered.md.
    """

    red: ClassVar[str] = "html"

    property: Annotated[str, Meta(description="The property that holds the HTML")] = "payload"
    outproperty: Annotated[str, Meta(description="The property that gets the outcome")] = ""
    tag: Annotated[str, Meta(description="The selector; empty: msg.select")] = ""
    ret: Annotated[str, Meta(description="html: what is inside; text: its text; attr: attributes; compl: both")] = (
        "html"
    )
    as_: ClassVar[str] = "single"
    output: Annotated[str, Meta(description="single: one message with a list; multi: one for each")] = "single"
    chr: Annotated[str, Meta(description="compl: key of the text")] = "_"

    def receive(self, msg: Msg) -> None:
        """Find the elements."""
        value = properties.get(msg, self.property or "payload")
        out = self.outproperty or self.property or "payload"
        if value is MISSING:
            self.send(msg)
            self.finished(msg)
            return
        text = value.decode(errors="replace") if isinstance(value, bytes) else str(value)
        selector = self.tag or str(msg.get("select", ""))
        found = [self._taken(each) for each in _select(text, selector)]
        if self.output == "multi":
            id = uuid.uuid4().hex[:16]
            for index, each in enumerate(found):
                new = dict(msg)
                properties.put(new, out, each)
                new["parts"] = {"id": id, "index": index, "count": len(found), "type": "string", "ch": ""}
                self.send(new)
        else:
            properties.put(msg, out, found)
            self.send(msg)
        self.finished(msg)

    def _taken(self, element: Any) -> Any:
        attributes = {k: " ".join(v) if isinstance(v, list) else v for k, v in element.attrs.items()}
        if self.ret == "text":
            return element.get_text()
        if self.ret == "attr":
            return attributes
        if self.ret == "compl":
            return {**attributes, self.chr or "_": element.decode_contents(formatter="minimal").strip()}
        return element.decode_contents(formatter="minimal").strip()


def _select(text: str, selector: str) -> Any:
    try:
        import bs4
        import soupsieve
    except ImportError:
        raise RedError("HTML needs the extra nodered: pip install flowengine-ot[nodered]") from None
    if len(text) > LARGEST:
        raise RedError("the text is too long")
    try:
        return bs4.BeautifulSoup(text, "html.parser").select(selector) if selector else []
    except (soupsieve.SelectorSyntaxError, ValueError, RecursionError) as error:
        raise RedError(f"Error: {str(error).splitlines()[0]}") from None
