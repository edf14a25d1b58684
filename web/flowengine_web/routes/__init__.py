"""The routes, by what they are about; `table` is all of them."""

from __future__ import annotations

from functools import cache

from flowengine_web.route import Area, Route


@cache
def areas() -> tuple[Area, ...]:
    """Return the areas in the order in which the API's description shows them."""
    from flowengine_web.routes import (
        alarms,
        archives,
        assets,
        changes,
        dashboard,
        dead_letters,
        deploys,
        description,
        drafts,
        editing,
        flows,
        grafana,
        importing,
        machines,
        models,
        observing,
        oidc,
        rights,
        running,
        session,
        texts,
        users,
    )

    return (
        description.AREA,
        session.AREA,
        oidc.AREA,
        users.AREA,
        rights.AREA,
        flows.AREA,
        editing.AREA,
        texts.AREA,
        importing.AREA,
        drafts.AREA,
        deploys.AREA,
        changes.AREA,
        running.AREA,
        dead_letters.AREA,
        dashboard.AREA,
        machines.AREA,
        alarms.AREA,
        assets.AREA,
        models.AREA,
        archives.AREA,
        grafana.AREA,
        observing.AREA,
    )


def table() -> tuple[Route, ...]:
    """Return every route."""
    return tuple(route for area in areas() for route in area.routes)
