"""Kinds that a client makes up: the name of an API package is a file's name with us."""

import pytest

from stackwright.apiserver.builtin import schemas
from stackwright.store.schema import ANY


@pytest.mark.parametrize("version", ["v1" * 300, "../definitions/io.k8s.api.core.v1", "v1\0", "{'a': 1}"])
def test_a_version_that_there_is_not_has_no_kinds(version: str) -> None:
    assert schemas.definitions(schemas.package_of("", version)) == {}
    assert schemas.named(f"{schemas.package_of('', version)}.Pod") is ANY


def test_a_version_that_there_is_has_its_kinds() -> None:
    assert "Pod" in schemas.definitions(schemas.package_of("", "v1"))
    assert schemas.schema_of("", "v1", "Pod").properties["spec"].properties["nodeName"].type == "string"
