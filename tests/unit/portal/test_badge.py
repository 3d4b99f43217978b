"""What a status badge says."""

from typing import Any
from xml.etree import ElementTree

from stackwright.portal.badge import of_many, svg


def app(health: str, sync: str) -> dict[str, Any]:
    return {"metadata": {"name": "web"}, "status": {"health": {"status": health}, "sync": {"status": sync, "revision": "0123456789"}}}


def words(image: str) -> list[str]:
    root = ElementTree.fromstring(image)
    return [element.text or "" for element in root.iter("{http://www.w3.org/2000/svg}text")]


def test_an_image_holds_the_words_side_by_side() -> None:
    image = svg("Healthy", "OutOfSync", "0123456789")
    assert words(image) == ["Healthy", "OutOfSync", "0123456"]
    rects = [element.attrib for element in ElementTree.fromstring(image).iter("{http://www.w3.org/2000/svg}rect")]
    assert [int(rect["x"]) for rect in rects] == [0, int(rects[0]["width"]), int(rects[0]["width"]) + int(rects[1]["width"])]


def test_words_cannot_break_out_of_the_image() -> None:
    assert words(svg('<script>"', "Synced", "")) == ['<script>"', "Synced"]


def test_a_project_is_well_when_all_of_it_is() -> None:
    assert of_many([app("Healthy", "Synced")] * 2) == ("Healthy", "Synced", "")
    assert of_many([app("Healthy", "Synced"), app("Progressing", "OutOfSync")]) == ("Degraded", "OutOfSync", "")
    assert of_many([]) == ("Unknown", "Unknown", "")
