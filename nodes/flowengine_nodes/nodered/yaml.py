"""Node-RED's yaml node."""

from __future__ import annotations

import datetime
import re
from functools import cache
from typing import Annotated, Any, ClassVar, Final

from msgspec import Meta

from flowengine_nodes.nodered import javascript as js
from flowengine_nodes.nodered import properties
from flowengine_nodes.nodered.base import RedError, RedTransform
from flowengine_nodes.nodered.message import MISSING, Msg

LARGEST = 8 * 1024 * 1024


def load(text: str) -> Any:
    """Return what a YAML text says: values of JSON, dates as they are.

    Raises:
        RedError: it is no YAML, or `pyyaml` is not installed.
    """
    yaml = _library()
    if len(text) > LARGEST:
        raise RedError("the text is too long")
    try:
        if "&" in text and any(
            isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, Loader=yaml.SafeLoader)
        ):
            raise RedError("aliases in YAML are not followed here: they can grow without bound")
        return _plain(yaml.load(text, Loader=_loader())) if text.strip() else MISSING
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise RedError(f"YAMLException: {str(error).splitlines()[0] if str(error) else error}") from None


def _library() -> Any:
    try:
        import yaml  # type: ignore[import-untyped,unused-ignore]
    except ImportError:
        raise RedError("YAML needs the extra nodered: pip install flowengine-ot[nodered]") from None
    return yaml


@cache
def _loader() -> Any:
    """Return a SafeLoader that takes scalars for what js-yaml does: YAML 1.2, and dates."""
    yaml = _library()

    class Loader(yaml.SafeLoader):  # type: ignore[misc,name-defined]
        pass

    Loader.yaml_implicit_resolvers = {}
    for kind, form, first in _SCALARS:
        Loader.add_implicit_resolver(f"tag:yaml.org,2002:{kind}", re.compile(rf"(?:{form})\Z"), list(first))
    Loader.add_constructor("tag:yaml.org,2002:int", lambda loader, node: _integer(loader.construct_scalar(node)))
    Loader.add_constructor("tag:yaml.org,2002:float", lambda loader, node: _float(loader.construct_scalar(node)))
    return Loader


_DIGITS: Final = "+-0123456789"
_SCALARS: Final = (
    ("bool", "true|True|TRUE|false|False|FALSE", "tTfF"),
    ("null", "~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("int", r"[-+]?(0b[01_]+|0x[0-9a-fA-F_]+|0o[0-7_]+|[0-9][0-9_]*)(?<!_)", _DIGITS),
    (
        "float",
        r"[-+]?([0-9][0-9_]*)(\.[0-9_]*)?([eE][-+]?[0-9]+)?(?<!_)|\.[0-9_]+([eE][-+]?[0-9]+)?(?<!_)"
        r"|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)",
        _DIGITS + ".",
    ),
    (
        "timestamp",
        r"\d{4}-\d\d-\d\d|\d{4}-\d\d?-\d\d?([Tt]|[ \t]+)\d\d?:\d\d:\d\d(\.\d*)?([ \t]*(Z|[-+]\d\d?(:\d\d)?))?",
        "0123456789",
    ),
    ("merge", "<<", "<"),
)
"""Kind, what such a scalar looks like, and its first characters."""


def _integer(text: str) -> int:
    sign, digits = (-1 if text.startswith("-") else 1), text.lstrip("+-").replace("_", "")
    base = {"0b": 2, "0x": 16, "0o": 8}.get(digits[:2], 10)
    return sign * int(digits[2:] if base != 10 else digits, base)


def _float(text: str) -> Any:
    return js.narrow(float(text.replace("_", "").lower().replace(".inf", "inf").replace(".nan", "nan")))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {js.text(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, datetime.date):
        moment = value if isinstance(value, datetime.datetime) else datetime.datetime.combine(value, datetime.time())
        return moment.replace(tzinfo=datetime.UTC) if moment.tzinfo is None else moment
    return [_plain(item) for item in value] if isinstance(value, list) else value


def dump(value: Any) -> str:
    """Return a value as YAML, lists indented and doubtful texts quoted."""
    yaml = _library()

    class Dumper(yaml.SafeDumper):  # type: ignore[misc,name-defined]
        def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
            super().increase_indent(flow, False)

        def ignore_aliases(self, data: Any) -> bool:
            return True

    def shown(dumper: Any, text: str) -> Any:
        style = "'" if text.lower() in ("y", "n") else "|" if "\n" in text else None
        return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)

    Dumper.add_representer(str, shown)
    made: str = yaml.dump(value, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=80)
    return made


class Yaml(RedTransform, type="nodered/yaml"):
    """Read YAML, or write it: a text becomes a value, a value becomes a text.

    Its options have Node-RED's names, and it does what Node-RED's yaml node does: see docs/nodered.md.
    """

    red: ClassVar[str] = "yaml"

    property: Annotated[str, Meta(description="The property")] = "payload"

    def receive(self, msg: Msg) -> None:
        """Read or write."""
        value = properties.get(msg, self.property or "payload")
        if isinstance(value, str):
            properties.put(msg, self.property or "payload", load(value))
        elif isinstance(value, dict | list):
            properties.put(msg, self.property or "payload", dump(value))
        elif value is not MISSING:
            self.warn("Ignored unsupported payload type")
            self.finished(msg)
            return
        self.send(msg)
        self.finished(msg)
