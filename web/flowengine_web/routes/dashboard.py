"""The operators' pages."""

from __future__ import annotations

from functools import partial

from flowengine_web import dashboard, shapes
from flowengine_web.call import Call
from flowengine_web.route import Area

AREA = Area("dashboard", "The operators' pages")


@AREA.get("/api/dashboard", role="viewer", answer=shapes.Dashboard, refusals=(422,))
def read_dashboard(call: Call) -> shapes.Dashboard:
    """Return the pages and every widget there is."""
    kept, revision = dashboard.read_pages(call.site.folder)
    widgets = call.run(partial(dashboard.widgets, call.site.service.engine))
    return shapes.Dashboard(revision=revision, pages=kept.pages, hidden=kept.hidden, widgets=widgets)


@AREA.put(
    "/api/dashboard/pages", role="editor", body=shapes.DashboardPages, answer=shapes.Dashboard, refusals=(409, 422)
)
def write_dashboard(call: Call, body: shapes.DashboardPages) -> shapes.Dashboard:
    """Keep the pages in dashboard.json."""
    dashboard.write_pages(call.site.folder, body)
    return read_dashboard(call)


@AREA.post(
    "/api/dashboard/operate",
    role="operator",
    body=shapes.Operation,
    flows=lambda given: [given["body"].flow],
    refusals=(404,),
)
def operate(call: Call, body: shapes.Operation) -> shapes.Done:
    """Press, move, switch or enter something at a widget: its message goes the flow's own way."""
    engine, user = call.site.service.engine, call.user
    call.run(partial(dashboard.operate, engine, user, body))
    return shapes.Done()
