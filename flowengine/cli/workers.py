"""The options that say in how many processes flows run."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from flowengine.workers.settings import Workers

Command = TypeVar("Command", bound=Callable[..., Any])


def workers_options(command: Command) -> Command:
    """Give a command the options, as one argument `workers`: a `Workers`, or None for one process."""

    def with_workers(
        workers: int | None, worker_memory: int, worker_cpu: float, worker_hang: float, **arguments: Any
    ) -> Any:
        return command(**arguments, workers=_workers(workers, worker_memory, worker_cpu, worker_hang))

    with_workers.__doc__ = command.__doc__
    with_workers.__name__ = command.__name__
    with_workers.__click_params__ = getattr(command, "__click_params__", [])  # type: ignore[attr-defined]  # click's
    for option in (_HANG, _CPU, _MEMORY, _WORKERS):
        option(with_workers)
    return with_workers  # type: ignore[return-value]  # click calls it by keywords


def _count(ctx: click.Context, param: click.Parameter, value: str) -> int | None:
    if value != "auto" and (not value.isdecimal() or int(value) > 1000):
        raise click.BadParameter(f"'{value}' is not auto, or a number from 0 to 1000")
    return None if value == "auto" else int(value)


_WORKERS = click.option(
    "--workers",
    default="auto",
    show_default=True,
    callback=_count,
    metavar="auto|0|N",
    help="Processes that flows run in: one for each flow, N at most, or 0: all in this one.",
)
_MEMORY = click.option(
    "--worker-memory",
    type=click.IntRange(min=0),
    default=512,
    show_default=True,
    metavar="MB",
    help="Memory that each of them may have before it is ended and started again; 0: no limit.",
)
_CPU = click.option(
    "--worker-cpu",
    type=click.FloatRange(min=0, max=1000),
    default=0.0,
    show_default=True,
    metavar="CORES",
    help="Processor cores that each of them may use, as a mean over a second; 0: as many as there are.",
)
_HANG = click.option(
    "--worker-hang",
    type=click.FloatRange(min=0.5, max=3600),
    default=5.0,
    show_default=True,
    metavar="SECONDS",
    help="Time without a sign of life after which one is ended and started again.",
)


def warm(workers: Workers | None) -> None:
    """Make ready for them; called before anything is begun."""
    if workers is not None:
        import flowengine.field.main
        import flowengine.workers.main  # noqa: F401 - what is imported now need not be imported again there
        from flowengine.processes import warming

        warming.warm()


def _workers(count: int | None, memory: int, cpu: float, hang: float) -> Workers | None:
    from flowengine.processes.nursery import possible
    from flowengine.workers.settings import MEGABYTE, MOST, Workers

    if count == 0 or (count is None and not possible()):
        return None
    if not possible():
        raise click.UsageError("flows can run in processes of their own on Linux only: give --workers 0")
    return Workers(most=MOST if count is None else count, memory=memory * MEGABYTE, cpu=cpu, hang=hang)
