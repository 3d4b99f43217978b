"""POST of what is only ever asked: reviews of access and tokens, requests of tokens.

Source: k8s.io/apiserver pkg/endpoints/handlers/create.go, for storage that creates nothing.
"""

from stackwright.apiserver.answers import answer
from stackwright.apiserver.auth.ports import Answerer, Question
from stackwright.apiserver.body import decode_object
from stackwright.apiserver.writeoptions import check_options
from stackwright.apiserver.writing import Write
from stackwright.kernel.http import Response


async def ask(write: Write, answerer: Answerer) -> Response:
    """Raises StatusError."""
    check_options(write.request, "CreateOptions")
    writer, target = write.writer(), write.target
    question = Question(decode_object(write.request), write.user, target.namespace, target.name, writer.manager, writer.now)
    return answer(await answerer.answer(question), 201)
