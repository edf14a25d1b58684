"""Whose a node is by the output of the envelope that it writes: what `ownership.json` says of outputs, in force."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from flowengine.flow.content import ENVELOPE
from flowengine.flow.ownership import FILE as OWNERSHIP
from flowengine.flow.ownership import Ownership, OwnershipFile, check_outputs, parse_ownership
from flowengine.flow.plan import Plan
from flowengine.flow.problem import Problem
from flowengine.flow.references import Secrets
from flowengine.flow.strict_json import Json, parse_json
from flowengine.registry import Registry
from flowengine.safety.against import writes_of
from flowengine.safety.envelope import EnvelopeFile, ot_connection, parse_envelope


def owned(rule: Ownership, found: EnvelopeFile | None) -> Ownership:
    """Return a rule that knows the outputs of an envelope; one with errors, or none, gives nothing away."""
    if found is None or found.envelope is None:
        return rule
    names = {output.address: output.name for output in found.envelope.outputs.values()}

    def outputs_of(plan: Plan, id: str) -> Collection[str] | None:
        if not ot_connection(plan, id):
            return ()
        written = writes_of(id, plan)
        return {names.get(write.address, "") for write in written} if written else None

    return replace(rule, outputs_of=outputs_of)


def owned_content(
    content: Mapping[str, str],
    registry: Registry,
    environment: Mapping[str, str] | None,
    secrets: Secrets | None = None,
) -> Ownership:
    """Return the rule of a content: its `ownership.json`, with the outputs of its `envelope.json`."""
    rule, envelope = parse_ownership(content.get(OWNERSHIP)).ownership, content.get(ENVELOPE)
    if not rule.shape.outputs or envelope is None:
        return rule
    return owned(rule, parse_envelope(envelope, registry, environment, secrets=secrets))


def check_owned(content: Mapping[str, str]) -> list[Problem]:
    """Return what is wrong with the rule of a content: its form, and outputs that the envelope does not have."""
    found = parse_ownership(content.get(OWNERSHIP))
    return found.problems or outputs_known(
        found, parse_json(content[ENVELOPE], ENVELOPE) if ENVELOPE in content else None
    )


def outputs_known(found: OwnershipFile, envelope: Json | None) -> list[Problem]:
    """Return what the rule says of outputs that an envelope does not have, whatever else is wrong with that."""
    if envelope is None:
        return check_outputs(found, None)
    outputs = envelope.value.get("outputs") if isinstance(envelope.value, dict) else None
    return check_outputs(found, list(outputs) if isinstance(outputs, dict) else [])
