"""The next sync as a list of phases and waves."""

from collections.abc import Sequence
from html import escape
from itertools import groupby

from stackwright.gitops.planning import Planned
from stackwright.portal import html

_WORDS = {"create": "is made", "change": "is changed", "keep": "stays as it is", "prune": "is deleted, if pruned", "run": "is run"}


def plan(tasks: Sequence[Planned] | None) -> str:
    """Shape: `tasks` in the order of the sync, None when nothing can be said."""
    if tasks is None:
        return '<p class="hint">Nothing can be planned: the Application could not be compared. Its summary says why.</p>'
    if not tasks:
        return '<p class="hint">There is nothing to sync.</p>'
    counts = {doing: sum(task.doing == doing for task in tasks) for doing in _WORDS}
    told = ", ".join(f"{count} {_WORDS[doing]}" for doing, count in counts.items() if count)
    return f"<p>{escape(told)}</p>" + "".join(
        _phase(*key, list(group)) for key, group in groupby(tasks, lambda task: (task.phase, task.wave))
    )


def _phase(phase: str, wave: int, tasks: Sequence[Planned]) -> str:
    rows = [
        (
            f'<span class="word {task.doing}">{_WORDS[task.doing]}</span>',
            escape(task.key.kind),
            escape(f"{task.key.namespace}/{task.key.name}".lstrip("/")),
            escape(task.message),
        )
        for task in tasks
    ]
    title = f"{phase}, wave {wave}"
    return f"<h2>{escape(title)}</h2>" + html.table(("What", "Kind", "Object", "Problem"), rows, "", title)
