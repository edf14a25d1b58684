"""What is wrong with a value by a JSON Schema, in the words that Node-RED's users know from its json node."""

from __future__ import annotations

from typing import Any

from flowengine_nodes.nodered import javascript as js
from flowengine_nodes.nodered.base import RedError

_LIMITS = {"maximum": "<=", "minimum": ">=", "exclusiveMaximum": "<", "exclusiveMinimum": ">"}


def schema_errors(schema: Any, value: Any) -> list[dict[str, Any]]:
    """Return every way in which a value breaks a schema.

    Raises:
        RedError: it is no schema.
    """
    from jsonschema import Draft7Validator  # 70 ms to import: only when a msg brings a schema
    from jsonschema.exceptions import SchemaError

    try:
        Draft7Validator.check_schema(schema)
        found = list(Draft7Validator(schema).iter_errors(value))
    except (SchemaError, RecursionError, TypeError) as error:
        raise RedError("JSON Schema error: failed to compile") from error
    return [_shown(error) for error in found[:100]]


def _shown(error: Any) -> dict[str, Any]:
    keyword, limit = str(error.validator), error.validator_value
    params, message = _words(keyword, limit, error)
    return {
        "instancePath": "".join(f"/{key}" for key in error.absolute_path),
        "schemaPath": "#/" + "/".join(str(key) for key in error.absolute_schema_path),
        "keyword": keyword,
        "params": params,
        "message": message,
    }


def _words(keyword: str, limit: Any, error: Any) -> tuple[dict[str, Any], str]:
    if keyword == "type":
        shown = ",".join(limit) if isinstance(limit, list) else limit
        return {"type": limit}, f"must be {shown}"
    if keyword in _LIMITS:
        sign = _LIMITS[keyword]
        return {"comparison": sign, "limit": limit}, f"must be {sign} {js.text(limit)}"
    if keyword == "required":
        name = error.message.partition("'")[2].rpartition("'")[0]
        return {"missingProperty": name}, f"must have required property '{name}'"
    if keyword == "enum":
        return {"allowedValues": limit}, "must be equal to one of the allowed values"
    if keyword in ("minLength", "maxLength"):
        word = "fewer" if keyword == "minLength" else "more"
        return {"limit": limit}, f"must NOT have {word} than {limit} characters"
    if keyword in ("minItems", "maxItems"):
        word = "fewer" if keyword == "minItems" else "more"
        return {"limit": limit}, f"must NOT have {word} than {limit} items"
    if keyword == "pattern":
        return {"pattern": limit}, f'must match pattern "{limit}"'
    if keyword == "additionalProperties":
        return {}, "must NOT have additional properties"
    return {}, str(error.message)
