"""Why no Applications can be made of a set."""

from stackwright.kernel.errors import BadInput


class GeneratorError(BadInput):
    """A generator gives no parameters: it is written wrongly, or what it asks cannot answer."""

    code = "generator-failed"


class NotThere(GeneratorError):
    """A git host does not have what it was asked for, or does not show it to us."""

    code = "not-there"


class RenderError(BadInput):
    """The template cannot be rendered with a parameter set."""

    code = "template-failed"
