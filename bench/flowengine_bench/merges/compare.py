"""The same random pairs of concurrent edits, merged by flowengine and by `git merge-file`."""

from __future__ import annotations

import copy
import json
import random
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flowengine.flow.canonical import format_flow
from flowengine.flow.file import parse_flow
from flowengine.flow.merge import Merged, merge
from flowengine_bench.merges.edits import Edit, Flow, disjoint, random_edits, random_flow

GIT_AT_ONCE = 2


@dataclass(frozen=True)
class Pair:
    """Two people's edits of one flow."""

    seed: int
    base: Flow
    ours: Flow
    theirs: Flow
    our_edits: list[Edit]
    their_edits: list[Edit]

    @property
    def disjoint(self) -> bool:
        """Whether they touch different things."""
        return disjoint(self.our_edits, self.their_edits)

    @property
    def said(self) -> str:
        """The edits in words."""
        ours, theirs = ([edit.said for edit in edits] for edits in (self.our_edits, self.their_edits))
        return f"pair {self.seed}: ours {ours}, theirs {theirs}"

    def one_after_the_other(self) -> Flow:
        """Return the base with both sides' edits done in turn: what a merge of disjoint edits must come to."""
        result = copy.deepcopy(self.base)
        for edit in [*self.our_edits, *self.their_edits]:
            edit.apply(result)
        return result


@dataclass
class Tally:
    """What became of all pairs."""

    pairs: int = 0
    disjoint: int = 0
    ours_merged: int = 0
    """Disjoint pairs that flowengine merged to what both edits in turn come to."""
    ours_invalid: int = 0
    """Outcomes of flowengine, with or without conflicts, that are not a flow file."""
    ours_conflicts: int = 0
    """Other pairs in which flowengine named a conflict."""
    git_pairs: int = 0
    git_disjoint: int = 0
    git_merged: int = 0
    """Disjoint pairs that git merged to the same."""
    git_invalid: int = 0
    """Pairs of any kind after which the file was no JSON any more, conflict marks included."""
    git_clean_invalid: int = 0
    """Those of them that git called merged."""
    git_clean_wrong: int = 0
    """Disjoint pairs that git called merged, valid JSON, but not what both edits come to."""
    wrong: list[str] = field(default_factory=list)
    """What flowengine did wrong, pair by pair."""


def pair(seed: int) -> Pair:
    """Return the pair of that number, always the same one."""
    chance = random.Random(seed)
    base = random_flow(chance)
    ours, our_edits = random_edits(base, "a", chance)
    theirs, their_edits = random_edits(base, "b", chance)
    return Pair(seed, base, ours, theirs, our_edits, their_edits)


def measure(pairs: int, first: int = 0, with_git: bool = True) -> Tally:
    """Merge so many pairs."""
    tally = Tally()
    with tempfile.TemporaryDirectory(prefix="flowengine-merge-") as folder, ThreadPoolExecutor(GIT_AT_ONCE) as pool:
        for start in range(first, first + pairs, 200):
            batch = [pair(seed) for seed in range(start, min(start + 200, first + pairs))]
            texts = pool.map(lambda one: by_git(one, Path(folder)), batch) if with_git else iter(())
            for one in batch:
                _count_ours(tally, one, merge(one.base, one.ours, one.theirs))
            for one, (clean, text) in zip(batch, texts, strict=False):
                _count_git(tally, one, clean, text)
    return tally


def by_git(one: Pair, folder: Path) -> tuple[bool, str]:
    """Merge a pair by git: whether it says it is merged, and the outcome."""
    files = []
    for name, data in (("ours", one.ours), ("base", one.base), ("theirs", one.theirs)):
        file = folder / f"{one.seed}.{name}"
        file.write_text(format_flow(data), encoding="utf-8")
        files.append(str(file))
    done = subprocess.run(["git", "merge-file", "-p", *files], capture_output=True, check=False)
    for file_name in files:
        Path(file_name).unlink()
    return done.returncode == 0, done.stdout.decode()


def _count_ours(tally: Tally, one: Pair, merged: Merged) -> None:
    tally.pairs += 1
    file = parse_flow(format_flow(merged.data), "merged.json")
    if file.flow is None:
        tally.ours_invalid += 1
        tally.wrong.append(f"{one.said}: no flow file: {file.problems[0]}")
    if not one.disjoint:
        tally.ours_conflicts += bool(merged.conflicts)
        return
    tally.disjoint += 1
    if merged.conflicts:
        tally.wrong.append(f"{one.said}: {merged.conflicts[0]}")
    elif same_logic(merged.data, one.one_after_the_other()):
        tally.ours_merged += 1
    else:
        tally.wrong.append(f"{one.said}: not what both edits come to")


def _count_git(tally: Tally, one: Pair, clean: bool, text: str) -> None:
    tally.git_pairs += 1
    value = _parsed(text)
    tally.git_invalid += value is None
    tally.git_clean_invalid += value is None and clean
    if one.disjoint:
        tally.git_disjoint += 1
        if clean and value is not None:
            good = same_logic(value, one.one_after_the_other())
            tally.git_merged += good
            tally.git_clean_wrong += not good


def same_logic(a: Flow, b: Flow) -> bool:
    """Compare all but positions and orders."""
    return _logic(a) == _logic(b)


def _logic(data: Flow) -> str:
    logic = {key: value for key, value in data.items() if key not in ("layout", "wires") and value not in ({}, [])}
    wires = sorted(json.dumps(wire, sort_keys=True) for wire in data.get("wires", []))
    return json.dumps([logic, wires, sorted(data.get("layout", {}))], sort_keys=True)


def _parsed(text: str) -> Any:
    """Return what a text says; None: it is not JSON, or says a key twice."""

    def once(members: Sequence[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(members)
        if len(found) != len(members):
            raise ValueError("a key stands there twice")
        return found

    try:
        return json.loads(text, object_pairs_hook=once)
    except ValueError:
        return None


def table(tally: Tally) -> Iterator[str]:
    """Return the figures as lines."""

    def share(number: int, of: int) -> str:
        return f"{number:,} of {of:,} ({number / of:.2%})" if of else "none"

    yield f"{tally.pairs:,} pairs of concurrent edits, {tally.disjoint:,} of them disjoint"
    yield ""
    yield f"{'':34} {'flowengine merge':24} git merge-file"
    ours, git = share(tally.ours_merged, tally.disjoint), share(tally.git_merged, tally.git_disjoint)
    yield f"{'disjoint edits merged rightly':34} {ours:24} {git}"
    ours, git = share(tally.ours_invalid, tally.pairs), share(tally.git_invalid, tally.git_pairs)
    yield f"{'outcome is no JSON file':34} {ours:24} {git}"
    yield f"{'called merged, but no JSON':34} {'0':24} {tally.git_clean_invalid:,}"
    yield f"{'called merged, but not both edits':34} {len(tally.wrong):<24,} {tally.git_clean_wrong:,}"
    others = tally.pairs - tally.disjoint
    yield f"{'conflicts named in the others':34} {share(tally.ours_conflicts, others)}"
    yield from tally.wrong[:20]
