"""What is wrong with a file: one line for a person, one place for an editor.

Paths are kept as keys while checking (`("nodes", "heater", "options", "address")`) and written as a JSON path
(`$.nodes.heater.options.address`) when shown.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

Severity = Literal["error", "warning"]
Keys = tuple[str | int, ...]
Lines = Callable[[Collection[Keys]], Mapping[Keys, int]]

MOST = 1000
"""Errors, and as many warnings, kept of one file; one with more of them is not a flow file but something else."""
LONGEST_KEY = 200
"""Characters of a key that are shown in a path; no name in a sound file is so long."""

_PLAIN_KEY = re.compile(r"[A-Za-z0-9_$-]+\Z")


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong, or worth a look (`warning`), in one file."""

    severity: Severity
    code: str
    """A short word that stays the same between versions: `unknown-type`."""
    message: str
    """What is wrong, in a sentence."""
    file: str = ""
    line: int = 0
    """1 is the first; 0: there is no text to point into."""
    path: str = "$"
    """Where in the JSON: `$.nodes.heater.options.address`."""
    node: str = ""
    """The node it is about; inside a subflow `instance/inner`."""
    hint: str = ""
    """What to do about it."""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file or "flow"
        about = f"node {self.node}, {self.path}" if self.node else self.path
        return f"{place}: {self.severity}: {self.message} [{about}]" + (f" - {self.hint}" if self.hint else "")

    def as_dict(self) -> dict[str, Any]:
        """Return all fields as JSON values."""
        return asdict(self)


def json_path(keys: Iterable[str | int]) -> str:
    """Write keys as a JSON path."""
    text = "$"
    for key in keys:
        if isinstance(key, int):
            text += f"[{key}]"
        elif len(key) <= LONGEST_KEY and _PLAIN_KEY.match(key):
            text += f".{key}"
        else:
            key = key if len(key) <= LONGEST_KEY else key[:LONGEST_KEY] + "..."
            text += '["' + key.replace("\\", "\\\\").replace('"', '\\"') + '"]'
    return text


def quoted(value: Any, most: int = 60) -> str:
    """Show a value in a message, shortened, on one line."""
    text = repr(value[: most + 1] if isinstance(value, str) else value)
    return text if len(text) <= most else text[: most - 3] + "..."


def near(word: str, known: Iterable[str]) -> str:
    """Return "did you mean ...?" for a word that is not among the known ones, or nothing."""
    from difflib import get_close_matches

    found = get_close_matches(word[:200], list(known), n=1, cutoff=0.6)
    return f"did you mean '{found[0]}'?" if found else ""


def listed(names: Iterable[str], most: int = 20) -> str:
    """Join names for a message; a long list is cut."""
    names = list(names)
    rest = len(names) - most
    return ", ".join(names[:most]) + (f" and {rest} more" if rest > 0 else "")


Entry = tuple[Severity, str, Keys, str, str, str]
"""A problem while lines are not known: severity, code, place, message, node, hint."""


@dataclass(frozen=True)
class Findings:
    """What a report has collected; it has no lines, and so holds while nothing but lines moves."""

    entries: tuple[Entry, ...]
    count: Mapping[Severity, int]


class Report:
    """Collects the problems of one file; lines are looked up once, at the end."""

    def __init__(self, file: str, lines: Lines) -> None:
        self.file = file
        self._lines = lines
        self._found: list[Entry] = []
        self._count: Counter[Severity] = Counter()

    def error(self, code: str, keys: Iterable[str | int], message: str, *, node: str = "", hint: str = "") -> None:
        """Note something that keeps the flow from running."""
        self._add("error", code, keys, message, node, hint)

    def warning(self, code: str, keys: Iterable[str | int], message: str, *, node: str = "", hint: str = "") -> None:
        """Note something worth a look."""
        self._add("warning", code, keys, message, node, hint)

    def add(
        self, severity: Severity, code: str, keys: Iterable[str | int], message: str, *, node: str = "", hint: str = ""
    ) -> None:
        """Note a problem of either kind."""
        self._add(severity, code, keys, message, node, hint)

    def __len__(self) -> int:
        """How much has been found, what is not listed included."""
        return sum(self._count.values())

    def __bool__(self) -> bool:
        """A report is one, even if nothing has been found."""
        return True

    def findings(self) -> Findings:
        """Return all that has been found so far."""
        return Findings(tuple(self._found), dict(self._count))

    def take(self, findings: Findings) -> None:
        """Add what another report has found."""
        for entry in findings.entries:
            self._keep(entry)
        for severity, count in findings.count.items():  # what that one did not list
            self._count[severity] += max(0, count - MOST)

    @property
    def has_errors(self) -> bool:
        """Whether anything found so far keeps the flow from running."""
        return self._count["error"] > 0

    def problems(self) -> list[Problem]:
        """Return everything found, each with its line, in the order of the file."""
        if not self._found:
            return []
        lines = self._lines([found[2] for found in self._found])
        result = [
            Problem(severity, code, message, self.file, lines.get(keys, 0), json_path(keys), node, hint)
            for severity, code, keys, message, node, hint in self._found
        ]
        result.sort(key=lambda problem: problem.line)
        for severity, count in self._count.items():
            if count > MOST:
                message = f"and {count - MOST} more {severity}s, which are not listed"
                result.append(Problem(severity, "too-many", message, self.file))
        return result

    def _add(
        self, severity: Severity, code: str, keys: Iterable[str | int], message: str, node: str, hint: str
    ) -> None:
        if self._count[severity] >= MOST:
            self._count[severity] += 1
            return
        self._keep((severity, code, tuple(keys), " ".join(message.split()), node[:LONGEST_KEY], " ".join(hint.split())))

    def _keep(self, entry: Entry) -> None:
        self._count[entry[0]] += 1
        if self._count[entry[0]] <= MOST and entry not in self._found[-5:]:  # two checks may come upon one fault
            self._found.append(entry)


def errors(problems: Iterable[Problem]) -> list[Problem]:
    """Return those that keep a flow from running."""
    return [problem for problem in problems if problem.severity == "error"]
