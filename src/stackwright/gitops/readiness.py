"""Whether an Application is as far as another one needs it: by its own state, or by an expression over both. Pure.

Source: the expressions are like those of Flux's `spec.dependsOn[].readyExpr`.
"""

from functools import cache

from stackwright.api.meta import Object
from stackwright.gitops.application import spec_of, status_of
from stackwright.gitops.operations import in_progress
from stackwright.kernel.cel import BOOL, DYN, CompileError, Environment, EvaluationError

_SHOWN = 200


@cache
def _environment() -> Environment:
    return Environment({"dep": DYN, "self": DYN})


def expression_problem(text: str) -> str:
    """What is wrong with an expression; empty when it can be asked."""
    try:
        program = _environment().compile(text)
    except CompileError as error:
        return str(error)
    return "" if program.result in (BOOL, DYN) else f"expected a bool, the expression gives {program.result}"


def reason_to_wait(app: Object, other: Object, expression: str = "") -> str:
    """Why `app` cannot go on with `other` as it is, in a clause (`which is …`); empty when it can."""
    return _asked(app, other, expression) if expression else _usual(other)


def _asked(app: Object, other: Object, expression: str) -> str:
    shown = expression if len(expression) <= _SHOWN else f"{expression[:_SHOWN]}…"
    try:
        told = _environment().compile(expression).evaluate({"dep": other, "self": app})
    except (CompileError, EvaluationError) as error:
        return f"of which `{shown}` cannot be told: {error}"
    if not isinstance(told, bool):
        return f"of which `{shown}` is neither true nor false"
    return "" if told else f"of which `{shown}` does not hold"


def _usual(app: Object) -> str:
    status = status_of(app)
    sync, health = status.get("sync") or {}, status.get("health") or {}
    compared = sync.get("comparedTo") or {}
    if any(compared.get(field) != spec_of(app).get(field) for field in ("source", "sources", "destination")):
        return "which has not been compared yet"
    if app.get("operation") or in_progress(status.get("operationState")):
        return "which is being synced"
    if sync.get("status") != "Synced":
        return f"which is {sync.get('status') or 'Unknown'}"
    if health.get("status") != "Healthy":
        message = f" ({health['message']})" if health.get("message") else ""
        return f"which is {health.get('status') or 'Unknown'}{message}"
    return ""
