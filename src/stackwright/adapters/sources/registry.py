"""OCI registries: tags, manifests and blobs over the distribution protocol, with token authentication."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode, urljoin, urlsplit

from stackwright.adapters.sources.credentials import Access
from stackwright.adapters.sources.git_remote import Authorities
from stackwright.adapters.sources.problems import RenderProblem
from stackwright.adapters.sources.web import Answer, Web
from stackwright.kernel import digest, json

MAX_BLOB_BYTES = 128 * 1024 * 1024
MAX_DOCUMENT_BYTES = 8 * 1024 * 1024
MAX_PAGES = 100
CHART_LAYER = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"
_LAYERS = (CHART_LAYER, "application/vnd.oci.image.layer.v1.tar", "application/vnd.oci.image.layer.v1.tar+gzip")
_MANIFESTS = "application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json"
_CHALLENGE = re.compile(r'(\w+)="([^"]*)"')
_NEXT = re.compile(r'<([^>]+)>;\s*rel="?next"?')


class Registry:
    """One repository of one registry."""

    def __init__(self, address: str, access: Access, authorities: Authorities) -> None:
        host, _, self._name = address.removeprefix("oci://").rstrip("/").partition("/")
        host = "registry-1.docker.io" if host in ("docker.io", "index.docker.io") else host
        self._root = f"{'http' if access.plain_http else 'https'}://{host}"
        self._access = access
        self._web = Web(access, authorities, self._root)
        self._token = ""

    async def tags(self) -> list[str]:
        """Every tag. Raises RenderProblem."""
        found: list[str] = []
        url = f"{self._root}/v2/{self._name}/tags/list?n=1000"
        for _ in range(MAX_PAGES):
            answer = await self._get(url, limit=MAX_DOCUMENT_BYTES)
            found += _document(answer).get("tags") or []
            following = _NEXT.search(answer.headers.get("link", ""))
            if following is None:
                break
            url = urljoin(url, following[1])
        return found

    async def manifest(self, reference: str) -> tuple[str, Mapping[str, Any]]:
        """The digest and the content of a manifest. Raises RenderProblem."""
        url = f"{self._root}/v2/{self._name}/manifests/{quote(reference, safe=':')}"
        answer = await self._get(url, limit=MAX_DOCUMENT_BYTES, accept=_MANIFESTS)
        found = f"sha256:{digest.sha256(answer.body)}"
        if reference.startswith("sha256:") and found != reference:
            raise RenderProblem(f"the manifest {reference} has the digest {found}")
        return found, _document(answer)

    async def layer(self, manifest: Mapping[str, Any]) -> tuple[bytes, str]:
        """The one layer with files, and its media type. Raises RenderProblem."""
        layers = [layer for layer in manifest.get("layers") or [] if layer.get("mediaType") in _LAYERS]
        if len(layers) != 1:
            raise RenderProblem(f"expected only a single oci layer, got {len(layers)}")
        wanted = str(layers[0]["digest"])
        answer = await self._get(f"{self._root}/v2/{self._name}/blobs/{quote(wanted, safe=':')}", limit=MAX_BLOB_BYTES)
        if f"sha256:{digest.sha256(answer.body)}" != wanted:
            raise RenderProblem(f"the blob {wanted} is damaged")
        return answer.body, str(layers[0]["mediaType"])

    async def _get(self, url: str, *, limit: int, accept: str = "*/*") -> Answer:
        answer = await self._web.get(url, limit=limit, headers=self._headers(accept))
        if answer.status == 401 and "bearer" in answer.headers.get("www-authenticate", "").lower():
            await self._authenticate(answer.headers["www-authenticate"])
            answer = await self._web.get(url, limit=limit, headers=self._headers(accept))
        if answer.status != 200:
            raise RenderProblem(f"GET {url}: response status code {answer.status}", transient=answer.status >= 500 or answer.status == 429)
        return answer

    def _headers(self, accept: str) -> dict[str, str]:
        return {"accept": accept, **({"authorization": f"Bearer {self._token}"} if self._token else {})}

    async def _authenticate(self, challenge: str) -> None:
        fields = dict(_CHALLENGE.findall(challenge))
        realm = fields.get("realm", "")
        if urlsplit(realm).scheme not in ("https", urlsplit(self._root).scheme):
            raise RenderProblem("the registry asks to authenticate over an unsafe connection")
        scope = fields.get("scope") or f"repository:{self._name}:pull"
        query = urlencode({"service": fields.get("service", ""), "scope": scope})
        answer = await self._web.get(f"{realm}?{query}", limit=MAX_DOCUMENT_BYTES, everywhere=True)
        if answer.status != 200:
            raise RenderProblem(f"the registry refused the login: response status code {answer.status}")
        body = _document(answer)
        self._token = str(body.get("token") or body.get("access_token") or "")


def _document(answer: Answer) -> Mapping[str, Any]:
    try:
        found = json.loads(answer.body)
    except json.JSONDecodeError as error:
        raise RenderProblem("the registry's answer is not JSON") from error
    if not isinstance(found, Mapping):
        raise RenderProblem("the registry's answer is no JSON object")
    return found
