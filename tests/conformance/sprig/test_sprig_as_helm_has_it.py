"""Go templates with sprig, compared with the real ones: Helm's engine runs each of the templates, too.

`templates.txt` holds one template a line: every function with what is usual, with edges, and with what is wrong.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import helm_python
import pytest
from helm_python import _native

from stackwright.kernel.gotemplate import TemplateError, as_go, parse

TEMPLATES = Path(__file__).with_name("templates.txt").read_text().splitlines()
VALUES: dict[str, Any] = {
    "name": "web", "count": 3, "large": 1234567, "ratio": 0.5, "neg": -2.7, "on": True, "nothing": None, "list": ["b", "a", "c"],
    "nums": [3, 1, 2], "mixed": ["a", 1, None, True, "", 0, "b"], "map": {"z": 1, "a": {"b": "deep"}}, "one": {"k": "v"}, "empty": {},
    "el": [], "dup": ["a", "b", "a", 1, 1],
}  # fmt: skip
_PLACE = re.compile(r'.*?:(\d+:\d+):?\s*executing "[^"]+" at (<.*?>): ', re.DOTALL)
_PARSING = re.compile(r"(?:.*?parse error at \(x/templates/t\.yaml:(\d+)\)|template: base:(\d+)): ", re.DOTALL)


def plain(message: str) -> str:
    """An error's place and its words, without the name of the file."""
    text = " ".join(message.split())
    text = _PLACE.sub(r"error at \1 \2: ", text, count=1)
    return _PARSING.sub(lambda match: f"cannot be read, line {match[1] or match[2]}: ", text, count=1)


@pytest.fixture(scope="module")
def chart(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("chart")
    (folder / "templates").mkdir()
    (folder / "Chart.yaml").write_text("apiVersion: v2\nname: x\nversion: 0.1.0\n")
    yield folder


def by_helm(chart: Path, template: str) -> str:
    (chart / "templates" / "t.yaml").write_text(template)
    try:
        with helm_python.Chart.load(str(chart)) as loaded:
            rendered = _native.call_string("helm_render", loaded._raw(), json.dumps(VALUES), '{"name": "r", "namespace": "n"}')
    except helm_python.HelmError as error:
        return plain(str(error))
    return str(json.loads(rendered)["x/templates/t.yaml"])


def by_us(template: str) -> str:
    """Helm prints nothing for what is not there."""
    try:
        return parse(template).render({"Values": as_go(VALUES)}, "zero").replace("<no value>", "")
    except TemplateError as error:
        return plain(str(error))


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_template_gives_what_go_gives(chart: Path, template: str) -> None:
    assert by_us(template) == by_helm(chart, template)
