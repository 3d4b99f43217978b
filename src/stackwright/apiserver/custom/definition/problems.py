"""How problems of definitions are worded.

Source: k8s.io/apimachinery pkg/util/validation (field errors, IsDNS1035Label, IsDNS1123Subdomain).
"""

import re
from collections.abc import Iterable
from typing import Any

from stackwright.apiserver.kind import FieldError
from stackwright.kernel import json

_LABEL = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?\Z")
_DOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\Z")
_LABEL_RULE = (
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an "
    "alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')"
)
_DOMAIN_RULE = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an "
    "alphanumeric character (e.g. 'example.com', regex used for validation is "
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
)


def required(field: str, detail: str = "") -> FieldError:
    return FieldError("FieldValueRequired", field, f"Required value: {detail}" if detail else "Required value")


def invalid(field: str, value: Any, detail: str) -> FieldError:
    return FieldError("FieldValueInvalid", field, f"Invalid value: {shown(value)}: {detail}")


def forbidden(field: str, detail: str) -> FieldError:
    return FieldError("FieldValueForbidden", field, f"Forbidden: {detail}")


def unsupported(field: str, value: Any, allowed: Iterable[str]) -> FieldError:
    listed = ", ".join(f'"{each}"' for each in sorted(allowed))
    return FieldError("FieldValueNotSupported", field, f"Unsupported value: {shown(value)}: supported values: {listed}")


def shown(value: Any) -> str:
    """As Go's encoder writes it."""
    text = json.dumps(value).decode()
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026") if isinstance(value, dict | list) else text


def label_problems(text: str) -> str:
    """Of a DNS-1035 label; empty when it is one."""
    return _joined(len(text) > 63 and "must be no more than 63 characters", not _LABEL.match(text) and _LABEL_RULE)


def domain_problems(text: str) -> str:
    """Of an RFC 1123 subdomain; empty when it is one."""
    return _joined(len(text) > 253 and "must be no more than 253 characters", not _DOMAIN.match(text) and _DOMAIN_RULE)


def _joined(*problems: str | bool) -> str:
    return ",".join(str(problem) for problem in problems if problem)
