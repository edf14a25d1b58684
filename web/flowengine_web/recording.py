"""Which requests go into the record, and what of them: one table, for every route that changes anything.

What cannot be recorded is not begun (503). Of a body only what is named here is kept, never a password or a message.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from flowengine.access.audit_entry import Result
from flowengine.access.sessions import SignedIn
from flowengine.errors import FlowEngineError, NotFound, TooManyAttempts
from flowengine.telemetry.secrecy import without_secrets
from flowengine_web.call import Call
from flowengine_web.refusal import Refusal
from flowengine_web.route import Route
from flowengine_web.site import Site

MOST_ALARMS: Final = 10
"""Alarms that one entry names; of more it says how many."""
MOST_NUMBERS: Final = 100
"""Numbers of dead letters that one entry names."""


@dataclass(frozen=True)
class Act:
    """What is kept of a request."""

    what: str
    about: Callable[[Mapping[str, Any]], str] = lambda given: ""
    """Says what the request is about, given the names in its path and its body (`body`)."""
    details: Callable[[Mapping[str, Any]], dict[str, Any]] = lambda given: {}
    itself: bool = False
    """Whether what was done is recorded where it is done; then only what was refused is recorded here."""


def _name(given: Mapping[str, Any]) -> str:
    return str(given.get("name") or given["body"].name)


def _place(given: Mapping[str, Any]) -> str:
    return f"{given.get('flow') or given['body'].flow}/{given['body'].node}"


def _letters(given: Mapping[str, Any]) -> dict[str, Any]:
    return {"count": len(given["body"].ids), "ids": given["body"].ids[:MOST_NUMBERS]}


def _changed(given: Mapping[str, Any]) -> dict[str, Any]:
    body = given["body"]
    sides = {} if body.sides is None else {"sides": body.sides}
    return {"role": body.role, "password": body.password is not None, **sides}


def _whom(given: Mapping[str, Any]) -> str:
    return str(given["body"].who)


def _permission(given: Mapping[str, Any]) -> dict[str, Any]:
    return {"may": given["body"].may, "area": given["body"].area}


def _token(given: Mapping[str, Any]) -> dict[str, Any]:
    body = given["body"]
    return {"role": body.role, "days": body.days, "permissions": [[one.may, one.area] for one in body.permissions]}


def _deployed(given: Mapping[str, Any]) -> dict[str, Any]:
    body = given["body"]
    removed = [name for name, item in body.flows.items() if item.flow is None]
    return {"removed": removed, "connections": body.connections is not None, "mode": body.mode}


def _at_machines(given: Mapping[str, Any]) -> dict[str, Any]:
    body = given["body"]
    asked = {"what": body.what, "mode": body.mode, "value": body.value, "cause": body.cause}
    return {name: value for name, value in asked.items() if value not in ("", None)}


def _id(given: Mapping[str, Any]) -> str:
    return str(given["id"])


def _alarms(given: Mapping[str, Any]) -> str:
    return ", ".join(given["body"].names[:MOST_ALARMS])


def _at_alarms(given: Mapping[str, Any]) -> dict[str, Any]:
    body = given["body"]
    asked = {"what": body.what, "count": len(body.names), "reason": body.reason}
    return {**asked, "minutes": body.minutes} if body.what == "shelve" else asked


def _flows(given: Mapping[str, Any]) -> str:
    return ", ".join(given["body"].flows)


ACTS: Final[Mapping[str, Act]] = {
    "sign_in": Act("sign-in"),
    "sign_out": Act("sign-out"),
    "set_up": Act("set-up", _name),
    "add_user": Act("user-added", _name, lambda given: {"role": given["body"].role}),
    "change_user": Act("user-changed", _name, _changed),
    "remove_user": Act("user-removed", _name),
    "sign_out_everywhere": Act("sign-out-everywhere"),
    "permit": Act("permitted", _whom, _permission),
    "withdraw": Act("permission-withdrawn", _whom, _permission),
    "set_group": Act("group", _name, lambda given: {"members": given["body"].members[:MOST_NUMBERS]}),
    "remove_group": Act("group-removed", _name),
    "make_token": Act("token-made", _name, _token),
    "revoke_token": Act("token-revoked", _name),
    "deploy": Act("deploy", _flows, _deployed),
    "ask_for_change": Act("ask-for-change", itself=True),
    "simulate_change": Act("simulate-change", _id),
    "approve_change": Act("approve-change", _id, lambda given: {"side": given["body"].side}, itself=True),
    "reject_change": Act("reject-change", _id, itself=True),
    "withdraw_change": Act("withdraw-change", _id, itself=True),
    "deploy_change": Act("deploy-change", _id, itself=True),
    "break_glass": Act("break-glass", _id, lambda given: {"why": given["body"].reason}, itself=True),
    "import_nodered": Act("import", details=lambda given: {"kept": given["body"].keep}),
    "take_flow": Act("take", lambda given: str(given["flow"])),
    "take_all": Act("take", lambda given: ", ".join(given["body"].revisions)),
    "run_flow": Act("run", lambda given: str(given["flow"]), lambda given: {"run": given["body"].run}),
    "inject": Act("inject", _place, lambda given: {"message": given["body"].message is not None}),
    "operate": Act("operate", _place, lambda given: {"value": repr(given["body"].value)[:200]}),
    "acknowledge_faults": Act(
        "faults-acknowledged", details=lambda given: {"places": [f"{p.flow}/{p.node}" for p in given["body"].places]}
    ),
    "replay_dead_letters": Act("dead-letters-replayed", details=_letters),
    "delete_dead_letters": Act("dead-letters-deleted", details=_letters),
    "write_dashboard": Act("dashboard"),
    "save_model": Act("model-saved", _place, lambda given: {"name": given["body"].name}),
    "enter_hours": Act(
        "running-hours",
        lambda given: str(given["part"]),
        lambda given: {"hours": given["body"].hours, "day": given["body"].day},
    ),
    "act_on_alarms": Act("alarms", _alarms, _at_alarms),
    "act_on_machines": Act("machines", lambda given: str(given["body"].target), _at_machines),
}
"""Route -> what is kept of it."""

UNRECORDED: Final = frozenset(
    {
        *("check_flow", "diff_flows", "format_file", "read_text", "try_node", "preview_deploy"),  # they look
        *("search_grafana", "list_grafana_metrics", "list_grafana_options", "list_grafana_choices"),
        *("list_grafana_tag_keys", "list_grafana_tag_values", "query_grafana", "annotate_grafana"),
        *("oidc_begin", "oidc_finish"),  # they record themselves who has signed in
        *("write_draft", "delete_draft", "watch"),  # one's own, many times a minute
    }
)
"""Routes that change nothing which others see."""


def run(route: Route, call: Call, given: Mapping[str, Any]) -> Any:
    """Run a route, and record what became of it where that is to be known.

    Raises:
        Refusal, FlowEngineError: what the route raised, or the record cannot be written.
    """
    act = ACTS.get(route.name)
    if act is None:
        return route.run(call, **given)
    _be_ready(call, route, given)
    who = _who(call, route, given)
    try:
        result = route.run(call, **given)
    except TooManyAttempts:
        raise  # not one by one: a stranger could fill the record with them
    except Exception as error:
        refused = isinstance(error, Refusal | FlowEngineError)
        _record(call.site, act, who, call.address, given, "refused" if refused else "failed", reason=str(error)[:500])
        raise
    if act.itself:
        return result
    details = {"revisions": revisions} if (revisions := getattr(result, "revisions", None)) else {}
    _record(call.site, act, who, call.address, given, "done", **details)
    return result


def refused(route: Route, site: Site, who: SignedIn, address: str, given: Mapping[str, Any]) -> None:
    """Record that someone who is signed in may not do what he asked for."""
    act = ACTS.get(route.name)
    if act is not None:
        about = " ".join(f"{value}"[:200] for value in given.values())
        site.service.audit.record(act.what, who.user, about, "refused", address, {"reason": f"he is {who.role}"})


def _be_ready(call: Call, route: Route, given: Mapping[str, Any]) -> None:
    """Make sure that the act can be recorded; to stop and to disarm waits for no disk."""
    if route.name == "act_on_machines" and given["body"].what in ("stop", "disarm"):
        return
    call.site.service.audit.ready()


def _who(call: Call, route: Route, given: Mapping[str, Any]) -> str:
    """Return who asks; who signs in is known by the name he gives, if it is one: some type their password there."""
    if route.name not in ("sign_in", "set_up"):
        return call.user
    try:
        return call.site.access.users.find(given["body"].name).name
    except NotFound:
        return ""


def _record(
    site: Site,
    act: Act,
    who: str,
    address: str,
    given: Mapping[str, Any],
    result: Result,
    reason: str = "",
    **more: Any,
) -> None:
    details = {**act.details(given), **more, **({"reason": reason} if reason else {})}
    clean = json.loads(without_secrets(msgspec.json.encode([act.about(given), details], enc_hook=repr)))
    must = clean[1].get("what") not in ("stop", "disarm")
    site.service.audit.record(act.what, who, clean[0], result, address, clean[1], must=must)
