"""What is refused, and how it is said: every answer from 400 on is a shapes.Error."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flowengine.access.audit import AuditUnavailable
from flowengine.errors import (
    AccessError,
    BadData,
    DeployFailed,
    FlowEngineError,
    FlowInvalid,
    NeedsTwoKeys,
    NotAllowed,
    NotFound,
    NotKept,
    OutOfDate,
    Retryable,
    TooLarge,
    TooManyAttempts,
)
from flowengine.flow.problem import Problem
from flowengine.service import Conflict, DeployInvalid
from flowengine_web import shapes
from flowengine_web.diffs import diff_shape

OIDC = {"oidc-state": 401, "oidc-token": 401, "oidc-no-role": 403, "oidc-provider": 502, "oidc-secret": 502}
ACCESS = {
    "taken": 409,
    "last-admin": 409,
    "too-many": 409,
    "wrong-password": 401,
    "bad-link": 403,
    "own-side": 403,
    "no-code": 403,
    **OIDC,
}
"""Codes of access errors -> status; the others are 422."""

MOST_PROBLEMS = 1000
"""Problems in one answer; more are not read by anybody."""


class Refusal(Exception):
    """The request is refused; raised anywhere below a route, turned into the answer in one place."""

    def __init__(
        self,
        status: int,
        error: str,
        message: str,
        hint: str = "",
        path: str = "",
        problems: Sequence[shapes.Problem] = (),
        conflicts: Sequence[shapes.Conflict] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.headers = dict(headers or {})
        self.body = shapes.Error(
            error=error,
            message=message,
            hint=hint,
            path=path,
            problems=list(problems[:MOST_PROBLEMS]),
            conflicts=list(conflicts),
        )


def busy(what: str, seconds: int = 2) -> Refusal:
    """Say that something cannot be answered now and when to ask again."""
    return Refusal(503, "busy", what, f"try again in {seconds} s", headers={"Retry-After": str(seconds)})


def not_found(message: str, hint: str = "") -> Refusal:
    """Say that something named by the caller is not there."""
    return Refusal(404, "not-found", message, hint)


def invalid(message: str, path: str = "", hint: str = "") -> Refusal:
    """Say that a body has the right form but cannot be meant."""
    return Refusal(422, "invalid", message, hint, path)


def of_engine(error: FlowEngineError) -> Refusal:
    """Turn an error that the engine raised on purpose into an answer."""
    text = str(error)
    if isinstance(error, TooManyAttempts):
        return Refusal(429, error.code, text, error.hint, headers={"Retry-After": str(max(1, round(error.wait + 0.5)))})
    if isinstance(error, AccessError):
        return Refusal(ACCESS.get(error.code, 422), error.code, text, error.hint)
    if isinstance(error, NotFound):
        return not_found(text)
    if isinstance(error, AuditUnavailable):
        return Refusal(503, "not-recorded", text, "nothing was done: what is done here has to be recorded")
    if isinstance(error, NotKept):
        return Refusal(503, "not-kept", text, "nothing was done: make room, then try again")
    if isinstance(error, NeedsTwoKeys):
        return Refusal(409, "two-keys", text, "ask for the two yeses: POST /api/changes")
    if isinstance(error, NotAllowed):
        return Refusal(403, "not-allowed", text)
    if isinstance(error, TooLarge):
        return Refusal(413, "too-large", text)
    if isinstance(error, OutOfDate):
        found = [conflict_shape(one) for one in error.conflicts if isinstance(one, Conflict)]
        return Refusal(409, "conflict", text, "look at what has changed, then decide", conflicts=found)
    if isinstance(error, DeployInvalid):
        message = "what would run has errors: nothing was deployed"
        return Refusal(422, "invalid", message, problems=[problem_shape(one.problem, one.flow) for one in error.found])
    if isinstance(error, FlowInvalid):
        problems = [problem_shape(one) for one in error.problems if isinstance(one, Problem)]
        return Refusal(422, "invalid", text.partition("\n")[0], problems=problems)
    if isinstance(error, BadData):
        return invalid(text)
    if isinstance(error, Retryable):
        return busy(text)
    if isinstance(error, DeployFailed):
        return Refusal(502, "did-not-start", text)
    return Refusal(422, "refused", text)


def problem_shape(problem: Problem, flow: str = "") -> shapes.Problem:
    """Return a problem as it goes over the API."""
    return shapes.Problem(**problem.as_dict(), flow=flow)


def conflict_shape(conflict: Conflict) -> shapes.Conflict:
    """Return who was faster."""
    return shapes.Conflict(
        flow=conflict.flow,
        revision=conflict.revision,
        by=conflict.by,
        at=conflict.at,
        diff=None if conflict.diff is None else diff_shape(conflict.diff),
    )
