"""When a Job has failed, and when it has succeeded early.

Source: k8s.io/kubernetes pkg/apis/batch/validation (validatePodFailurePolicy, validateSuccessPolicy, validateIndexesFormat).
"""

from typing import Any

from stackwright.apiserver.builtin.validation import names
from stackwright.apiserver.builtin.validation.rules import (
    Problems,
    duplicate,
    indexed,
    invalid,
    items,
    mapping,
    not_negative,
    not_supported,
    refused,
    required,
    shown,
    too_long,
    too_many,
    words,
)
from stackwright.kernel.errors import BadInput

_ACTIONS = ("Count", "FailIndex", "FailJob", "Ignore")
_STATES = ("False", "True", "Unknown")
_OPERATORS = ("In", "NotIn")
_MOST_RULES, _MOST_CONDITIONS, _MOST_CODES = 20, 20, 255
_LONGEST_INDEXES = 64 * 1024


def _chosen(path: str, value: str, supported: tuple[str, ...]) -> Problems:
    if not value:
        yield required(path, f"valid values: [{' '.join(shown(each) for each in supported)}]")
    elif value not in supported:
        yield not_supported(path, value, supported)


def failure_policy(path: str, spec: Any) -> Problems:
    """Of the Job `spec`; the policy is at `path`."""
    policy, pod = mapping(spec, "podFailurePolicy"), mapping(mapping(spec, "template"), "spec")
    known = {each.get("name") for key in ("containers", "initContainers") for each in items(pod, key)}
    if len(items(policy, "rules")) > _MOST_RULES:
        yield too_many(f"{path}.rules", len(items(policy, "rules")), _MOST_RULES)
    for place, rule in indexed(path, policy, "rules"):
        action = rule.get("action") or ""
        if action == "FailIndex" and spec.get("backoffLimitPerIndex") is None:
            yield invalid(f"{place}.action", action, "requires the backoffLimitPerIndex to be set")
        yield from _chosen(f"{place}.action", action, _ACTIONS)
        yield from _signs(place, rule, known)


def _signs(path: str, rule: Any, known: set[Any]) -> Problems:
    """What a rule goes by: one of two."""
    codes, conditions = rule.get("onExitCodes"), items(rule, "onPodConditions")
    if codes is not None:
        yield from _codes(f"{path}.onExitCodes", codes, known)
    if len(conditions) > _MOST_CONDITIONS:
        yield too_many(f"{path}.onPodConditions", len(conditions), _MOST_CONDITIONS)
    for place, each in indexed(path, rule, "onPodConditions"):
        yield from words(f"{place}.type", each.get("type") or "", names.qualified(each.get("type") or ""))
        yield from _chosen(f"{place}.status", each.get("status") or "", _STATES)
    if codes is not None and conditions:
        yield refused(path, "specifying both OnExitCodes and OnPodConditions is not supported")
    if codes is None and not conditions:
        yield refused(path, "specifying one of OnExitCodes and OnPodConditions is required")


def _codes(path: str, codes: Any, known: set[Any]) -> Problems:
    operator, name, values = codes.get("operator") or "", codes.get("containerName"), items(codes, "values")
    yield from _chosen(f"{path}.operator", operator, _OPERATORS)
    if name is not None and name not in known:
        yield invalid(f"{path}.containerName", name, "must be one of the container or initContainer names in the pod template")
    if not values:
        yield invalid(f"{path}.values", codes.get("values"), "at least one value is required")
    elif len(values) > _MOST_CODES:
        yield too_many(f"{path}.values", len(values), _MOST_CODES)
    for index, value in enumerate(values):
        if operator == "In" and value == 0:
            yield invalid(f"{path}.values[{index}]", value, "must not be 0 for the In operator")
        if value in values[:index]:
            yield duplicate(f"{path}.values[{index}]", value)
    if values != sorted(values):
        yield invalid(f"{path}.values", values, "must be ordered")


def success_policy(path: str, spec: Any) -> Problems:
    """Of the Job `spec`; the policy is at `path`."""
    policy = mapping(spec, "successPolicy")
    if spec.get("completionMode") != "Indexed":
        yield invalid(path, {"Rules": [_titled(each) for each in items(policy, "rules")] or None}, "requires indexed completion mode")
        return
    if not items(policy, "rules"):
        yield required(f"{path}.rules", "at least one rules must be specified when the successPolicy is specified")
    if len(items(policy, "rules")) > _MOST_RULES:
        yield too_many(f"{path}.rules", len(items(policy, "rules")), _MOST_RULES)
    for place, rule in indexed(path, policy, "rules"):
        yield from _success(place, rule, spec.get("completions") or 0)


def _titled(rule: Any) -> dict[str, Any]:
    return {"SucceededIndexes": rule.get("succeededIndexes"), "SucceededCount": rule.get("succeededCount")}


def _success(path: str, rule: Any, completions: int) -> Problems:
    indexes, count, total = rule.get("succeededIndexes"), rule.get("succeededCount"), 0
    if indexes is None and count is None:
        yield required(path, "at least one of succeededCount or succeededIndexes must be specified")
    if indexes is not None:
        if len(indexes) > _LONGEST_INDEXES:
            yield too_long(f"{path}.succeededIndexes", _LONGEST_INDEXES)
        try:
            total = count_indexes(indexes, completions)
        except BadInput as error:
            yield invalid(f"{path}.succeededIndexes", indexes, f"error parsing succeededIndexes: {error}")
    if count is None:
        return
    yield from not_negative(f"{path}.succeededCount", count)
    for most, what in ((completions, "specified completions"), (total, "indexes in the specified succeededIndexes field")):
        if count > most and (what == "specified completions" or indexes is not None):
            yield invalid(f"{path}.succeededCount", count, f"must be less than or equal to {most} (the number of {what})")


def count_indexes(text: str, completions: int) -> int:
    """How many indexes a list as `1,3-5` names.

    Raises: BadInput in the words of the API.
    """
    last, total = -1, 0
    for interval in text.split(",") if text else ():
        first, end = _interval(interval, completions)
        if first <= last:
            raise BadInput(f"non-increasing order, previous: {last}, current: {first}")
        last, total = end, total + end - first + 1
    return total


def _interval(text: str, completions: int) -> tuple[int, int]:
    parts = text.split("-")
    if len(parts) > 2:
        told = f"the fragment {shown(text)} violates the requirement that an index interval can have at most two parts separated by '-'"
        raise BadInput(told)
    ends = [_index(part, completions) for part in parts]
    if len(ends) == 2 and ends[0] >= ends[1]:
        raise BadInput(f"non-increasing order, previous: {ends[0]}, current: {ends[1]}")
    return ends[0], ends[-1]


def _index(text: str, completions: int) -> int:
    if not text.isdecimal():
        raise BadInput(f"cannot convert string to integer for index: {shown(text)}")
    if int(text) >= completions:
        raise BadInput(f"too large index: {shown(text)}")
    return int(text)
