"""Names that belong to a domain, as `acme.io/foo`.

Source: k8s.io/apimachinery pkg/util/validation (IsDomainPrefixedPath).
"""

import re

from stackwright.apiserver.builtin.validation import names
from stackwright.apiserver.builtin.validation.rules import Problems, invalid, required, words

_REST = re.compile(r"[A-Za-z0-9/\-._~%!$&'()*+,;=:]+\Z")
_REST_RULE = "Invalid path (e.g. 'foo', regex used for validation is '[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+')"


def prefixed_path(path: str, value: str) -> Problems:
    domain, _, rest = value.partition("/")
    if not value:
        yield required(path)
    elif not domain or not rest:
        yield invalid(path, value, 'must be a domain-prefixed path (such as "acme.io/foo")')
    else:
        yield from words(path, domain, names.subdomain(domain))
        if not _REST.match(rest):
            yield invalid(path, rest, _REST_RULE)
