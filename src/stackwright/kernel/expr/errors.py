"""Why an expression has no value."""

from stackwright.kernel.errors import BadInput


class ExprError(BadInput):
    """It cannot be read, or not be evaluated with what it was given."""

    code = "expression"
