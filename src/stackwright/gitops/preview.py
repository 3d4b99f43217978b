"""What a new revision would change, seen before anybody deploys it: the objects of two renderings side by side.

Neither cluster nor live state is asked: the answer is the same for everybody who asks, and can be told on a pull request.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import unified_diff
from typing import Literal

from stackwright.api.meta import Object, ObjectKey, gvk_of, key_of, name_of
from stackwright.gitops.diff.masks import hidden
from stackwright.gitops.ports import Rendered, RenderRequest, Sources
from stackwright.kernel import yaml

What = Literal["created", "changed", "deleted"]
MAX_TEXT = 60_000


@dataclass(frozen=True, slots=True)
class Change:
    """One object that differs. Shape: `text` is a unified diff of YAML, Secret values masked."""

    what: What
    key: ObjectKey
    text: str


@dataclass(frozen=True, slots=True)
class Preview:
    """Shape: `changes` by group, kind, namespace and name; revisions as resolved."""

    before: tuple[str, ...]
    after: tuple[str, ...]
    changes: tuple[Change, ...]

    def count(self, what: What) -> int:
        return sum(change.what == what for change in self.changes)


async def preview(sources: Sources, request: RenderRequest, before: Sequence[str], after: Sequence[str]) -> Preview:
    """Renders both revisions, one for each source. Raises SourceError in the words of the revision that cannot be rendered."""
    old = await sources.render(replace(request, revisions=tuple(before)))
    new = await sources.render(replace(request, revisions=tuple(after)))
    return compared(old, new)


def compared(old: Rendered, new: Rendered) -> Preview:
    """Pure."""
    before, after = _by_key(old.objects), _by_key(new.objects)
    changes = [_change(key, before.get(key), after.get(key)) for key in sorted({*before, *after})]
    return Preview(old.revisions, new.revisions, tuple(change for change in changes if change is not None))


def _by_key(objects: Sequence[Object]) -> Mapping[ObjectKey, Object]:
    """The last of several with the same key, as a sync takes them; objects that the server names stand by their prefix and order."""
    found: dict[ObjectKey, Object] = {}
    for number, obj in enumerate(objects):
        key = key_of(obj)
        found[key if name_of(obj) else key._replace(name=f"{(obj.get('metadata') or {}).get('generateName', '')}#{number}")] = obj
    return found


def _change(key: ObjectKey, before: Object | None, after: Object | None) -> Change | None:
    if before == after:
        return None
    shown = (after, before)
    subject = after if after is not None else before
    if subject is not None and (gvk_of(subject).group, gvk_of(subject).kind) == ("", "Secret"):
        shown = hidden(after, before)
    text = "".join(unified_diff(_lines(shown[1]), _lines(shown[0]), "before", "after", n=3))
    return Change("created" if before is None else "deleted" if after is None else "changed", key, text)


def _lines(obj: Object | None) -> list[str]:
    return yaml.dump(obj).splitlines(keepends=True) if obj is not None else []


def markdown(title: str, found: Preview) -> str:
    """For a comment on a pull request. Shape: at most about MAX_TEXT characters; what does not fit is named without its text."""
    if not found.changes:
        return f"### {title}\n\nNothing would change.\n"
    counts = ", ".join(f"{count} {what}" for what in _ORDER if (count := found.count(what)))
    parts = [f"### {title}\n\n{counts} between `{_shown(found.before)}` and `{_shown(found.after)}`.\n"]
    room = MAX_TEXT
    for change in found.changes:
        part = _section(change) if len(change.text) < room else f"\n{change.what} `{_name(change.key)}` (too long to be shown)\n"
        room -= len(part)
        parts.append(part)
    return "".join(parts)


_ORDER: tuple[What, ...] = ("created", "changed", "deleted")


def _shown(revisions: Sequence[str]) -> str:
    return ", ".join(revision[:8] for revision in revisions)


def _section(change: Change) -> str:
    fence = "~" * max(3, 1 + max((len(run) for run in re.findall("~+", change.text)), default=0))
    return f"\n<details><summary>{change.what} {_name(change.key)}</summary>\n\n{fence}diff\n{change.text}{fence}\n</details>\n"


def _name(key: ObjectKey) -> str:
    """Without what Markdown or HTML would read."""
    text = f"{key.kind}{'.' + key.group if key.group else ''} {key.namespace + '/' if key.namespace else ''}{key.name}"
    return "".join(char for char in text if char not in "<>&`")
