"""Going over from client-side to server-side apply."""

from typing import Any

from stackwright.gitops.sync.ownership import KUBECTL, handed_over


def entry(manager: str, operation: str, fields: Any, time: str = "2026-01-01T00:00:00Z", **more: str) -> dict[str, Any]:
    return {"manager": manager, "operation": operation, "apiVersion": "v1", "time": time, "fieldsV1": fields, **more}


DATA_A, DATA_B = {"f:data": {"f:a": {}}}, {"f:data": {"f:b": {}}, "f:metadata": {"f:labels": {"f:x": {}}}}


def test_what_was_written_on_the_clients_side_is_applied_from_now_on() -> None:
    entries = [entry(KUBECTL, "Update", DATA_A), entry("us", "Update", DATA_B, "2026-02-01T00:00:00Z"), entry("other", "Update", {})]
    both = {"f:data": {"f:a": {}, "f:b": {}}, "f:metadata": {"f:labels": {"f:x": {}}}}
    assert handed_over(entries, "us") == [entry("us", "Apply", both, "2026-02-01T00:00:00Z"), entries[2]]


def test_it_joins_what_is_applied_already() -> None:
    entries = [entry("us", "Apply", DATA_A), entry(KUBECTL, "Update", DATA_B)]
    found = handed_over(entries, "us")
    assert found is not None
    assert [(item["manager"], item["operation"], sorted(item["fieldsV1"]["f:data"])) for item in found] == [("us", "Apply", ["f:a", "f:b"])]


def test_a_status_stays_with_who_wrote_it_and_others_keep_theirs() -> None:
    assert (
        handed_over([entry("us", "Update", {}, subresource="status"), entry("us", "Apply", {}), entry("other", "Update", {})], "us") is None
    )
