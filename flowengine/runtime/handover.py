"""What a node remembers goes to the one that takes its place in a deploy, where that is of the same class.

Between the old one's last moment and the new one's first nothing may happen, or a timer would go off in both. So a new
transform is made, given the state and started in one step; one whose start has to wait for something that it cannot
take from one that has it (`take_opened`) begins anew, as does one that the state does not fit. A source is given it
before its start, when the old one has stopped.
"""

from __future__ import annotations

from flowengine.node import Node, Source, Transform
from flowengine.options import state_fields
from flowengine.runtime.host import host_of
from flowengine.runtime.live import LiveFlow


def may_go_on(old: Node | None, new: Node) -> bool:
    """Say whether a node can take over the state of the one that it replaces."""
    if old is None or type(old) is not type(new) or not isinstance(new, Transform | Source):
        return False
    return old.remembers() or bool(state_fields(type(old)))


def hand_over(live: LiveFlow, name: str, old: Node, new: Node, opened: Node | None = None) -> bool:
    """Give a node that is not started, or a source, what another remembers; returns whether it has it, started.

    `opened`: one like the new one that is started, from which it may take what it would have to wait for. One warning
    says why not.
    """
    try:
        new.restore(old.state())
        if isinstance(new, Transform) and isinstance(opened, Transform):
            new.take_opened(opened)
        if not isinstance(new, Source) and not _started(new):
            raise RuntimeError("it cannot start at once")
    except Exception as error:  # noqa: BLE001 - whatever a node makes of another's state, the deploy goes on
        text = f"what it remembered is dropped, as it does not fit what was deployed: {error}"
        live.log.warning("%s/%s: %s", live.plan.name, name, text)
        return False
    before, after = host_of(old), host_of(new)
    if before.own_context.changes:
        after.own_context.restore(before.own_context.values)
    return True


def _started(node: Node) -> bool:
    """Start a node whose `start` never waits; returns False if it would have to wait."""
    begun = node.start()
    try:
        begun.send(None)
    except StopIteration:
        return True
    finally:
        begun.close()
    return False
