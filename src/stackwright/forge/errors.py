"""What the forge refuses, by the status its API answers with."""

from stackwright.kernel.errors import StackwrightError


class ForgeError(StackwrightError):
    code = "forge"
    status = 500


class Unauthenticated(ForgeError):
    code = "unauthenticated"
    status = 401


class NotAllowed(ForgeError):
    code = "not-allowed"
    status = 403


class NotFound(ForgeError):
    code = "not-found"
    status = 404


class AlreadyExists(ForgeError):
    code = "already-exists"
    status = 409


class Unprocessable(ForgeError):
    code = "unprocessable"
    status = 422
