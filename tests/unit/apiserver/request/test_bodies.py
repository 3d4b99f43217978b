"""What is read of a body, what is left out of it, and what is said about that."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from request_rig import CONFIG_MAPS, config_map

from stackwright.apiserver.gojson import syntax_error
from stackwright.kernel import json

DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (b"", "unexpected end of JSON input"),
        (b"{not", "invalid character 'n' looking for beginning of object key string"),
        (b'{"a":1,}', "invalid character '}' looking for beginning of object key string"),
        (b"[1 2]", "invalid character '2' after array element"),
        (b'{"a" 1}', "invalid character '1' after object key"),
        (b"nope", "invalid character 'o' in literal null (expecting 'u')"),
        (b'"a\nb"', "invalid character '\\n' in string literal"),
        (b'"\\q"', "invalid character 'q' in string escape code"),
        (b"1.x", "invalid character 'x' after decimal point in numeric literal"),
        (b"{} {}", "invalid character '{' after top-level value"),
    ],
)
def test_bad_json_is_told_as_go_tells_it(text: bytes, sentence: str) -> None:
    assert syntax_error(text) == sentence


@given(JSON)
@settings(deadline=None)
def test_what_is_json_is_never_called_bad(value: Any) -> None:
    assert syntax_error(json.dumps(value)) == ""


@given(st.binary(max_size=60))
@settings(deadline=None)
def test_whatever_the_bytes_the_scanner_ends_and_agrees_with_the_parser(data: bytes) -> None:
    try:
        json.loads(data)
    except json.JSONDecodeError:
        return  # Go reads some of what a strict parser refuses
    assert syntax_error(data) == ""


@pytest.mark.parametrize(
    ("spec", "sentence"),
    [
        ({"replicas": "x"}, "json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32"),
        ({"replicas": 1.5}, "json: cannot unmarshal number 1.5 into Go struct field DeploymentSpec.spec.replicas of type int32"),
        ({"selector": []}, "json: cannot unmarshal array into Go struct field DeploymentSpec.spec.selector of type v1.LabelSelector"),
        (
            {"template": {"spec": {"containers": [{"name": 1}]}}},
            "json: cannot unmarshal number into Go struct field Container.spec.template.spec.containers.name of type string",
        ),
        (
            {"template": {"spec": {"containers": [{"imagePullPolicy": True}]}}},
            "json: cannot unmarshal bool into Go struct field Container.spec.template.spec.containers.imagePullPolicy "
            "of type v1.PullPolicy",
        ),
    ],
)
async def test_a_value_of_the_wrong_type_is_told_with_its_go_field(rig: Any, spec: Any, sentence: str) -> None:
    told = await rig.json("POST", DEPLOYMENTS, {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"}, "spec": spec})
    assert told["message"] == f'Deployment in version "v1" cannot be handled as a Deployment: {sentence}'


async def test_unknown_fields_are_left_out_and_warned_of_unless_nobody_wants_to_know(rig: Any) -> None:
    body = config_map("a") | {"bogus": 1}
    warned = await rig.send("POST", CONFIG_MAPS, body)
    assert warned.headers["warning"] == '299 - "unknown field \\"bogus\\""'
    assert "bogus" not in json.loads(warned.body)
    ignored = await rig.send("POST", f"{CONFIG_MAPS}?fieldValidation=Ignore", body | {"metadata": {"name": "b"}})
    assert "warning" not in ignored.headers


async def test_strictness_refuses_unknown_and_repeated_fields_together(rig: Any) -> None:
    body = b'{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":{"k":"1","k":"2"},"x":1}'
    told = await rig.json("POST", f"{CONFIG_MAPS}?fieldValidation=Strict", body, content_type="application/json")
    assert told["message"].endswith('strict decoding error: duplicate field "data.k", unknown field "x"')


async def test_strictness_holds_for_patches(rig: Any) -> None:
    await rig.send("POST", CONFIG_MAPS, config_map("a"))
    path = f"{CONFIG_MAPS}/a?fieldValidation=Strict"
    merge = await rig.json("PATCH", path, {"bogus": 1}, content_type="application/merge-patch+json")
    assert (merge["code"], merge["message"].endswith('strict decoding error: unknown field "bogus"')) == (422, True)
    operation = [{"op": "add", "path": "/data", "value": {}, "odd": 1}]
    told = await rig.json("PATCH", path, operation, content_type="application/json-patch+json")
    assert told["message"].endswith('strict decoding error: json patch unknown field "[0].odd"')


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"apiVersion": "nosuch/v1", "kind": "Thing"}, 'no kind "Thing" is registered for version "nosuch/v1"'),
        ({"apiVersion": "v1", "kind": "Secret"}, "converting (v1.Secret) to (core.ConfigMap): unknown conversion"),
        ({"metadata": {"name": "a", "namespace": "other"}}, "the namespace of the provided object does not match"),
    ],
)
async def test_a_body_that_belongs_elsewhere_is_refused(rig: Any, body: Any, message: str) -> None:
    told = await rig.json("POST", CONFIG_MAPS, body)
    assert told["code"] == 400 and message in told["message"]


async def test_nesting_is_bounded(rig: Any) -> None:
    deep = b'{"apiVersion":"example.com/v1","kind":"Widget","metadata":{"name":"w"},"x":' + b"[" * 300 + b"]" * 300 + b"}"
    told = await rig.json("POST", "/apis/example.com/v1/namespaces/default/widgets", deep)
    assert told["code"] == 400 and "exceeded max depth" in told["message"]


async def test_typed_objects_are_written_as_their_go_types_would_be(rig: Any) -> None:
    template = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "main", "image": "x"}]}}
    spec = {"minReadySeconds": 0, "paused": False, "selector": {"matchLabels": {"a": "b"}}, "template": template}
    made = await rig.json("POST", DEPLOYMENTS, {"metadata": {"name": "d"}, "spec": spec})
    assert made["status"] == {} and "minReadySeconds" not in made["spec"] and "paused" not in made["spec"]
