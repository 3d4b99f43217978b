"""What goes wrong with expressions."""


class CompileError(Exception):
    """The expression cannot be read or its types do not fit. Shape: `str()` is cel-go's list of issues, `ERROR: <input>:1:5: …`."""


class EvaluationError(Exception):
    """The expression has no result. Shape: `str()` as cel-go words it; `exhausted` when it was stopped because it took too much."""

    def __init__(self, message: str, *, exhausted: bool = False) -> None:
        super().__init__(message)
        self.exhausted = exhausted
