"""The functions of sprig (github.com/Masterminds/sprig v3), but for those that reach out of the template.

`env`, `expandenv` and `getHostByName` do not exist: Argo CD takes them away, too.
"""

from collections.abc import Mapping

from stackwright.kernel.gotemplate.functions import Callee
from stackwright.kernel.gotemplate.sprig.cases import CASES
from stackwright.kernel.gotemplate.sprig.certificates import CERTIFICATES
from stackwright.kernel.gotemplate.sprig.dates import DATES
from stackwright.kernel.gotemplate.sprig.encoding import ENCODING
from stackwright.kernel.gotemplate.sprig.lists import LISTS
from stackwright.kernel.gotemplate.sprig.maps import MAPS
from stackwright.kernel.gotemplate.sprig.numbers import NUMBERS
from stackwright.kernel.gotemplate.sprig.paths import PATHS
from stackwright.kernel.gotemplate.sprig.patterns import PATTERNS
from stackwright.kernel.gotemplate.sprig.secrets import SECRETS
from stackwright.kernel.gotemplate.sprig.texts import TEXTS
from stackwright.kernel.gotemplate.sprig.types import TYPES
from stackwright.kernel.gotemplate.sprig.urls import URLS
from stackwright.kernel.gotemplate.sprig.versions import VERSIONS

SPRIG: Mapping[str, Callee] = {
    **CASES, **CERTIFICATES, **DATES, **ENCODING, **LISTS, **MAPS, **NUMBERS, **PATHS, **PATTERNS, **SECRETS, **TEXTS, **TYPES, **URLS,
    **VERSIONS,
}  # fmt: skip
