"""Actions in Lua, as argocd-cm defines them."""

from datetime import UTC, datetime
from typing import Any

import pytest

from stackwright.gitops.actions.discovery import actions_of, run_action
from stackwright.gitops.actions.types import ActionRefused
from stackwright.gitops.customizations import Customization, parse_customizations

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
DEPLOYMENT: dict[str, Any] = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "x", "annotations": {}},
    "spec": {"replicas": 1, "tolerations": [], "template": {"spec": {"containers": [{"name": "c", "env": []}]}}},
}
SCRIPTS = """
discovery.lua: |
  local actions = {}
  local params = {{["name"] = "by", ["default"] = "2"}}
  actions["louder"] = {["disabled"] = obj.spec.replicas > 5, ["displayName"] = "Louder", ["iconClass"] = "fa", ["params"] = params}
  actions["plain"] = {}
  return actions
definitions:
- name: louder
  action.lua: |
    local os = require("os")
    obj.spec.replicas = obj.spec.replicas * tonumber(actionParams["by"])
    obj.metadata.annotations["at"] = os.date("!%Y")
    return obj
- name: copy
  action.lua: |
    return {{operation = "create", resource = {apiVersion = "v1", kind = "ConfigMap", metadata = {name = obj.metadata.name}}}}
- name: odd
  action.lua: return {{operation = "remove", resource = {}}}
- name: silent
  action.lua: return "nothing"
- name: angry
  action.lua: error("not today", 0)
"""


def customised(text: str = SCRIPTS) -> tuple[Customization, ...]:
    return parse_customizations({"resource.customizations.actions.apps_Deployment": text})


def names(text: str) -> list[str]:
    return [action.name for action in actions_of(DEPLOYMENT, customised(text))]


def run(name: str, **parameters: str) -> Any:
    return run_action(name, DEPLOYMENT, parameters=parameters, now=NOW, customizations=customised())


def test_own_actions_stand_alone_unless_they_say_that_ours_stay() -> None:
    assert names(SCRIPTS) == ["louder", "plain"]
    assert names("mergeBuiltinActions: true\n" + SCRIPTS) == ["louder", "plain", "restart", "resume", "scale"]


def test_a_discovery_script_tells_all_about_its_actions() -> None:
    louder = actions_of(DEPLOYMENT, customised())[0]
    assert (louder.disabled, louder.display_name, louder.icon_class) == (False, "Louder", "fa")
    assert [(item.name, item.default) for item in louder.parameters] == [("by", "2")]


def test_a_script_changes_the_object_and_leaves_what_was_empty_as_it_was() -> None:
    [effect] = run("louder", by="3")
    assert effect.operation == "patch"
    assert effect.object["spec"] == {**DEPLOYMENT["spec"], "replicas": 3}
    assert len(effect.object["metadata"]["annotations"]["at"]) == 4


def test_a_script_creates_objects() -> None:
    [effect] = run("copy")
    assert (effect.operation, effect.object["kind"], effect.object["metadata"]) == ("create", "ConfigMap", {"name": "x"})


@pytest.mark.parametrize(
    ("name", "problem"),
    [("odd", "unsupported operation: remove"), ("silent", "expect table output from Lua script, not str"), ("angry", "not today")],
)
def test_a_script_that_goes_wrong_is_refused_in_its_own_words(name: str, problem: str) -> None:
    with pytest.raises(ActionRefused, match=problem):
        run(name)


def test_ours_are_run_where_the_operator_defined_no_other() -> None:
    [effect] = run("restart")
    assert "restartedAt" in str(effect.object)


def test_scripts_cannot_load_modules() -> None:
    script = "definitions: [{name: bad, action.lua: 'require(\"io\"); return obj'}]"
    with pytest.raises(ActionRefused, match="module io is not allowed"):
        run_action("bad", DEPLOYMENT, parameters={}, now=NOW, customizations=customised(script))


def test_settings_that_cannot_be_read_are_told() -> None:
    with pytest.raises(ActionRefused, match="cannot be read"):
        names("a: [")
