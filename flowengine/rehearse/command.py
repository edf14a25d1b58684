"""The command `flowengine test`."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import click


@click.command(short_help="Run the tests beside the flows, in virtual time.")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("-k", "name", metavar="NAME", default="", help="Only tests whose name, or file, has this in it.")
@click.option("--junit", type=click.Path(path_type=Path, dir_okay=False), help="Write the results as JUnit XML too.")
@click.option("--coverage", is_flag=True, help="Show which nodes and wires no test has sent a message through.")
@click.option("-v", "--verbose", is_flag=True, help="A line for each test, and the log of those that fail.")
@click.option(
    "--nodes-dir",
    "nodes_dirs",
    multiple=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="A folder of node files of your own; may be given more than once.",
)
@click.option(
    "--longest", type=click.FloatRange(min=0.1), default=60.0, show_default=True, help="s of real time a test"
)
def test(
    paths: tuple[Path, ...],
    name: str,
    junit: Path | None,
    coverage: bool,
    verbose: bool,
    nodes_dirs: tuple[Path, ...],
    longest: float,
) -> None:
    """Run the tests beside the flows, in virtual time.

    PATHS are folders, flows (x.json) or test files (x.test.json). Without any it is the folder `flows`, or the one
    you are in. The exit code is 0 when all is as expected, 1 when it is not, 2 when a test file or a flow is broken.
    """
    from flowengine.errors import RegistryError
    from flowengine.registry import Registry
    from flowengine.rehearse.file import Case, TestFile
    from flowengine.rehearse.junit import write_junit
    from flowengine.rehearse.report import Report
    from flowengine.rehearse.suite import find_tests, run_tests

    begin = time.perf_counter()
    try:
        files = find_tests(paths or (Path("flows") if Path("flows").is_dir() else Path(),))
        registry = Registry.discover(nodes_dirs)
    except (FileNotFoundError, RegistryError) as error:
        click.echo(str(error), err=True)
        sys.exit(2)
    for failed in registry.failed:
        click.echo(f"flowengine: package {failed.name} failed to import and is left out: {failed.error}", err=True)
    if not files:
        where = ", ".join(str(path) for path in paths) or "this folder"
        click.echo(f"no tests (x.test.json) in {where}", err=True)
        sys.exit(2)

    def wanted(file: TestFile, case: Case) -> bool:
        return name.lower() in case.name.lower() or name.lower() in file.path.name.lower()

    report = Report(verbose)
    result = run_tests(files, registry, wanted, report.ran, report.began, longest)
    report.finish(result, time.perf_counter() - begin, coverage)
    if junit is not None:
        write_junit(junit, result)
    if name and not result.outcomes and result.exit_code == 0:
        click.echo(f"no test has '{name}' in its name", err=True)
        sys.exit(2)
    sys.exit(result.exit_code)
