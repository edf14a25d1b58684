"""What an import says: what became of every entry, what could not be carried over, and what to do about it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Level = Literal["note", "changed", "placeholder", "lost", "loop", "secret", "error"]

WORDS: dict[Level, str] = {
    "error": "cannot be read",
    "loop": "loops: the flow does not run until each has a wire with `feedback`, or a link",
    "placeholder": "no such node here; kept whole, its messages fail",
    "lost": "not carried over (kept for the export)",
    "changed": "works in another way",
    "secret": "secrets to be set",
    "note": "to know",
}
"""Level -> heading, the most serious first."""


@dataclass(frozen=True)
class Finding:
    """One thing to know about one entry."""

    level: Level
    text: str
    id: str = ""
    """The entry's id in Node-RED."""
    type: str = ""
    name: str = ""
    """Its name in Node-RED, which may be any text."""
    flow: str = ""
    node: str = ""
    """Where it stands here."""
    hint: str = ""

    def __str__(self) -> str:
        where = f"{self.flow}/{self.node}" if self.node else self.flow
        who = " ".join(part for part in (self.type, repr(self.name) if self.name else "", self.id) if part)
        line = ": ".join(part for part in (where, who, self.text) if part)
        return f"{line} - {self.hint}" if self.hint else line


@dataclass
class Report:
    """Everything that an import has to say."""

    findings: list[Finding] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    """How many entries became what: flows, subflows, nodes, connections, placeholders ..."""

    def add(self, level: Level, text: str, entry: dict[str, Any] | None = None, **more: Any) -> None:
        """Add a finding about an entry."""
        told = {key: str(entry.get(key, "")) for key in ("id", "type", "name")} if entry is not None else {}
        self.findings.append(Finding(level, text, **{**told, **more}))

    def count(self, what: str, number: int = 1) -> None:
        """Count entries."""
        self.counts[what] = self.counts.get(what, 0) + number

    def has(self, level: Level) -> bool:
        """Say whether there is a finding of a level."""
        return any(finding.level == level for finding in self.findings)

    def as_dict(self) -> dict[str, Any]:
        """Return the report as JSON values."""
        return {"counts": self.counts, "findings": [asdict(finding) for finding in self.findings]}

    def text(self) -> str:
        """Return the report for people."""
        lines = ["Brought over: " + (", ".join(f"{n} {what}" for what, n in self.counts.items()) or "nothing") + "."]
        for level, heading in WORDS.items():
            found = [finding for finding in self.findings if finding.level == level]
            if found:
                lines += ["", f"{heading[0].upper()}{heading[1:]} ({len(found)}):"]
                lines += [f"  {_shown(str(finding))}" for finding in found[:1000]]
                if len(found) > 1000:
                    lines.append(f"  ... and {len(found) - 1000} more, see report.json")
        return "\n".join(lines) + "\n"


def _shown(text: str) -> str:
    """Return a line that a terminal shows as it is, whatever a stranger wrote into a name."""
    return "".join(c if c.isprintable() else " " for c in text)[:500]
