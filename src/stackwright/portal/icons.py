"""Small line drawings, inside the page: no request is made for them."""

from html import escape

_PATHS = {
    "overview": "M3 13h6V3H3zM11 17h6V3h-6zM3 17h6v-2H3z",
    "applications": "M4 4h5v5H4zM11 4h5v5h-5zM4 11h5v5H4zM11 11h5v5h-5z",
    "applicationsets": "M7 7h9v9H7zM4 13V4h9",
    "packages": "M3 7l7-4 7 4v7l-7 4-7-4zM3 7l7 4 7-4M10 11v7",
    "timeline": "M5 3v14M5 6h6M5 10h10M5 14h4",
    "objects": "M10 3l7 3.5-7 3.5-7-3.5zM3 10l7 3.5 7-3.5M3 13.5L10 17l7-3.5",
    "projects": "M3 5h5l2 2h7v9H3z",
    "clusters": "M3 4h14v5H3zM3 11h14v5H3zM6 6.5h.5M6 13.5h.5",
    "repositories": "M6 4v12M6 8c0 4 8 2 8-3M14 5V4M6 4a1 1 0 100-.1M6 16a1 1 0 100-.1M14 4a1 1 0 100-.1",
    "account": "M10 10a3 3 0 100-6 3 3 0 000 6zM4 17c0-4 12-4 12 0",
}


def icon(name: str) -> str:
    """Nothing where there is no such drawing; readers of the screen pass it over."""
    path = _PATHS.get(name, "")
    if not path:
        return ""
    return f'<svg class="icon" viewBox="0 0 20 20" aria-hidden="true" focusable="false"><path d="{escape(path)}"/></svg>'
