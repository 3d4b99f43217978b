"""Documents of YAML, as bodies and as manifests."""

from fuzz.target import Target
from stackwright.apiserver.body import Unreadable, parse_yaml
from stackwright.kernel import yaml


def _tries(data: bytes) -> None:
    found = parse_yaml(data)
    yaml.duplicate_keys(data)
    yaml.dump(found)
    list(yaml.load_all(data, strict=True))


TARGET = Target(
    _tries,
    (Unreadable, yaml.YamlError),
    (
        b"a: 1\nb: [x, y]\nc: {d: e}\n",
        b"a: &x [1]\nb: *x\n<<: {c: d}\n",
        b"---\na: |\n  text\n---\n? k\n: v\n",
        b"!!binary aGk=\n",
        b'{"a": 1.0}',
    ),
    (
        "---\n",
        "&a",
        "*a",
        "<<: ",
        "!!float ",
        "!!int ",
        "!!str ",
        "0x",
        "0o7",
        "1e400",
        ".inf",
        ".nan",
        "? ",
        "|\n",
        ">-\n",
        "%YAML 1.1\n",
        "{",
        "[",
    ),
)
