"""Names and functions that expressions may use, and the programs that come of them."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from cel_expr_python import cel
from cel_expr_python.ext import ext_bindings, ext_encoders, ext_math, ext_optional

from stackwright.kernel.cel import optionals, wording
from stackwright.kernel.cel.errors import CompileError, EvaluationError
from stackwright.kernel.cel.library import Declared, declarations
from stackwright.kernel.cel.spelling import spelled
from stackwright.kernel.cel.tree import Tree, decode
from stackwright.kernel.clock import rfc3339

DYN, BOOL, STRING, INT = "dyn", "bool", "string", "int"
_LONGEST = 64 * 1024
_REMEMBERED = 2000
_EXTENSIONS = "extensions:\n- name: two-var-comprehensions\n"
"""Those that have no module of their own."""
_NAMES = (
    ("bool", cel.Type.BOOL), ("string", cel.Type.STRING), ("int", cel.Type.INT), ("double", cel.Type.DOUBLE), ("dyn", cel.Type.DYN),
)  # fmt: skip


class Program:
    """A compiled expression. Shape: `text` as the evaluator was given it; positions in `tree` are of that."""

    __slots__ = ("_expression", "_names", "_tree", "text")

    def __init__(self, text: str, expression: cel.Expression, names: frozenset[str]) -> None:
        self.text = text
        self._expression = expression
        self._names = names
        self._tree: Tree | None = None

    @property
    def result(self) -> str:
        """The type of the result: bool, string, int, double, dyn, or the evaluator's name of another one."""
        type = self._expression.return_type()
        return next((name for name, known in _NAMES if known == type), type.name().lower())

    @property
    def tree(self) -> Tree:
        if self._tree is None:
            self._tree = decode(self._expression.serialize())
        return self._tree

    def evaluate(self, variables: Mapping[str, Any]) -> Any:
        """The result as JSON value; variables that are not given are null. Raises EvaluationError."""
        data = {name: variables.get(name) for name in self._names}
        try:
            found = self._expression.eval(data=data)
            if found.type() == cel.Type.ERROR:
                raise _failed(_error_of(found))
            return _json(found.plain_value())
        except RuntimeError as error:
            raise _failed(str(error)) from error


class Environment:
    """Compiles expressions over variables. Programs are remembered.

    Shape: `functions` are further ones besides Kubernetes' own; a type is dyn, bool, int, double, string, bytes, timestamp, duration,
    `list<…>` or `map<string, …>`.
    """

    def __init__(self, variables: Mapping[str, str], functions: Sequence[Declared] = ()) -> None:
        self._names = frozenset(variables)
        extensions = [
            ext_optional.ExtOptional(),
            ext_bindings.ExtBindings(),
            ext_encoders.ExtEncoders(),
            ext_math.ExtMath(),
        ]
        self._environment = cel.NewEnv(
            config=cel.NewEnvConfigFromYaml(_EXTENSIONS),
            variables={name: cel.Type(type) for name, type in variables.items()},
            extensions=extensions,
            functions=declarations(functions),
        )
        self.compile = lru_cache(maxsize=_REMEMBERED)(self._compile)

    def _compile(self, expression: str) -> Program:
        """Raises CompileError."""
        if len(expression) > _LONGEST:
            raise CompileError(f"expression code point size exceeds limit: size: {len(expression)}, limit {_LONGEST}")
        try:
            spoken = spelled(expression)
            program = Program(spoken, self._environment.compile(spoken), self._names)
            _refuse_kept_optionals(program)
        except RuntimeError as error:
            raise CompileError(wording.issues(str(error))) from error
        return program


def _refuse_kept_optionals(program: Program) -> None:
    """Raises CompileError."""
    try:
        kept = optionals.kept(program.tree)
    except ValueError as error:
        raise CompileError(f"ERROR: <input>:1:1: {error}") from error
    if kept is not None:
        column = program.tree.positions.get(kept.id, 0) + 1
        hint = "write ?key: value in a map, ?value in a list, or take what it holds with orValue()"
        raise CompileError(f"ERROR: <input>:1:{column}: an optional cannot be kept in a list, a map or a dyn; {hint}")


def _failed(text: str) -> EvaluationError:
    if "budget exceeded" in text:
        return EvaluationError("operation cancelled: actual cost limit exceeded", exhausted=True)
    return EvaluationError(wording.failure(text))


def _error_of(found: Any) -> str:
    """An optional is told as an error too, but one without a text."""
    try:
        return str(found.value())
    except TypeError:
        return "the result is an optional; expected a plain value, as orValue() gives one"


def _json(value: Any) -> Any:
    match value:
        case Mapping():
            return {str(key): _json(item) for key, item in value.items()}
        case list():
            return [_json(item) for item in value]
        case datetime():
            return rfc3339(value)
        case timedelta():
            return f"{value.total_seconds():g}s"
        case bytes() | bytearray():
            return value.decode(errors="replace")
        case _:
            return value
