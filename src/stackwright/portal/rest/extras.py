"""Certificates of repositories, keys of signatures, and what notifications are made of."""

from collections.abc import Iterable

from stackwright.client.kinds import CONFIG_MAPS
from stackwright.gitops.notifications.settings import parse_settings
from stackwright.kernel.http import Response
from stackwright.portal import certificates
from stackwright.portal.rest.api import Call, Refused, RestApi, answer, route

_CERTIFICATES = "v1alpha1RepositoryCertificateList"
_CERTIFICATE_QUERY = "hostNamePattern certType certSubType"
_TLS, _KEYS, _NOTIFICATIONS = "argocd-tls-certs-cm", "argocd-gpg-keys-cm", "argocd-notifications-cm"
_SIGNATURES = "signatures of commits are not verified here, so no key would be used"


async def _entries(api: RestApi, name: str) -> dict[str, str]:
    found = await api.ports.client.find(CONFIG_MAPS, name, api.ports.namespace) or {}
    return dict(found.get("data") or {})


# -- certificates --------------------------------------------------------------------------------------------------


@route("GET", "/certificates", _CERTIFICATES, query=_CERTIFICATE_QUERY)
async def list_certificates(api: RestApi, call: Call) -> Response:
    """Of servers that repositories are fetched from, besides those that the system trusts."""
    found = certificates.chosen(await _entries(api, _TLS), *(call.param(name) for name in _CERTIFICATE_QUERY.split()))
    visible = [item for item in found if api.access.may(call.session, "certificates", "get", item.server)]
    return answer({"metadata": {}, "items": [certificates.shown(item) for item in visible]})


@route("POST", "/certificates", _CERTIFICATES, body=_CERTIFICATES, query="upsert")
async def create_certificates(api: RestApi, call: Call) -> Response:
    wanted = certificates.parse(call.body.get("items") or ())
    for server in wanted:
        api.require(call, "certificates", "create", server)
    known = await _entries(api, _TLS)
    different = [server for server, text in wanted.items() if server in known and known[server].strip() != text.strip()]
    if different and call.param("upsert") != "true":
        raise Refused(400, f"certificate for {different[0]} already exists and upsert was not specified")
    for server in different:
        api.require(call, "certificates", "update", server)
    await api.ports.client.patch(CONFIG_MAPS, _TLS, api.ports.namespace, {"data": wanted})
    return answer({"metadata": {}, "items": [certificates.shown(item) for item in certificates.chosen(wanted, "", "", "")]})


@route("DELETE", "/certificates", _CERTIFICATES, query=_CERTIFICATE_QUERY)
async def delete_certificates(api: RestApi, call: Call) -> Response:
    found = certificates.chosen(await _entries(api, _TLS), *(call.param(name) for name in _CERTIFICATE_QUERY.split()))
    if not call.param("hostNamePattern"):
        raise Refused(400, "hostNamePattern: expected which certificates to delete")
    for item in found:
        api.require(call, "certificates", "delete", item.server)
    if found:
        await api.ports.client.patch(CONFIG_MAPS, _TLS, api.ports.namespace, {"data": dict.fromkeys(item.server for item in found)})
    return answer({"metadata": {}, "items": [certificates.shown(item) for item in found]})


# -- keys of signatures --------------------------------------------------------------------------------------------


@route("GET", "/gpgkeys", "v1alpha1GnuPGPublicKeyList", query="keyID")
async def list_keys(api: RestApi, call: Call) -> Response:
    """Those that argocd-gpg-keys-cm holds."""
    found = {id: text for id, text in (await _entries(api, _KEYS)).items() if call.param("keyID") in ("", id)}
    visible = [id for id in sorted(found) if api.access.may(call.session, "gpgkeys", "get", id)]
    return answer({"metadata": {}, "items": [{"keyID": id, "keyData": found[id]} for id in visible]})


@route("GET", "/gpgkeys/{id}", "v1alpha1GnuPGPublicKey")
async def key(api: RestApi, call: Call) -> Response:
    id = call.parts["id"]
    api.require(call, "gpgkeys", "get", id)
    found = await _entries(api, _KEYS)
    if id not in found:
        raise Refused(404, f"No such key: {id}")
    return answer({"keyID": id, "keyData": found[id]})


@route("POST", "/gpgkeys", "gpgkeyGnuPGPublicKeyCreateResponse", body="v1alpha1GnuPGPublicKey", query="upsert")
async def create_key(api: RestApi, call: Call) -> Response:
    api.require(call, "gpgkeys", "create", "")
    raise Refused(501, _SIGNATURES)


@route("DELETE", "/gpgkeys", "gpgkeyGnuPGPublicKeyResponse", query="keyID")
async def delete_key(api: RestApi, call: Call) -> Response:
    id = call.param("keyID")
    api.require(call, "gpgkeys", "delete", id)
    if id not in await _entries(api, _KEYS):
        raise Refused(404, f"No such key: {id}")
    await api.ports.client.patch(CONFIG_MAPS, _KEYS, api.ports.namespace, {"data": {id: None}})
    return answer({})


# -- notifications -------------------------------------------------------------------------------------------------


@route("GET", "/notifications/services", "notificationServiceList")
async def services(api: RestApi, call: Call) -> Response:
    return _named(parse_settings(await _entries(api, _NOTIFICATIONS), {}).services)


@route("GET", "/notifications/triggers", "notificationTriggerList")
async def triggers(api: RestApi, call: Call) -> Response:
    return _named(parse_settings(await _entries(api, _NOTIFICATIONS), {}).triggers)


@route("GET", "/notifications/templates", "notificationTemplateList")
async def templates(api: RestApi, call: Call) -> Response:
    return _named(parse_settings(await _entries(api, _NOTIFICATIONS), {}).templates)


def _named(names: Iterable[str]) -> Response:
    return answer({"items": [{"name": name} for name in sorted(names)]})
