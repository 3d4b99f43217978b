"""Which platform `stackwright kubectl` speaks to, and what it leaves to kubectl."""

import pytest

from stackwright.cli.platform import _name_of


@pytest.mark.parametrize(
    ("given", "name", "rest"),
    [
        (["get", "pods"], "localdev", ["get", "pods"]),
        (["--name", "tour", "get", "pods"], "tour", ["get", "pods"]),
        (["--name=tour", "get", "pods"], "tour", ["get", "pods"]),
        (["--name", "tour", "--", "--kubeconfig", "x"], "tour", ["--kubeconfig", "x"]),
        (["exec", "pod", "--", "env"], "localdev", ["exec", "pod", "--", "env"]),
        (["create", "secret", "--name", "x"], "localdev", ["create", "secret", "--name", "x"]),
        (["--name"], "localdev", ["--name"]),
        ([], "localdev", []),
    ],
)
def test_only_a_name_before_kubectls_own_arguments_is_ours(given: list[str], name: str, rest: list[str]) -> None:
    assert _name_of(tuple(given)) == (name, rest)
