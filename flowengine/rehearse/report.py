"""The results on a terminal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import click

from flowengine.flow.problem import json_path
from flowengine.rehearse.coverage import Coverage, percent
from flowengine.rehearse.judgement import Unmet
from flowengine.rehearse.rehearsal import Outcome
from flowengine.rehearse.suite import FileResult, Result

WIDTH: Final = 78


@dataclass
class Report:
    """Prints as the tests go along: a dot for each, or its name."""

    verbose: bool = False
    column: int = 0

    def began(self, result: FileResult) -> None:
        """Say which file is next."""
        if self.column:
            click.echo()
        shown = result.file.json.file
        click.echo(shown if self.verbose else f"{shown} ", nl=self.verbose)
        self.column = len(shown) + 1

    def ran(self, result: FileResult, outcome: Outcome) -> None:
        """Show one test."""
        mark, colour, word = _mark(outcome)
        if self.verbose:
            times = f"{outcome.seconds:.2f} s, {_duration(outcome.flow_seconds)} of flow time"
            why = f"skipped: {outcome.case.test.skip}" if outcome.case.test.skip else times
            click.echo(f"  {click.style(f'{word:7}', fg=colour)} {outcome.case.name} ({why})")
            return
        click.secho(mark, fg=colour, nl=False)
        self.column += 1
        if self.column % WIDTH == 0:
            click.echo()

    def finish(self, result: Result, seconds: float, with_coverage: bool) -> None:
        """Show what did not pass, why, and the sums."""
        if self.column and not self.verbose:
            click.echo()
        for file in result.files:
            for problem in file.problems:
                click.echo(f"{click.style('BROKEN', fg='red')} {problem}")
            for outcome in file.outcomes:
                if outcome.unmet or outcome.error:
                    self._failure(file, outcome)
        if with_coverage:
            self._coverage(result)
        self._sums(result, seconds)

    def _failure(self, file: FileResult, outcome: Outcome) -> None:
        click.echo()
        click.secho(f"FAILED {file.file.json.file}: {outcome.case.name}", fg="red", bold=True)
        for line in failure_lines(file, outcome):
            click.echo(f"  {line}")
        if self.verbose and outcome.log:
            click.echo("  log:")
            for line in outcome.log:
                click.echo(f"    {line}")

    def _coverage(self, result: Result) -> None:
        coverages = [file.coverage for file in result.files if file.coverage is not None] + result.untested
        if not coverages:
            return
        click.echo()
        click.echo(f"{'coverage':36} {'nodes':>16} {'wires':>16}")
        for coverage in coverages:
            nodes_reached, nodes, wires_passed, wires = coverage.counts
            click.echo(f"{coverage.flow:36} {_share(nodes_reached, nodes):>16} {_share(wires_passed, wires):>16}")
            for line in _missing(coverage):
                click.echo(f"    {line}")
        click.echo(f"{'all':36} {percent(coverages):>15.0f}%")

    def _sums(self, result: Result, seconds: float) -> None:
        outcomes = result.outcomes
        failed = sum(bool(o.unmet or o.error) for o in outcomes)
        skipped = sum(bool(o.case.test.skip) for o in outcomes)
        broken = sum(bool(file.problems) for file in result.files)
        words = [f"{len(outcomes) - failed - skipped} passed"]
        words += [f"{failed} failed"] * bool(failed) + [f"{skipped} skipped"] * bool(skipped)
        words += [f"{broken} file{'s' * (broken != 1)} broken"] * bool(broken)
        flow_time = _duration(sum(o.flow_seconds for o in outcomes if not o.case.test.skip))
        click.echo()
        click.secho(
            f"{', '.join(words)} in {seconds:.2f} s ({flow_time} of flow time)",
            fg="red" if failed or broken else "green",
            bold=True,
        )


def failure_lines(file: FileResult, outcome: Outcome) -> list[str]:
    """Return what to say about a test that did not pass."""
    lines = [f"could not be run to its end: {outcome.error}"] if outcome.error else []
    for unmet in outcome.unmet:
        lines += _unmet_lines(file, outcome, unmet)
    return lines


def _unmet_lines(file: FileResult, outcome: Outcome, unmet: Unmet) -> list[str]:
    rest = unmet.keys[len(outcome.case.keys) :]
    where = json_path(rest).removeprefix("$.") if rest else "failures"
    line = file.line(unmet.keys)
    first, *more = unmet.came or ["nothing"]
    return [
        f"{where} ({file.file.json.file}:{line})",
        f"  expected: {unmet.expected}",
        f"  came:     {first}",
        *(f"            {text}" for text in more),
    ]


def _mark(outcome: Outcome) -> tuple[str, str, str]:
    if outcome.case.test.skip:
        return "s", "yellow", "skipped"
    if outcome.error:
        return "E", "red", "error"
    return ("F", "red", "failed") if outcome.unmet else (".", "green", "passed")


def _missing(coverage: Coverage) -> list[str]:
    return [
        *(f"no message at node {name}" for name in coverage.unreached_nodes),
        *(f"no message on wire {words}" for words in coverage.unpassed_wires),
    ]


def _share(part: int, whole: int) -> str:
    return f"{part}/{whole} {100 * part / whole if whole else 100:4.0f}%"


def _duration(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:g} s"
    return f"{seconds / 60:.3g} min" if seconds < 7200 else f"{seconds / 3600:.4g} h"
