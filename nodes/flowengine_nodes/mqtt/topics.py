"""Topic names and topic filters: what is allowed, what matches.

MQTT 5.0 section 4.7 (names, filters, wildcards) and 4.8.2 (shared subscriptions); 3.1.1 section 4.7.
"""

from __future__ import annotations

from flowengine_nodes.mqtt.wire import text

SHARE = "$share/"


def check_name(topic: str) -> None:
    """Check a topic that is published to.

    Raises:
        ValueError: empty, too long, or with a character that is not allowed.
    """
    if not topic:
        raise ValueError("there is no topic: set the option topic or the message's topic")
    if "#" in topic or "+" in topic:
        raise ValueError(f"topic {topic[:80]!r} holds a wildcard (+ or #); these are for subscriptions only")
    _check_text(topic)


def check_filter(filter: str) -> None:
    """Check a filter that is subscribed to.

    Raises:
        ValueError: empty, too long, or a wildcard stands where it must not.
    """
    if filter.startswith(SHARE):
        group, _, filter = filter.removeprefix(SHARE).partition("/")
        if not group or "+" in group or "#" in group or not filter:
            raise ValueError(f"a shared subscription reads $share/group/filter, not {SHARE + group + '/' + filter!r}")
    if not filter:
        raise ValueError("there is no topic to subscribe to")
    _check_text(filter)
    levels = filter.split("/")
    for number, level in enumerate(levels):
        if level != "+" and "+" in level:
            raise ValueError(f"topic {filter[:80]!r}: + must stand alone between slashes, such as plant/+/speed")
        if "#" in level and (level != "#" or number != len(levels) - 1):
            raise ValueError(f"topic {filter[:80]!r}: # must stand alone at the end, such as plant/#")


def filter_of(filter: str) -> str:
    """Return what a filter asks for, without the group of a shared subscription."""
    return filter.removeprefix(SHARE).partition("/")[2] if filter.startswith(SHARE) else filter


def matches(filter: str, topic: str) -> bool:
    """Say whether a topic falls under a filter; for a shared one, under the filter after the group's name."""
    filter = filter_of(filter)
    wanted, levels = filter.split("/"), topic.split("/")
    if topic.startswith("$") and wanted[0] in ("+", "#"):
        return False  # topics of the broker itself ($SYS) are only reached by name
    for number, level in enumerate(wanted):
        if level == "#":
            return True
        if number >= len(levels) or (level != "+" and level != levels[number]):
            return False
    return len(wanted) == len(levels)


def _check_text(topic: str) -> None:
    try:
        text(topic)
    except UnicodeEncodeError as error:
        raise ValueError(f"topic {topic[:80]!r} is not valid text") from error
