"""Values with methods, as Go's templates and expressions see them."""

from typing import Any, ClassVar


class UnknownMember(Exception):
    """A value has neither a field nor a method of that name."""


class GoObject:
    """Shape: `type_name` as `%T` prints it; `str()` as `%v` does."""

    __slots__ = ()
    type_name: ClassVar[str] = ""
    kind: ClassVar[str] = "struct"

    def member(self, name: str) -> Any:
        """A field's value, or a method to be called. Raises UnknownMember."""
        raise UnknownMember(name)

    def plain(self) -> Any:
        """What JSON is made of."""
        return str(self)
