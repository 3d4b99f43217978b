"""Git hosts over real sockets, each in the words of its own API."""

import base64
import json
import ssl
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from git_host import Asked, Rerouted, git_host, table

from stackwright.adapters.certificates import CertificateAuthority
from stackwright.adapters.json_web import JsonWeb
from stackwright.gitops.appset.errors import GeneratorError
from stackwright.gitops.appset.generators import Inquiry, parameter_sets
from stackwright.gitops.appset.hosts.app_tokens import AppTokens
from stackwright.gitops.appset.templates import templating_of
from stackwright.gitops.ports import SourceError
from stackwright.kernel.clock import ManualClock
from stackwright.kernel.sigv4 import Keys, signed

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
SHA = "0123456789abcdef0123456789abcdef01234567"
TOKEN = {"secretName": "token", "key": "key"}


class Objects:
    def __init__(self, kind: str = "", configs: Mapping[str, Mapping[str, str]] | None = None) -> None:
        self._kind, self._configs = kind, configs or {}

    async def secret(self, namespace: str, name: str) -> Mapping[str, str] | None:
        return {"key": "s3cret\n"} if name == "token" else None

    async def secret_type(self, namespace: str, name: str) -> str:
        return self._kind

    async def config(self, namespace: str, name: str) -> Mapping[str, str] | None:
        return self._configs.get(name)

    async def listed(self, *_args: Any) -> list[Mapping[str, Any]]:
        return []


@pytest.fixture
async def web() -> AsyncIterator[JsonWeb]:
    found = JsonWeb()
    yield found
    await found.aclose()


def inquiry(web: Any, **further: Any) -> Inquiry:
    objects = further.pop("objects", Objects())
    return Inquiry("set", "argocd", templating_of({"goTemplate": True}), None, web, objects, now=NOW, **further)  # type: ignore[arg-type]


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


# -- Azure DevOps ------------------------------------------------------------------------------------------------------

_AZURE = "/org/team one/_apis/git"
AZURE_PULL = {
    "repository": {"name": "shop"}, "pullRequestId": 12, "title": "Colours", "sourceRefName": "refs/heads/feat/x",
    "targetRefName": "refs/heads/main", "lastMergeSourceCommit": {"commitId": SHA}, "createdBy": {"uniqueName": "me@example.com"},
    "labels": [{"name": "preview"}],
}  # fmt: skip


async def test_pull_requests_of_azure_devops(web: JsonWeb) -> None:
    asked = f"GET {_AZURE}/pullrequests?searchCriteria.status=active&$top=100&$skip=0&api-version=7.1"
    others = [{**AZURE_PULL, "repository": {"name": "other"}}, {**AZURE_PULL, "labels": []}, {**AZURE_PULL, "lastMergeSourceCommit": None}]
    with git_host(table({asked: {"count": 4, "value": [AZURE_PULL, *others]}})) as host:
        spec = {
            "azuredevops": {
                "api": host.url, "organization": "org", "project": "team one", "repo": "shop", "labels": ["preview"], "tokenRef": TOKEN,
            },
            "filters": [{"titleMatch": "^Col", "branchMatch": "^feat/"}],
        }  # fmt: skip
        [found] = await parameter_sets({"pullRequest": spec}, inquiry(web))
    assert host.headers("authorization") == {basic("", "s3cret")}
    assert found == {
        "number": "12", "title": "Colours", "branch": "feat/x", "branch_slug": "feat-x", "target_branch": "main",
        "target_branch_slug": "main", "head_sha": SHA, "head_short_sha": SHA[:8], "head_short_sha_7": SHA[:7], "author": "me",
        "labels": ["preview"],
    }  # fmt: skip


async def test_a_project_that_is_not_there_gives_nothing_where_that_is_allowed(web: JsonWeb) -> None:
    message = "TF200016: The following project does not exist: team one. Verify that the name of the project is correct."
    with git_host(table({}, (404, {"typeKey": "ProjectDoesNotExistWithNameException", "message": message}))) as host:
        spec = {"azuredevops": {"api": host.url, "organization": "org", "project": "team one", "repo": "shop"}}
        with pytest.raises(GeneratorError, match="does not exist"):
            await parameter_sets({"pullRequest": spec}, inquiry(web))
        assert await parameter_sets({"pullRequest": {**spec, "continueOnRepoNotFoundError": True}}, inquiry(web)) == []


async def test_repositories_of_azure_devops(web: JsonWeb) -> None:
    place = f"{_AZURE}/repositories/id-1"
    item = {"name": "shop", "id": "id-1", "remoteUrl": "https://org@dev.azure.com/org/team/_git/shop", "defaultBranch": "refs/heads/main"}
    missing = (404, {"typeKey": "GitItemNotFoundException", "message": "TF401174"})
    version = "versionDescriptor.version=main&versionDescriptor.versionType=branch&$format=json&api-version=7.1"
    answers = {
        f"GET {_AZURE}/repositories?api-version=7.1": {"value": [item, {**item, "name": "empty", "defaultBranch": None}]},
        f"GET {place}/stats/branches?name=main&api-version=7.1": {"name": "main", "commit": {"commitId": SHA}},
        f"GET {place}/stats/branches?api-version=7.1": {"value": [{"name": name, "commit": {"commitId": SHA}} for name in ("main", "dev")]},
        f"GET {place}/items?path=/chart/Chart.yaml&{version}": {"path": "/chart/Chart.yaml"},
    }
    with git_host(table(answers, missing)) as host:
        given = {"api": host.url + "/", "organization": "org", "teamProject": "team one", "accessTokenRef": TOKEN}
        filters = [{"repositoryMatch": "shop"}, {"pathsExist": ["chart/Chart.yaml"], "pathsDoNotExist": ["gone"]}]
        [found] = await parameter_sets({"scmProvider": {"azureDevOps": given, "filters": filters}}, inquiry(web))
        every = await parameter_sets({"scmProvider": {"azureDevOps": {**given, "allBranches": True}}}, inquiry(web))
    assert (found["organization"], found["repository"], found["repository_id"], found["url"]) == ("org", "shop", "id-1", item["remoteUrl"])
    assert (found["branch"], found["sha"], [one["branch"] for one in every]) == ("main", SHA, ["main", "dev"])


# -- Bitbucket Cloud ---------------------------------------------------------------------------------------------------


async def test_pull_requests_of_bitbucket_cloud(web: JsonWeb) -> None:
    def pull(number: int) -> dict[str, Any]:
        return {
            "id": number, "title": "T", "author": {"nickname": "me"}, "destination": {"branch": {"name": "main"}},
            "source": {"branch": {"name": f"b{number}"}, "commit": {"hash": SHA[:12]}},
        }  # fmt: skip

    path = "GET /2.0/repositories/org/shop/pullrequests?state=OPEN&pagelen=50"
    answers = {
        f"{path}&page=1": {"values": [pull(1)], "next": "https://elsewhere.example.com/steal?token"},
        f"{path}&page=2": {"values": [pull(2)]},
    }
    with git_host(table(answers)) as host:
        given = {"api": f"{host.url}/2.0", "owner": "org", "repo": "shop"}
        found = await parameter_sets({"pullRequest": {"bitbucket": {**given, "bearerToken": {"tokenRef": TOKEN}}}}, inquiry(web))
        login = {"basicAuth": {"username": "u", "passwordRef": TOKEN}}
        filters = {"filters": [{"branchMatch": "2$"}]}
        [second] = await parameter_sets({"pullRequest": {"bitbucket": {**given, **login}, **filters}}, inquiry(web))
        gone = {"bitbucket": {**given, "repo": "gone"}, "continueOnRepoNotFoundError": True}
        assert await parameter_sets({"pullRequest": gone}, inquiry(web)) == []
    assert [one["number"] for one in found] == ["1", "2"]
    assert (second["branch"], second["target_branch"], second["head_sha"], second["author"]) == ("b2", "main", SHA[:12], "me")
    assert host.headers("authorization") == {"Bearer s3cret", basic("u", "s3cret"), ""}


async def test_repositories_of_bitbucket_cloud(web: JsonWeb) -> None:
    clone = [{"name": "https", "href": "https://bitbucket.org/org/shop.git"}, {"name": "ssh", "href": "git@bitbucket.org:org/shop.git"}]
    item = {"slug": "shop", "uuid": "{1}", "mainbranch": {"name": "main"}, "links": {"clone": clone}}
    answers = {
        "GET /2.0/repositories/org?role=member&pagelen=50&page=1": {"values": [item]},
        "GET /2.0/repositories/org/shop/refs/branches/main": {"name": "main", "target": {"hash": SHA}},
        f"GET /2.0/repositories/org/shop/src/{SHA}/chart?format=meta": {"path": "chart"},
    }
    with git_host(table(answers)) as host:
        there = Rerouted(web, host.url)
        given = {"owner": "org", "user": "me", "appPasswordRef": TOKEN}
        spec = {"bitbucket": given, "filters": [{"pathsExist": ["chart/"], "pathsDoNotExist": ["old"]}]}
        [found] = await parameter_sets({"scmProvider": spec}, inquiry(there))
        [https] = await parameter_sets({"scmProvider": {"bitbucket": given, "cloneProtocol": "https"}}, inquiry(there))
        with pytest.raises(GeneratorError, match="unknown clone protocol for Bitbucket cloud ftp"):
            await parameter_sets({"scmProvider": {"bitbucket": given, "cloneProtocol": "ftp"}}, inquiry(there))
    assert host.headers("x-meant-for") == {"api.bitbucket.org"}
    assert host.headers("authorization") == {basic("me", "s3cret")}
    assert (found["url"], https["url"]) == (clone[1]["href"], clone[0]["href"])
    assert (found["repository"], found["repository_id"], found["sha"], found["labels"]) == ("shop", "{1}", SHA, "")


# -- Bitbucket Server --------------------------------------------------------------------------------------------------


async def test_pull_requests_of_bitbucket_server(web: JsonWeb) -> None:
    def pull(number: int) -> dict[str, Any]:
        ref = {"id": "refs/heads/x", "displayId": f"x{number}", "latestCommit": SHA}
        return {"id": number, "title": "T", "fromRef": ref, "toRef": {"displayId": "main"}, "author": {"user": {"name": "me"}}}

    path = "GET /rest/api/1.0/projects/PRO/repos/shop/pull-requests?limit=100"
    answers = {
        path: {"values": [pull(1)], "isLastPage": False, "nextPageStart": 100},
        f"{path}&start=100": {"values": [pull(2)], "isLastPage": True, "nextPageStart": None},
    }
    with git_host(table(answers)) as host:
        given = {"api": host.url, "project": "PRO", "repo": "shop", "basicAuth": {"username": "u", "passwordRef": TOKEN}}
        found = await parameter_sets({"pullRequest": {"bitbucketServer": given}}, inquiry(web))
    assert [(one["number"], one["branch"], one["target_branch"], one["head_sha"], one["author"]) for one in found] == [
        ("1", "x1", "main", SHA, "me"),
        ("2", "x2", "main", SHA, "me"),
    ]
    assert (host.headers("authorization"), host.headers("x-atlassian-token")) == ({basic("u", "s3cret")}, {"no-check"})


async def test_repositories_of_bitbucket_server(web: JsonWeb) -> None:
    clone = [{"name": "http", "href": "https://git/scm/pro/shop.git"}, {"name": "ssh", "href": "ssh://git@git:7999/pro/shop.git"}]
    item = {"id": 3, "name": "shop", "project": {"key": "PRO"}, "links": {"clone": clone}}
    place = "/rest/api/1.0/projects/PRO/repos"
    branch = {"displayId": "main", "latestCommit": SHA}
    answers = {
        f"GET {place}?limit=100": {"values": [item, {**item, "name": "empty"}, {**item, "name": "unborn"}], "isLastPage": True},
        f"GET {place}/shop/branches/default": branch,
        f"GET {place}/unborn/branches/default": (204, None),
        f"GET {place}/shop/branches?limit=100": {"values": [branch, {**branch, "displayId": "dev"}], "isLastPage": True},
        f"GET {place}/shop/browse/chart?at=main&limit=100&type=true": {"type": "DIRECTORY"},
    }
    with git_host(table(answers)) as host:
        given = {"api": f"{host.url}/rest/", "project": "PRO", "bearerToken": {"tokenRef": TOKEN}}
        spec = {"bitbucketServer": {**given, "allBranches": True}, "filters": [{"branchMatch": "main", "pathsExist": ["chart"]}]}
        [found] = await parameter_sets({"scmProvider": spec}, inquiry(web))
        [plain] = await parameter_sets({"scmProvider": {"bitbucketServer": given, "cloneProtocol": "https"}}, inquiry(web))
        with pytest.raises(GeneratorError, match="unknown clone protocol for Bitbucket Server git"):
            await parameter_sets({"scmProvider": {"bitbucketServer": given, "cloneProtocol": "git"}}, inquiry(web))
    assert (found["branch"], found["sha"], found["url"], plain["url"]) == ("main", SHA, clone[1]["href"], clone[0]["href"])
    assert host.headers("authorization") == {"Bearer s3cret"}


# -- AWS CodeCommit ----------------------------------------------------------------------------------------------------

AWS = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "eu-west-1"}


class Aws:
    """Believes only what is signed as it should be."""

    def __init__(self) -> None:
        self.targets: list[str] = []

    def __call__(self, asked: Asked) -> tuple[int, Any]:
        meant = asked.headers["x-meant-for"]
        service = meant.partition(".")[0]
        keys = Keys("TEMP", "temp-secret", "session") if "x-amz-security-token" in asked.headers else Keys("AKIDEXAMPLE", "secret")
        sent = {name: asked.headers[name] for name in ("content-type", "x-amz-target", "accept") if name in asked.headers}
        if service != "sts":
            sent.pop("accept", None)
        wanted = signed("POST", f"https://{meant}/", sent, asked.body, keys, "eu-west-1", service, NOW)
        if asked.headers["authorization"] != wanted["authorization"]:
            return 403, {"__type": "InvalidSignatureException", "message": "not believed"}
        if service == "sts":
            given = {"AccessKeyId": "TEMP", "SecretAccessKey": "temp-secret", "SessionToken": "session"}
            return 200, {"AssumeRoleResponse": {"AssumeRoleResult": {"Credentials": given}}}
        target = asked.headers["x-amz-target"]
        self.targets.append(target.partition(".")[2])
        return self._answer(target.partition(".")[2], json.loads(asked.body))

    def _answer(self, action: str, body: dict[str, Any]) -> tuple[int, Any]:
        match action:
            case "ListRepositories":
                more = body.get("nextToken") == "more"
                names = ["empty"] if more else ["shop"]
                return 200, {"repositories": [{"repositoryName": name} for name in names], **({} if more else {"nextToken": "more"})}
            case "GetResources":
                assert body["TagFilters"] == [{"Key": "team", "Values": ["a", "b"]}, {"Key": "live"}]
                return 200, {"ResourceTagMappingList": [{"ResourceARN": "arn:aws:codecommit:eu-west-1:123456789012:shop"}]}
            case "GetRepository":
                branch = {"defaultBranch": "main"} if body["repositoryName"] == "shop" else {}
                host = "git-codecommit.eu-west-1.amazonaws.com/v1/repos/shop"
                urls = {"cloneUrlHttp": f"https://{host}", "cloneUrlSsh": f"ssh://{host}"}
                return 200, {"repositoryMetadata": {"accountId": "1", "repositoryId": "id", "repositoryName": "shop", **urls, **branch}}
            case "ListBranches":
                return 200, {"branches": ["main", "dev"]}
            case "GetFolder" if body["folderPath"] == "/charts":
                return 200, {"files": [{"relativePath": "Chart.yaml", "absolutePath": "charts/Chart.yaml"}], "subFolders": []}
        return 400, {"__type": "com.amazonaws.codecommit#FolderDoesNotExistException", "message": "no"}


async def test_repositories_of_codecommit(web: JsonWeb) -> None:
    aws = Aws()
    with git_host(aws) as host:
        there = inquiry(Rerouted(web, host.url), environment=AWS)
        filters = [{"pathsExist": ["charts/Chart.yaml"], "pathsDoNotExist": ["gone/x"]}]
        [found] = await parameter_sets({"scmProvider": {"awsCodeCommit": {}, "filters": filters}}, there)
        assert (found["organization"], found["repository"], found["branch"], found["sha"]) == ("1", "shop", "main", "")
        assert found["url"] == "ssh://git-codecommit.eu-west-1.amazonaws.com/v1/repos/shop"
        tags = [{"key": "team", "value": "a"}, {"key": "team", "value": "b"}, {"key": "live"}]
        given = {"role": "arn:aws:iam::1:role/reader", "tagFilters": tags, "allBranches": True}
        every = await parameter_sets({"scmProvider": {"awsCodeCommit": given, "cloneProtocol": "https-fips"}}, there)
        assert [one["branch"] for one in every] == ["main", "dev"]
        assert every[0]["url"] == "https://git-codecommit-fips.eu-west-1.amazonaws.com/v1/repos/shop"
        wrong = replace(there, environment={**AWS, "AWS_SECRET_ACCESS_KEY": "other"})
        with pytest.raises(GeneratorError, match="InvalidSignatureException: not believed"):
            await parameter_sets({"scmProvider": {"awsCodeCommit": {}}}, wrong)
    assert host.headers("x-meant-for") == {f"{one}.eu-west-1.amazonaws.com" for one in ("codecommit", "tagging", "sts")}
    with pytest.raises(GeneratorError, match="expected AWS_ACCESS_KEY_ID"):
        await parameter_sets({"scmProvider": {"awsCodeCommit": {}}}, inquiry(web))


# -- GitHub Apps -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def pem(key: rsa.RSAPrivateKey) -> str:
    form = serialization.PrivateFormat.TraditionalOpenSSL
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()


def claims_of(header: str, key: rsa.RSAPrivateKey) -> dict[str, Any]:
    """Raises InvalidSignature."""
    head, body, signature = header.removeprefix("Bearer ").split(".")

    def plain(part: str) -> bytes:
        return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))

    key.public_key().verify(plain(signature), f"{head}.{body}".encode(), padding.PKCS1v15(), hashes.SHA256())
    return dict(json.loads(plain(body)))


@pytest.mark.parametrize("installation", ["77", ""])
async def test_a_github_app_is_given_a_token_and_keeps_it_while_it_is_good(web: JsonWeb, key: rsa.RSAPrivateKey, installation: str) -> None:
    pull = {"number": 4, "title": "T", "head": {"ref": "b", "sha": SHA}, "base": {"ref": "main"}, "user": {"login": "me"}, "labels": []}
    answers = {
        "GET /api/v3/app/installations?per_page=100": [{"id": 5, "account": {"login": "x"}}, {"id": 77, "account": {"login": "Org"}}],
        "POST /api/v3/app/installations/77/access_tokens": (201, {"token": "ghs_1", "expires_at": "2026-05-01T13:00:00Z"}),
        "GET /api/v3/repos/org/shop/pulls?state=open&page=1&per_page=50": [pull],
    }
    clock = ManualClock(NOW)
    with git_host(table(answers)) as host:
        fields = {"githubAppID": "42", "githubAppInstallationID": installation, "githubAppPrivateKey": pem(key)}
        secret = {"metadata": {"name": "app"}, "data": fields}
        there = inquiry(web, credentials=(secret,), app_tokens=AppTokens(web, clock))
        spec = {"pullRequest": {"github": {"api": host.url, "owner": "org", "repo": "shop", "appSecretName": "app"}}}
        for _ in range(2):
            assert [one["number"] for one in await parameter_sets(spec, there)] == ["4"]
        tokens = [one for one in host.asked if one.path.endswith("access_tokens")]
        assert len(tokens) == 1
        told = claims_of(tokens[0].headers["authorization"], key)
        assert (told["iss"], told["iat"], told["exp"] - told["iat"]) == ("42", int(NOW.timestamp()) - 60, 600)
        clock.advance(3600)
        await parameter_sets(spec, there)
        assert len([one for one in host.asked if one.path.endswith("access_tokens")]) == 2
    assert [one.headers["authorization"] for one in host.asked if "/pulls" in one.path] == ["Bearer ghs_1"] * 3


async def test_an_app_whose_secret_is_wrong_is_told_by_name(web: JsonWeb) -> None:
    spec = {"pullRequest": {"github": {"owner": "org", "repo": "shop", "appSecretName": "app"}}}
    tokens = AppTokens(web, ManualClock(NOW))
    with pytest.raises(GeneratorError, match='secrets "app"'):
        await parameter_sets(spec, inquiry(web, app_tokens=tokens))
    secret = {"metadata": {"name": "app"}, "data": {"githubAppID": "42", "githubAppPrivateKey": "no key"}}
    with pytest.raises(GeneratorError, match="app: githubAppPrivateKey"):
        await parameter_sets(spec, inquiry(web, credentials=(secret,), app_tokens=tokens))


# -- trust -------------------------------------------------------------------------------------------------------------


async def test_a_host_with_its_own_certificate_is_trusted_by_reference_or_blindly(web: JsonWeb, tmp_path: Path) -> None:
    authority = CertificateAuthority(tmp_path, datetime.now(UTC))
    certificate, private = authority.server_files(("127.0.0.1",))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, private)
    objects = Objects(configs={"ca": {"ca.crt": authority.certificate}})
    with git_host(table({"GET /api/v4/projects/1/merge_requests?page=1&per_page=50": []}), context) as host:

        async def ask(**further: Any) -> Any:
            given = {"gitlab": {"api": host.url, "project": "1", **further}}
            return await parameter_sets({"pullRequest": given}, inquiry(web, objects=objects))

        with pytest.raises(SourceError, match="certificate"):
            await ask()
        assert await ask(caRef={"configMapName": "ca", "key": "ca.crt"}) == []
        assert await ask(insecure=True) == []
        with pytest.raises(GeneratorError, match='error fetching CA certificates from ConfigMap: configmaps "other" not found'):
            await ask(caRef={"configMapName": "other", "key": "x"})


async def test_in_strict_mode_only_secrets_for_git_hosts_are_read(web: JsonWeb) -> None:
    settings = {"applicationsetcontroller.enable.tokenref.strict.mode": "true"}
    spec = {"pullRequest": {"gitea": {"api": "http://127.0.0.1:9", "owner": "o", "repo": "r", "tokenRef": TOKEN}}}
    with pytest.raises(GeneratorError, match="secret argocd/token is not a valid SCM creds secret"):
        await parameter_sets(spec, inquiry(web, settings=settings))
    with pytest.raises(SourceError):
        await parameter_sets(spec, inquiry(web, settings=settings, objects=Objects("scm-creds")))


async def test_a_host_that_fails_is_no_host_without_branches(web: JsonWeb) -> None:
    """An error taken for an empty repository would delete its Applications."""
    item = {"id": 1, "name": "shop", "owner": {"login": "org"}, "default_branch": "main", "ssh_url": "git@x:shop"}
    answers = {"GET /api/v3/orgs/org/repos?page=1&per_page=50": [item]}
    with git_host(table(answers, (500, {"message": "down"}))) as host, pytest.raises(GeneratorError, match="500: down"):
        await parameter_sets({"scmProvider": {"github": {"api": host.url, "organization": "org"}}}, inquiry(web))
