"""Why no Applications can be made of a set."""

from stackwright.kernel.errors import BadInput


class GeneratorError(BadInput):
    """A generator gives no parameters: it is written wrongly, or what it asks cannot answer."""

    code = "generator-failed"


class RenderError(BadInput):
    """The template cannot be rendered with a parameter set."""

    code = "template-failed"
