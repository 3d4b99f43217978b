"""POST of what is only ever asked: reviews of access and tokens, requests of tokens.

Source: k8s.io/apiserver pkg/endpoints/handlers/create.go, for storage that creates nothing.
"""

from stackwright.api.meta import Object
from stackwright.apiserver.answers import answer
from stackwright.apiserver.auth.ports import Answerer, Question
from stackwright.apiserver.body import decode_object
from stackwright.apiserver.decoding import read_object
from stackwright.apiserver.writeoptions import check_options
from stackwright.apiserver.writing import Write
from stackwright.kernel.http import Response


async def ask(write: Write, answerer: Answerer) -> Response:
    """Raises StatusError."""
    check_options(write.request, "CreateOptions")
    writer, target, chain = write.writer(), write.target, write.parts.chain
    asked = write.attributes("CREATE", _decoded(write), None)
    with asked.held:
        admitted = await chain.mutate(asked)
        warnings = [*asked.warnings, *await chain.validate(admitted)]
        question = Question(admitted.object or {}, write.user, target.namespace, target.name, writer.manager, writer.now)
        return answer(await answerer.answer(question), 201, warnings)


def _decoded(write: Write) -> Object:
    """A subresource's body is of another kind than its resource."""
    if write.target.subresource:
        return decode_object(write.request)
    return read_object(write.request, write.target.kind, write.parts.registry).object
