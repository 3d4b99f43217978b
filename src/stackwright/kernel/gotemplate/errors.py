"""Why a template could not be read or run."""

from stackwright.kernel.errors import BadInput


class TemplateError(BadInput):
    """The message names the place as Go does: `template: base:1:7: …`."""

    code = "bad-template"


class CallError(Exception):
    """A function refuses its arguments; the message is told at the place of the call."""
