"""The API's description names what the API answers, in words that a validator takes."""

import re
from typing import Any

from openapi_spec_validator import OpenAPIV2SpecValidator

from stackwright.kernel import json
from stackwright.portal.rest import describe
from stackwright.portal.rest.api import routes
from stackwright.portal.rest.kinds import KINDS
from stackwright.portal.rest.messages import MESSAGES


def test_the_description_is_valid_openapi() -> None:
    document = json.loads(json.dumps(describe("/argocd")))
    assert list(OpenAPIV2SpecValidator(document).iter_errors()) == []


def test_every_route_is_described_and_everything_described_is_a_route() -> None:
    found = describe("/argocd")
    assert found["basePath"] == "/argocd"
    described = {(method, path) for path, methods in found["paths"].items() for method in methods}
    served = {(each.method.lower(), "/api/v1" + each.path.replace("...", "")) for each in routes()}
    assert described == served | {("get", "/api/version")}
    assert len(served) == len(routes())
    operations = [operation["operationId"] for methods in found["paths"].values() for operation in methods.values()]
    assert len(set(operations)) == len(operations)


def test_no_message_is_described_for_nothing() -> None:
    asked = {each.answers for each in routes()} | {each.body for each in routes()} | {"runtimeError"}
    whole = str([MESSAGES, KINDS])
    unused = {name for name in {**MESSAGES, **KINDS} if name not in asked and len(re.findall(rf"\b{name}\b", whole)) < 2}
    assert unused == set()


def test_paths_name_their_parameters() -> None:
    operation = describe("")["paths"]["/api/v1/applications/{name}/sync"]["post"]
    named = [(parameter["name"], parameter["in"]) for parameter in operation["parameters"]]
    assert named == [("name", "path"), ("body", "body"), ("appNamespace", "query"), ("project", "query")]
    assert "/api/v1/clusters/{server}" in describe("")["paths"]


def test_applications_are_described_field_by_field() -> None:
    found: dict[str, Any] = describe("")["definitions"]
    source = found["v1alpha1ApplicationSource"]["properties"]
    assert (source["repoURL"]["type"], source["helm"]["properties"]["valueFiles"]["type"]) == ("string", "array")
    assert found["v1alpha1Application"]["properties"]["spec"] == {"$ref": "#/definitions/v1alpha1ApplicationSpec"}


ARGO_CD = """
GET account|GET account/can-i/x/x/x|PUT account/password|GET account/x|POST account/x/token|DELETE account/x/token/x
GET applications|POST applications|GET applications/x/server-side-diff|PUT applications/x|GET applications/x/managed-resources
GET applications/x/resource-tree|DELETE applications/x|GET applications/x|PATCH applications/x|GET applications/x/events
GET applications/x/links|GET applications/x/logs|GET applications/x/manifests|DELETE applications/x/operation|GET applications/x/pods/x/logs
DELETE applications/x/resource|GET applications/x/resource|POST applications/x/resource|GET applications/x/resource/actions
POST applications/x/resource/actions|POST applications/x/resource/actions/v2|GET applications/x/resource/links
GET applications/x/revisions/x/chartdetails|GET applications/x/revisions/x/metadata|GET applications/x/revisions/x/ocimetadata
POST applications/x/rollback|PUT applications/x/spec|POST applications/x/sync|GET applications/x/syncwindows|GET stream/applications
GET stream/applications/x/resource-tree|GET applicationsets|POST applicationsets|POST applicationsets/generate|DELETE applicationsets/x
GET applicationsets/x|GET applicationsets/x/events|GET applicationsets/x/resource-tree|GET stream/applicationsets|DELETE certificates
GET certificates|POST certificates|GET clusters|POST clusters|DELETE clusters/x|GET clusters/x|PUT clusters/x
POST clusters/x/invalidate-cache|POST clusters/x/rotate-auth|DELETE gpgkeys|GET gpgkeys|POST gpgkeys|GET gpgkeys/x
GET notifications/services|GET notifications/templates|GET notifications/triggers
GET projects|POST projects|DELETE projects/x|GET projects/x
GET projects/x/detailed|GET projects/x/events|GET projects/x/globalprojects
GET projects/x/links|GET projects/x/syncwindows|PUT projects/x
POST projects/x/roles/x/token|DELETE projects/x/roles/x/token/x|GET repocreds|POST repocreds|PUT repocreds/x|DELETE repocreds/x
GET write-repocreds|POST write-repocreds|PUT write-repocreds/x|DELETE write-repocreds/x|GET repositories|POST repositories
PUT repositories/x|DELETE repositories/x|GET repositories/x
GET repositories/x/apps|GET repositories/x/helmcharts|GET repositories/x/oci-tags
GET repositories/x/refs|POST repositories/x/validate|POST repositories/x/appdetails|GET write-repositories|POST write-repositories
PUT write-repositories/x|DELETE write-repositories/x|GET write-repositories/x|POST write-repositories/x/validate|DELETE session|POST session
GET session/userinfo|GET settings|GET settings/plugins
"""


def test_every_operation_of_argo_cd_is_there_but_one() -> None:
    """The one left out takes files as a stream of messages, which no client of the REST API sends."""
    ours = {f"{each.method} {re.sub(r'{[^}]+}', 'x', each.path)[1:]}" for each in routes()}
    theirs = set(ARGO_CD.strip().replace("\n", "|").split("|"))
    assert len(theirs) == 104
    assert (theirs - ours, ours - theirs) == (set(), set())
