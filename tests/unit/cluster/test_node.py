"""The life of simulated pods, step by step."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from stackwright.cluster.node.behaviour import behaviour_of, printed_by_command
from stackwright.cluster.node.drivers import Drivers, repository_of
from stackwright.cluster.node.lifecycle import World, play
from stackwright.cluster.node.usage import node_metrics, pod_metrics
from stackwright.cluster.nodes.lifecycle import kept_taints, stays_until
from stackwright.kernel.clock import rfc3339

NOW = datetime(2026, 1, 2, tzinfo=UTC)
WORLD = World("10.244.0.2", "127.0.0.1")


def pod(container: dict[str, Any] | None = None, notes: dict[str, str] | None = None, **spec: Any) -> dict[str, Any]:
    marks = {f"simulate.stackwright.dev/{key}": value for key, value in (notes or {}).items()}
    main = {"name": "main", "image": "example/app:1"} | (container or {})
    meta = {"name": "p", "namespace": "n", "uid": "u", "annotations": marks}
    return {"metadata": meta, "spec": {"containers": [main], "nodeName": "simulated"} | spec}


def after(obj: dict[str, Any], *seconds: float) -> tuple[dict[str, Any], list[str]]:
    """The status after looking at those moments, and the reasons of all events."""
    reasons: list[str] = []
    for second in (0.0, *seconds):
        played = play(obj, WORLD, NOW + timedelta(seconds=second))
        obj = {**obj, "status": dict(played.status)}
        reasons += [note.reason for note in played.notes]
    return obj["status"], reasons


def ready(status: dict[str, Any]) -> bool:
    return any(each["type"] == "Ready" and each["status"] == "True" for each in status["conditions"])


def test_a_pod_without_probes_is_ready_at_once() -> None:
    status, reasons = after(pod())
    assert (status["phase"], ready(status)) == ("Running", True)
    assert reasons == ["Pulled", "Created", "Started"]


def test_a_readiness_delay_is_waited_for() -> None:
    delayed = pod({"readinessProbe": {"initialDelaySeconds": 5, "httpGet": {}}})
    assert not ready(after(delayed, 4)[0])
    assert ready(after(delayed, 7)[0])


def test_a_job_like_pod_completes_with_its_command() -> None:
    done = pod({"command": ["sh", "-c", "echo hi; sleep 2; exit 3"]}, restartPolicy="Never")
    assert after(done, 1)[0]["phase"] == "Running"
    status = after(done, 3)[0]
    assert (status["phase"], status["containerStatuses"][0]["state"]["terminated"]["exitCode"]) == ("Failed", 3)


def test_a_crashing_pod_restarts_soon_and_then_backs_off() -> None:
    crashing = pod(notes={"behavior": "crash-loop", "run-duration": "1s"})
    status, reasons = after(crashing, 1, 2, 3)
    container = status["containerStatuses"][0]
    assert container["state"]["waiting"]["reason"] == "CrashLoopBackOff"
    assert container["restartCount"] == 1
    assert "BackOff" in reasons


def test_an_image_that_cannot_be_pulled_keeps_the_pod_pending() -> None:
    status, reasons = after(pod(notes={"behavior": "image-pull-error"}), 2)
    assert (status["phase"], status["containerStatuses"][0]["state"]["waiting"]["reason"]) == ("Pending", "ImagePullBackOff")
    assert reasons[:3] == ["Pulling", "Failed", "Failed"]


def test_a_deadline_ends_a_pod() -> None:
    status = after(pod(activeDeadlineSeconds=10), 11)[0]
    assert (status["phase"], status["reason"]) == ("Failed", "DeadlineExceeded")


def test_a_container_has_what_it_asks_for_and_a_debugger_may_join() -> None:
    resources = {"requests": {"cpu": "1"}, "limits": {"cpu": "2"}}
    status = after(pod({"resources": resources}, ephemeralContainers=[{"name": "debug", "image": "busybox"}]))[0]
    [main], [debugger] = status["containerStatuses"], status["ephemeralContainerStatuses"]
    assert (main["resources"], main["allocatedResources"]) == (resources, {"cpu": "1"})
    assert "running" in debugger["state"]


def test_init_containers_run_one_after_the_other() -> None:
    init = [{"name": name, "image": "i", "command": ["sleep", "2"]} for name in ("one", "two")]
    status = after(pod(initContainers=init), 1)[0]
    assert (status["phase"], status["initContainerStatuses"][1]["state"]) == ("Pending", {"waiting": {"reason": "PodInitializing"}})
    assert after(pod(initContainers=init), 2.5, 5)[0]["phase"] == "Running"


@pytest.mark.parametrize(
    ("command", "ending", "code", "run"),
    [(["true"], "exit", 0, 0.0), (["false"], "exit", 1, 0.0), (["/bin/sleep", "5"], "exit", 0, 5.0), (["nginx", "-g"], "never", 0, 0.5)],
)
def test_plain_commands_are_taken_at_their_word(command: list[str], ending: str, code: int, run: float) -> None:
    subject = pod({"command": command})
    found = behaviour_of(subject, subject["spec"]["containers"][0])
    assert (found.ending, found.exit_code, found.run) == (ending, code, run)


def test_what_echo_would_print_is_known_unless_a_shell_must_work_it_out() -> None:
    assert printed_by_command({"command": ["sh", "-c", "echo 'a b'; echo $HOME; echo c"]}) == ("a b", "c")


@pytest.mark.parametrize(
    ("image", "repository"),
    [("nginx", "nginx"), ("docker.io/library/nginx:1.2@sha256:ab", "nginx"), ("quay.io:443/a/b:v1", "quay.io:443/a/b")],
)
def test_the_repository_of_an_image(image: str, repository: str) -> None:
    assert repository_of(image) == repository


def test_an_image_is_substituted_only_where_the_service_is_there() -> None:
    assert Drivers(frozenset({"argocd"})).service_of("quay.io/argoproj/argocd:v3.1.0") == "argocd"
    assert Drivers().service_of("quay.io/argoproj/argocd:v3.1.0") is None


def test_metrics_follow_requests() -> None:
    asking = pod({"resources": {"requests": {"cpu": "250m", "memory": "64Mi"}}})
    running = {**asking, "status": after(asking)[0]}
    assert pod_metrics(running, NOW)["containers"] == [{"name": "main", "usage": {"cpu": "250m", "memory": "65536Ki"}}]
    found = node_metrics({"metadata": {"name": "simulated"}}, [running, running], NOW)
    assert found["usage"] == {"cpu": "500m", "memory": "131072Ki"}


CORDONED = {"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}
NOT_READY = {"key": "node.kubernetes.io/not-ready", "effect": "NoSchedule"}
OTHER = {"key": "gpu", "effect": "NoSchedule"}


@pytest.mark.parametrize(
    ("spec", "conditions", "keys"),
    [
        ({"unschedulable": True}, {}, [CORDONED]),
        ({"unschedulable": True, "taints": [CORDONED]}, {}, None),
        ({"taints": [CORDONED, OTHER]}, {}, [OTHER]),
        ({"taints": [NOT_READY]}, {}, None),
        ({"taints": [NOT_READY, OTHER]}, {"Ready": "True"}, [OTHER]),
        ({}, {"Ready": "False"}, [NOT_READY]),
        ({}, {"Ready": "True", "DiskPressure": "True"}, [{"key": "node.kubernetes.io/disk-pressure", "effect": "NoSchedule"}]),
    ],
)
def test_taints_follow_cordons_and_conditions(spec: dict[str, Any], conditions: dict[str, str], keys: Any) -> None:
    node = {"spec": spec, "status": {"conditions": [{"type": type, "status": status} for type, status in conditions.items()]}}
    found = kept_taints(node, rfc3339(NOW))
    assert (None if found is None else [{key: each[key] for key in ("key", "effect")} for each in found]) == keys


def test_tolerations_hold_a_pod_on_a_tainted_node_for_their_time() -> None:
    node = {"spec": {"taints": [{"key": "x", "effect": "NoExecute", "timeAdded": rfc3339(NOW)}]}}
    for_a_while = [{"key": "x", "operator": "Exists", "tolerationSeconds": 30}]
    assert stays_until(pod(), node, NOW) == NOW
    assert stays_until(pod(tolerations=for_a_while), node, NOW) == NOW + timedelta(seconds=30)
    assert stays_until(pod(tolerations=[{"operator": "Exists"}]), node, NOW) is None
