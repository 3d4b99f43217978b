"""Go's text/template over JSON values, with the functions of sprig.

- `parse(text, functions)` reads a template; `Template.render(value)` runs it.
- `as_go(value)` turns what was read from JSON or YAML into what Go would have: whole numbers become floats.

Bounded in length, depth, steps and output, and in calls that compute for a while. Functions that reach out of the template
(environment, network) are left out.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stackwright.kernel.gotemplate.errors import CallError, TemplateError
from stackwright.kernel.gotemplate.execute import Missing, Run
from stackwright.kernel.gotemplate.functions import BUILT_IN, LAZY, Callee, Functions
from stackwright.kernel.gotemplate.parser import Templates
from stackwright.kernel.gotemplate.parser import parse as _parse
from stackwright.kernel.gotemplate.sprig import SPRIG

__all__ = ["CallError", "Callee", "Functions", "Missing", "Template", "TemplateError", "as_go", "parse", "takes_a_while"]


@dataclass(frozen=True)
class Template:
    """A template that was read."""

    name: str
    source: str
    templates: Templates
    functions: Functions

    def render(self, value: Any, missing: Missing = "default") -> str:
        """`missing` is what a map's missing key gives, as the option of that name. Raises TemplateError."""
        return Run(self.name, self.source, self.templates, self.functions, missing).execute(value)


def parse(source: str, functions: Functions | None = None, *, name: str = "base") -> Template:
    """`functions` come on top of Go's and sprig's. Raises TemplateError."""
    known = {**BUILT_IN, **SPRIG, **(functions or {})}
    return Template(name, source, _parse(source, name, {*known, *LAZY}), known)


_COSTLY = re.compile("|".join(sorted(name for name, callee in SPRIG.items() if callee.costs)))


def takes_a_while(source: str) -> bool:
    """Whether a template may call functions that compute for a while: those that make keys and hash passwords."""
    return _COSTLY.search(source) is not None


def as_go(value: Any) -> Any:
    """A copy in which every whole number is a float, as Go's JSON gives it."""
    match value:
        case bool():
            return value
        case int():
            return float(value)
        case Mapping():
            return {str(key): as_go(item) for key, item in value.items()}
        case list() | tuple():
            return [as_go(item) for item in value]
        case _:
            return value
