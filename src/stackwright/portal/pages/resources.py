"""One object: what it is, what is wrong with it, and what can be done with it."""

from collections.abc import Mapping, Sequence
from html import escape

from stackwright.api.meta import Object, gvk_of, labels_of, name_of, namespace_of
from stackwright.gitops.actions.types import Action
from stackwright.kernel import yaml
from stackwright.portal import html
from stackwright.portal.pages.objects import events
from stackwright.portal.sessions import Session


def one(obj: Object, told: Sequence[Object], logs: str = "", difference: str = "", health: Mapping[str, str] | None = None) -> str:
    """Shape: `obj` with secret values masked; `told` are its Events; `logs` a link; `difference` is HTML."""
    metadata = obj.get("metadata") or {}
    shown = {**obj, "metadata": {key: value for key, value in metadata.items() if key != "managedFields"}}
    status = str((health or {}).get("status") or "")
    facts = [
        ("Health", f"{html.word(status)} {escape(str((health or {}).get('message') or ''))}" if status else ""),
        ("Kind", escape(f"{gvk_of(obj).kind} ({gvk_of(obj).api_version})")),
        ("Namespace", escape(namespace_of(obj))),
        ("Made", html.moment(str(metadata.get("creationTimestamp") or ""))),
        ("Labels", " ".join(f"<code>{escape(key)}={escape(value)}</code>" for key, value in sorted(labels_of(obj).items()))),
        ("Images", " ".join(f"<code>{escape(image)}</code>" for image in _images(obj))),
        ("Logs", f'<a href="{escape(logs)}">follow them</a>' if logs else ""),
    ]
    about = html.fields([pair for pair in facts if pair[1]])
    return (
        about
        + html.section("Differences", difference)
        + html.section("Events", events(told), len(told))
        + html.section("Manifest", html.code(yaml.dump(shown)))
    )


def _images(obj: Object) -> list[str]:
    spec = obj.get("spec") or {}
    pod = (spec.get("template") or {}).get("spec") or spec
    return [str(item.get("image")) for item in pod.get("containers") or () if isinstance(item, Mapping) and item.get("image")]


def actions(offered: Sequence[Action], obj: Object, app: Object, base: str, session: Session, platform: str) -> str:
    """A form for each action, with what it asks for, and the commands that do the same."""
    forms = action_forms(offered, base, session)
    if not forms:
        return ""
    place = f"--kind {gvk_of(obj).kind} --resource-name {name_of(obj)}" + (f" --namespace {namespace_of(obj)}" if namespace_of(obj) else "")
    lines = "".join(
        f'<code class="command">stackwright app actions run {escape(name_of(app))} {escape(action.name)} {escape(place)}'
        f"{''.join(f' --param {escape(each.name)}=…' for each in action.parameters)} --name {escape(platform)}</code>"
        for action in offered
    )
    return f"{forms}<details><summary>The same from the command line</summary>{lines}</details>"


def action_forms(offered: Sequence[Action], base: str, session: Session) -> str:
    forms = "".join(_form(action, base, session) for action in offered)
    return f'<div class="bar">{forms}</div>' if forms else ""


def _form(action: Action, base: str, session: Session) -> str:
    label = escape(action.display_name or action.name.capitalize())
    fields = "".join(
        f'<label for="{escape(action.name)}-{escape(each.name)}">{escape(each.name)}<br><input '
        f'id="{escape(action.name)}-{escape(each.name)}" '
        f'name="parameter:{escape(each.name)}" value="{escape("" if each.default == "nil" else each.default)}" size="4"></label>'
        for each in action.parameters
    )
    off = " disabled" if action.disabled else ""
    return (
        f'<form method="post" action="{escape(base)}/action">{html.csrf(session)}<input type="hidden" name="name" '
        f'value="{escape(action.name)}">'
        f'{fields}<button class="plain"{off}>{label}</button></form>'
    )


def deletion(obj: Object, base: str, session: Session, platform: str) -> str:
    gvk = gvk_of(obj)
    kind = f"{gvk.kind.lower()}.{gvk.group}" if gvk.group else gvk.kind.lower()
    where = f" -n {namespace_of(obj)}" if namespace_of(obj) else ""
    command = f"stackwright kubectl --name {platform} delete {kind} {name_of(obj)}{where}"
    question = f"Delete {gvk.kind} {name_of(obj)}? What owns it may make it anew."
    return (
        f'<details class="card"><summary>Delete this {escape(gvk.kind)}</summary><p class="hint">An Application that heals '
        f"itself makes it anew.</p>"
        f"{html.button(f'{base}/delete', f'Delete {name_of(obj)}', session, (), 'danger', question)}"
        f'<code class="command">{escape(command)}</code></details>'
    )
