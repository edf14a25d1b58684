"""`flowengine envelope`: sign, verify and read the limits of the machines."""

from __future__ import annotations

from pathlib import Path

import click

from flowengine.cli.audit import state_option
from flowengine.cli.options import flows_argument, registry_option
from flowengine.cli.passphrase import passphrase, passphrase_option
from flowengine.errors import FlowInvalid, NotFound
from flowengine.registry import Registry


@click.group()
def envelope() -> None:
    """The limits of the machines: envelope.json beside the flows, which OT owns and signs."""


@envelope.command()
@flows_argument
@registry_option
@click.option("--key", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=True, help="NAME.key")
@passphrase_option
def sign(path: Path, registry: Registry, key: Path, passphrase_file: Path | None) -> None:
    """Sign the envelope, after a look at it; the signature is written beside it."""
    import msgspec

    from flowengine.access.keys import Signer
    from flowengine.cli.moment import moment
    from flowengine.clock import Clock
    from flowengine.flow.file import write_text
    from flowengine.flow.problem import errors
    from flowengine.safety import signature
    from flowengine.safety.envelope import envelope_file, read_envelope

    file = envelope_file(path)
    found = read_envelope(file, registry)
    if not found.sound:
        raise FlowInvalid(file.name, list(errors(found.problems)))
    signer = Signer(key, passphrase(passphrase_file))
    made = signature.sign(found.json, signer, moment(Clock().now()))
    write_text(signature.signature_file(file), msgspec.json.format(msgspec.json.encode(made)).decode() + "\n")
    click.echo(f"{file}: version {made.version} is signed with key {signer.id}")


@envelope.command()
@flows_argument
@state_option
def verify(path: Path, state: Path | None) -> None:
    """Say who signed the envelope; exit code 2 and the reason when its signature does not count."""
    from flowengine.access.trust import read_trust, trust_file
    from flowengine.flow.strict_json import read_json
    from flowengine.safety import signature
    from flowengine.safety.envelope import envelope_file

    file = envelope_file(path)
    json = read_json(file)
    if json.problems:
        raise FlowInvalid(file.name, list(json.problems))
    made = signature.read_signature(file)
    key = signature.verify(json, made, read_trust(trust_file(path, state)))
    click.echo(f"{file}: version {made.version}, signed by {key.name} at {made.time}")


@envelope.command()
@flows_argument
@registry_option
def show(path: Path, registry: Registry) -> None:
    """Show each output with its limits, one a line."""
    from flowengine import settings
    from flowengine.flow.problem import errors
    from flowengine.safety.envelope import envelope_file, read_envelope

    file = envelope_file(path)
    if not file.exists():
        raise NotFound(f"there is no {file}: nothing may be written to a machine")
    found = read_envelope(file, registry, settings.environment(), settings.secret)
    if found.envelope is None:
        raise FlowInvalid(file.name, list(errors(found.problems)))
    click.echo(f"version {found.envelope.version}, {len(found.envelope.outputs)} outputs")
    for output in found.envelope.outputs.values():
        span = (
            f"{output.low:g} to {output.high:g} {output.unit}" if output.numeric else ", ".join(map(str, output.values))
        )
        safe = "held" if output.safe is None else f"{output.safe}"
        click.echo(f"{output.name}: {output.address}: {span.strip()}; safe {safe}; by {', '.join(output.writers)}")
