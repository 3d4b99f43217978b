"""Request bodies of JSON. What was read can be written and read again."""

from fuzz.target import Target
from stackwright.apiserver.body import Unreadable, json_duplicates, parse_json
from stackwright.kernel import json


def _tries(data: bytes) -> None:
    json_duplicates(data)
    found = parse_json(data)
    assert json.loads(json.dumps(found)) == found, "what was read is not what is written"


TARGET = Target(
    _tries,
    (Unreadable,),
    (b'{"a":[1,2.5e3,"x",null,true,{"b":"\\u00e9"}]}', b'{"a":"\xff"}', b'{"a":"\\ud800"}', b"[" * 300, b'{"a":1,"a":2}'),
    ('"', "\\u", "\\ud83d\\ude00", "null", "true", "false", "1e400", "-0", "18446744073709551616", "\xff"),
)
