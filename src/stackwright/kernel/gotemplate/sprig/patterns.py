"""Regular expressions: sprig's names for Go's."""

from collections.abc import Callable, Mapping
from typing import Any

from stackwright.kernel import regex
from stackwright.kernel.gotemplate.errors import CallError
from stackwright.kernel.gotemplate.functions import MAX_ITEMS, Callee
from stackwright.kernel.gotemplate.values import Strings


def _found(pattern: str, text: str) -> str:
    return next((match[0] for match in regex.found(pattern, text, 1)), "")


def _all_found(pattern: str, text: str, count: int) -> list[str]:
    return Strings(match[0] for match in regex.found(pattern, text, MAX_ITEMS if count < 0 else count))


def _replaced_literally(pattern: str, text: str, plain: str) -> str:
    return regex.replaced(pattern, text, plain, literal=True)


def _split(pattern: str, text: str, count: int) -> list[str]:
    return Strings(regex.split(pattern, text, count))


def _must(call: Callable[..., Any]) -> Callable[..., Any]:
    def tried(*given: Any) -> Any:
        try:
            return call(*given)
        except regex.RegexError as error:
            raise CallError(error.message) from error

    return tried


def _trusting(call: Callable[..., Any]) -> Callable[..., Any]:
    """Those that have no error to give panic over a pattern that cannot be read, as Go's MustCompile."""

    def tried(pattern: str, *given: Any) -> Any:
        try:
            return call(pattern, *given)
        except regex.RegexError as error:
            raise CallError(f"regexp: Compile(`{pattern}`): {error.message}") from error

    return tried


def _lenient_match(pattern: str, text: str) -> bool:
    try:
        return regex.matches(pattern, text)
    except regex.RegexError:
        return False


_PLAIN: Mapping[str, tuple[str, Callable[..., Any]]] = {
    "regexFind": ("ss", _found),
    "regexFindAll": ("ssi", _all_found),
    "regexMatch": ("ss", regex.matches),
    "regexReplaceAll": ("sss", regex.replaced),
    "regexReplaceAllLiteral": ("sss", _replaced_literally),
    "regexSplit": ("ssi", _split),
}

PATTERNS: Mapping[str, Callee] = {
    **{name: Callee(signature, _trusting(call)) for name, (signature, call) in _PLAIN.items()},
    **{f"mustR{name[1:]}": Callee(signature, _must(call)) for name, (signature, call) in _PLAIN.items()},
    "regexMatch": Callee("ss", _lenient_match),
    "regexQuoteMeta": Callee("s", regex.quoted),
}
