"""JSON that is kept takes no more room than its text."""

import tracemalloc

from stackwright.kernel import json


def test_what_is_kept_is_the_same_text_without_its_writing_room() -> None:
    value = {"a": ["x" * 10] * 60}
    assert json.dumps_to_keep(value) == json.dumps(value)
    tracemalloc.start()
    try:
        kept = [json.dumps_to_keep(value) for _ in range(200)]
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held < 2 * sum(map(len, kept))
