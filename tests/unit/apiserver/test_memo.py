from stackwright.apiserver.memo import Memo


def test_bytes_are_made_once_and_those_not_asked_for_longest_go() -> None:
    memo, made = Memo(limit_bytes=400), []

    def make(name: str) -> bytes:
        made.append(name)
        return name.encode() * 100

    for name in "abcda":
        assert memo.once(name, lambda name=name: make(name)) == name.encode() * 100
    assert made == ["a", "b", "c", "d"]
    memo.once("e", lambda: make("e"))
    assert memo.get("b") is None and memo.get("a") is not None


def test_what_would_push_out_most_others_is_not_kept() -> None:
    memo = Memo(limit_bytes=400)
    assert memo.once("large", lambda: b"x" * 101) == b"x" * 101
    assert memo.get("large") is None
