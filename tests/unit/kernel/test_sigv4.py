"""Signatures as AWS' own examples have them."""

from datetime import UTC, datetime

from stackwright.kernel.sigv4 import Keys, signed

KEYS = Keys("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
NOW = datetime(2015, 8, 30, 12, 36, tzinfo=UTC)


def signature(headers: dict[str, str]) -> str:
    return headers["authorization"].rpartition("Signature=")[2]


def test_the_simplest_request_of_the_test_suite() -> None:
    found = signed("GET", "https://example.amazonaws.com/", {}, b"", KEYS, "us-east-1", "service", NOW)
    assert signature(found) == "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"
    assert "Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, " in found["authorization"]


def test_a_query_is_signed_in_its_order() -> None:
    """The example of AWS' general reference: ListUsers of IAM."""
    url = "https://iam.amazonaws.com/?Version=2010-05-08&Action=ListUsers"
    headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
    found = signed("GET", url, headers, b"", KEYS, "us-east-1", "iam", NOW)
    assert signature(found) == "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"


def test_keys_do_not_show_themselves_and_a_session_is_told() -> None:
    keys = Keys("A", "very-secret", "session")
    assert "very-secret" not in repr(keys) and "session" not in repr(keys)
    assert signed("GET", "https://x/", {}, b"", keys, "r", "s", NOW)["x-amz-security-token"] == "session"
