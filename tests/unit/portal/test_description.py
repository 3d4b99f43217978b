"""The API's description names what the API answers."""

from stackwright.portal.rest import describe
from stackwright.portal.rest.api import routes


def test_every_route_is_described_once() -> None:
    found = describe("/argocd")
    assert found["basePath"] == "/argocd"
    described = [(method, path) for path, methods in found["paths"].items() for method in methods]
    assert len(described) == len(routes())
    operations = [operation["operationId"] for methods in found["paths"].values() for operation in methods.values()]
    assert len(set(operations)) == len(operations)


def test_paths_name_their_parameters() -> None:
    operation = describe("")["paths"]["/api/v1/applications/{name}/sync"]["post"]
    assert [(parameter["name"], parameter["in"]) for parameter in operation["parameters"]] == [("name", "path"), ("body", "body")]
    assert "/api/v1/clusters/{server}" in describe("")["paths"]
