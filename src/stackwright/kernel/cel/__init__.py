"""The Common Expression Language as Kubernetes speaks it, with the functions that Kubernetes adds.

    environment = Environment({"self": DYN, "oldSelf": DYN})
    program = environment.compile("self.max >= quantity('1Gi').asInteger()")    # Raises CompileError
    program.evaluate({"self": {...}, "oldSelf": None})                         # a JSON value; raises EvaluationError

Programs are remembered by their text. Errors are worded as cel-go words them: `no such key: x`, `no such overload`.
`Program.result` is the declared type of the result (`bool`, `string`, …, or `dyn` when only evaluation tells), `Program.tree` the checked
expression as values, for cost estimates and field checks. An evaluation that loops too long ends as EvaluationError with `exhausted`.

Values with a type of Kubernetes' own (quantities, addresses, versions, URLs) travel as marked maps: compare them, but do not index them.

Source: https://github.com/google/cel-spec; k8s.io/apiserver pkg/cel/library.
"""

from stackwright.kernel.cel.environment import BOOL, DYN, INT, STRING, Environment, Program
from stackwright.kernel.cel.errors import CompileError, EvaluationError

__all__ = ["BOOL", "DYN", "INT", "STRING", "CompileError", "Environment", "EvaluationError", "Program"]
