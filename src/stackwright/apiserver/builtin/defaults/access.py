"""Defaults of bindings of roles.

Source: k8s.io/kubernetes pkg/apis/rbac/v1/defaults.go.
"""

from collections.abc import Mapping
from typing import Any

from stackwright.apiserver.builtin.defaults.filling import all_of, at, constants, every

_GROUP = "rbac.authorization.k8s.io"


def _subject(given: Mapping[str, Any]) -> Mapping[str, Any]:
    return constants(apiGroup=_GROUP)(given) if given.get("kind") in ("User", "Group") else given


binding = all_of(at("roleRef", constants(apiGroup=_GROUP)), every("subjects", _subject))
