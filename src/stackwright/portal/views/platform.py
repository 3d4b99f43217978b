"""Packages, and the own account."""

from stackwright.api.status import StatusError
from stackwright.client.kinds import CUSTOM_PACKAGES, GIT_REPOSITORIES
from stackwright.kernel.errors import BadInput
from stackwright.kernel.http import Response
from stackwright.portal.accounts import password_entries
from stackwright.portal.pages import platform as pages
from stackwright.portal.site import Site, Visit, view


@view("GET", "/packages")
async def packages(site: Site, visit: Visit) -> Response:
    site.access.require(visit.session, "repositories", "get", "*")
    found, repositories = await site.ports.client.list(CUSTOM_PACKAGES), await site.ports.client.list(GIT_REPOSITORIES)
    return site.live(
        visit, "Packages", '<div class="head"><h1>Packages</h1></div>', pages.packages(found, repositories, site.prefix), "/live"
    )


@view("GET", "/account")
async def account(site: Site, visit: Visit) -> Response:
    return _account(site, visit, (), "")


@view("POST", "/account")
async def change_password(site: Site, visit: Visit) -> Response:
    """Every session of the account is over afterwards, also this one."""
    own = site.ports.accounts().get(visit.session.account)
    if own is None or not own.accepts(visit.form.get("currentPassword", "")):
        return _account(site, visit, ["Current password: it is not this one."], "")
    try:
        entries = password_entries(own.name, visit.form.get("newPassword", ""), site.ports.sessions.now)
        await site.ports.save_secret(entries)
    except (BadInput, StatusError) as error:
        return _account(site, visit, [error.message], "")
    return site.redirect("/login")


def _account(site: Site, visit: Visit, told: list[str] | tuple[str, ...], done: str) -> Response:
    own = site.ports.accounts().get(visit.session.account)
    body = pages.account(own, visit.session.username, told, done, visit.session, f"{site.prefix}/account")
    return site.answer(visit, "Account", body, 422 if told else 200)
