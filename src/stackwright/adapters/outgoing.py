"""Sends notifications: over HTTP, by mail, and as marks on commits of our own forge."""

import asyncio
import smtplib
import ssl
from collections.abc import Callable
from email.message import EmailMessage
from urllib.parse import urlsplit

import httpx

from stackwright.adapters.conversations import SlackThreads, post_to_rocket_chat
from stackwright.gitops.notifications.ports import Undelivered
from stackwright.gitops.notifications.types import AnyOf, Call, CommitStatus, Mail, Outgoing, RocketMessage, SlackThread
from stackwright.kernel import json

TIMEOUT_SECONDS = 10.0
MAX_ANSWER_BYTES = 64 * 1024
_TLS_PORT = 465
_AGAIN = frozenset((408, 425, 429))
Authorities = Callable[[str], str | None]
MarkCommit = Callable[[CommitStatus], bool]
"""Marks a commit of our own forge; False when the repository or the commit is not there."""


class OutgoingSender:
    """Implements gitops.notifications.ports.Sender.

    Shape: `authorities` gives the PEM certificates to trust for a host besides the usual ones. Neither URLs nor answers are told in
    errors: both may hold secrets.
    """

    def __init__(self, mark_commit: MarkCommit, authorities: Authorities = lambda _host: None) -> None:
        self._mark_commit = mark_commit
        self._authorities = authorities
        self._threads = SlackThreads(self._call)

    async def send(self, outgoing: Outgoing) -> None:
        match outgoing:
            case Call():
                await self._call(outgoing, read=outgoing.expects_ok)
            case AnyOf():
                await self._any(outgoing)
            case SlackThread():
                await self._threads.send(outgoing)
            case RocketMessage():
                await post_to_rocket_chat(outgoing, self._call)
            case Mail():
                await asyncio.to_thread(self._mail, outgoing)
            case CommitStatus():
                if not self._mark_commit(outgoing):
                    raise Undelivered(f"our forge has no commit {outgoing.sha[:12]} of {outgoing.repository}", transient=False)

    async def _any(self, several: AnyOf) -> None:
        """Raises Undelivered when nobody takes it; trying again may help when it may with one of them."""
        results = await asyncio.gather(*(self._call(call, read=False) for call in several.calls), return_exceptions=True)
        refusals = [result for result in results if isinstance(result, BaseException)]
        for refusal in refusals:
            if not isinstance(refusal, Undelivered):
                raise refusal
        if len(refusals) == len(results):
            transient = any(refusal.transient for refusal in refusals if isinstance(refusal, Undelivered))
            raise Undelivered("; ".join(str(refusal) for refusal in refusals) or "there is nobody to tell", transient=transient)

    async def _call(self, call: Call, *, read: bool = True) -> bytes:
        """The answer, if it is read. Redirects are not followed: a token is not carried to another host."""
        parts = urlsplit(call.url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise Undelivered("the service's address is no http or https URL", transient=False)
        verify: ssl.SSLContext | bool = False if call.insecure else self._context(parts.hostname)
        try:
            async with (
                asyncio.timeout(call.timeout_seconds),
                httpx.AsyncClient(verify=verify, timeout=call.timeout_seconds, follow_redirects=False) as client,
                client.stream(call.method, call.url, headers=dict(call.headers), content=call.body) as response,
            ):
                _check(response.status_code, parts.hostname)
                body = await _beginning(response) if read else b""
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
            raise Undelivered(f"{parts.hostname} did not answer: {type(error).__name__}") from error
        if call.expects_ok:
            _check_ok(body)
        return body

    def _context(self, host: str) -> ssl.SSLContext:
        context = ssl.create_default_context()
        further = self._authorities(host)
        if further:
            context.load_verify_locations(cadata=further)
        return context

    def _mail(self, mail: Mail) -> None:
        """In a thread of its own."""
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = mail.sender, ", ".join(mail.recipients), mail.subject
        message.set_content(mail.body, subtype="html" if mail.html else "plain")
        context = ssl.create_default_context() if mail.insecure is False else ssl._create_unverified_context()  # noqa: S323 asked for
        try:
            with self._connected(mail, context) as server:
                if mail.username:
                    server.login(mail.username, mail.password)
                server.send_message(message)
        except smtplib.SMTPResponseException as error:
            raise Undelivered(f"{mail.host} refuses the mail with code {error.smtp_code}", transient=error.smtp_code < 500) from error
        except (smtplib.SMTPException, OSError) as error:
            raise Undelivered(f"{mail.host} takes no mail: {type(error).__name__}") from error

    @staticmethod
    def _connected(mail: Mail, context: ssl.SSLContext) -> smtplib.SMTP:
        """Whoever logs in does so over TLS only."""
        if mail.port == _TLS_PORT:
            return smtplib.SMTP_SSL(mail.host, mail.port, timeout=TIMEOUT_SECONDS, context=context)
        server = smtplib.SMTP(mail.host, mail.port, timeout=TIMEOUT_SECONDS)
        server.ehlo()
        if server.has_extn("starttls"):
            server.starttls(context=context)
            server.ehlo()
        elif mail.username:
            server.close()
            raise Undelivered(f"{mail.host} offers no TLS, and a password is not sent without", transient=False)
        return server


def _check(status: int, host: str) -> None:
    """Raises Undelivered."""
    if status >= 300:
        raise Undelivered(f"{host} answers with {status}", transient=status >= 500 or status in _AGAIN)


def _check_ok(body: bytes) -> None:
    try:
        found = json.loads(body)
    except json.JSONDecodeError as error:
        raise Undelivered("the answer is not JSON", transient=False) from error
    if not isinstance(found, dict) or found.get("ok") is not True:
        problem = str(found.get("error") or "no reason given")[:100] if isinstance(found, dict) else "no reason given"
        raise Undelivered(f"refused: {problem}", transient=problem in ("ratelimited", "internal_error", "service_unavailable"))


async def _beginning(response: httpx.Response) -> bytes:
    found = bytearray()
    async for piece in response.aiter_bytes():
        found += piece
        if len(found) > MAX_ANSWER_BYTES:
            raise Undelivered("the answer is too long", transient=False)
    return bytes(found)
