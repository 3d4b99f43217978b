"""Sources of an Application as fields of a form, and back. Pure.

A form holds every source; fields of the one at position N begin with `N.`. What a form does not show stays as it was.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from stackwright.gitops.options import parse_options
from stackwright.kernel import yaml
from stackwright.portal.forms import Problems

Source = Mapping[str, Any]

PLAIN = ("repoURL", "targetRevision", "path", "chart", "ref")
TOOLS = ("helm", "kustomize", "directory", "plugin")
_IMAGE = re.compile(r"[^\s=]+(=[^\s=]+)?\Z")
_LINES = {"helm": ("valueFiles",), "kustomize": ("images", "components"), "directory": (), "plugin": ()}
_TEXTS = {
    "helm": ("releaseName", "version", "namespace"),
    "kustomize": ("namePrefix", "nameSuffix", "version", "namespace"),
    "directory": ("include", "exclude"),
    "plugin": ("name",),
}
_FLAGS = {
    "helm": ("skipCrds", "ignoreMissingValueFiles", "passCredentials"),
    "kustomize": ("forceCommonLabels",),
    "directory": ("recurse",),
}


def tool_of(source: Source, detected: str) -> str:
    """Which tool's options belong to a source. Shape: `detected` as in the Application's status: Helm, Kustomize, …"""
    declared = next((tool for tool in TOOLS if source.get(tool) is not None), "")
    return declared or ("helm" if source.get("chart") else detected.lower() if detected.lower() in TOOLS else "")


def fields_of(source: Source, tool: str) -> dict[str, str]:
    """What a form shows at first, by the name of the field without its position."""
    options = source.get(tool) or {} if tool else {}
    found = {name: str(source.get(name) or "") for name in PLAIN}
    found |= {f"{tool}.{name}": str(options.get(name) or "") for name in _TEXTS.get(tool, ())}
    found |= {f"{tool}.{name}": "\n".join(str(each) for each in options.get(name) or ()) for name in _LINES.get(tool, ())}
    found |= {f"{tool}.{name}": "true" if options.get(name) else "" for name in _FLAGS.get(tool, ())}
    if tool == "helm":
        found["helm.parameters"] = "\n".join(_parameter(each) for each in options.get("parameters") or ())
        found["helm.values"] = yaml.dump(options["valuesObject"]) if options.get("valuesObject") else str(options.get("values") or "")
    if tool == "kustomize":
        found |= {f"kustomize.{name}": _pairs_text(options.get(name) or {}) for name in ("commonLabels", "commonAnnotations")}
        found["kustomize.replicas"] = "\n".join(f"{each.get('name')}={each.get('count')}" for each in options.get("replicas") or ())
    if tool == "plugin":
        found["plugin.env"] = "\n".join(f"{each.get('name')}={each.get('value', '')}" for each in options.get("env") or ())
    return found


def _parameter(each: Mapping[str, Any]) -> str:
    return f"{each.get('name')}={each.get('value', '')}{' !string' if each.get('forceString') else ''}"


def _pairs_text(pairs: Mapping[str, Any]) -> str:
    return "\n".join(f"{key}={value}" for key, value in pairs.items())


def sources_from(form: Mapping[str, str], before: Sequence[Source], tools: Sequence[str]) -> tuple[list[dict[str, Any]], Problems]:
    """The sources that a form asks for, and what is wrong with it at which field."""
    problems: Problems = {}
    found = []
    for number, (source, tool) in enumerate(zip(before, tools, strict=True)):
        given = {name.partition(".")[2]: value for name, value in form.items() if name.partition(".")[0] == str(number)}
        made, wrong = _source(given, source, tool)
        found.append(made)
        problems |= {f"{number}.{name}": told for name, told in wrong.items()}
    return found, problems


def _source(given: Mapping[str, str], before: Source, tool: str) -> tuple[dict[str, Any], Problems]:
    problems: Problems = {}
    made = {key: value for key, value in before.items() if key not in (*PLAIN, tool)}
    made |= {name: given[name].strip() for name in PLAIN if given.get(name, "").strip()}
    if not made.get("repoURL"):
        problems["repoURL"] = "the URL of a git repository or a chart repository is needed"
    if made.get("chart") and not made.get("targetRevision"):
        problems["targetRevision"] = "a chart needs a version"
    if tool:
        options = _options(given, before.get(tool) or {}, tool, problems)
        made |= {tool: options} if options or before.get(tool) is not None else {}
    return made, problems


def _options(given: Mapping[str, str], before: Mapping[str, Any], tool: str, problems: Problems) -> dict[str, Any]:
    """Adds to `problems`, which is the caller's own."""
    text = {name.partition(".")[2]: value.strip() for name, value in given.items() if name.startswith(f"{tool}.")}
    shown = {*_TEXTS[tool], *_LINES[tool], *_FLAGS.get(tool, ()), *_SPECIAL.get(tool, {})}
    made = {key: value for key, value in before.items() if key not in shown and not (tool == "helm" and key == "valuesObject")}
    made |= {name: text[name] for name in _TEXTS[tool] if text.get(name)}
    made |= {name: text[name].splitlines() for name in _LINES[tool] if text.get(name)}
    made |= {name: True for name in _FLAGS.get(tool, ()) if text.get(name) == "true"}
    for image in made.get("images") or () if tool == "kustomize" else ():
        if not _IMAGE.match(image):
            problems["kustomize.images"] = f"{image!r}: expected NAME:TAG, NAME@DIGEST or OLD=NEW:TAG"
    for name, read in _SPECIAL.get(tool, {}).items():
        value, told = read(text.get(name, ""))
        if told:
            problems[f"{tool}.{name}"] = told
        elif value:
            made["valuesObject" if name == "values" else name] = value
    return made


def _pairs(text: str) -> tuple[list[tuple[str, str]], str]:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    wrong = [line for line in lines if "=" not in line or line.startswith("=")]
    told = f"{wrong[0]!r}: expected NAME=VALUE, one a line" if wrong else ""
    return [(line.partition("=")[0].strip(), line.partition("=")[2].strip()) for line in lines], told


def _parameters(text: str) -> tuple[Any, str]:
    pairs, told = _pairs(text)
    found = []
    for name, value in pairs:
        forced = value.endswith(" !string")
        found.append({"name": name, "value": value.removesuffix(" !string")} | ({"forceString": True} if forced else {}))
    return found, told


def _values(text: str) -> tuple[Any, str]:
    if not text:
        return None, ""
    try:
        found = yaml.load(text, strict=True)
    except yaml.YamlError as error:
        return None, f"this is not YAML: {error}"
    return (found, "") if isinstance(found, Mapping) else (None, "expected a mapping, such as `replicas: 2`")


def _mapping(text: str) -> tuple[Any, str]:
    pairs, told = _pairs(text)
    return dict(pairs), told


def _replicas(text: str) -> tuple[Any, str]:
    pairs, told = _pairs(text)
    wrong = [f"{name}={count}" for name, count in pairs if not count.isdigit()]
    told = told or (f"{wrong[0]!r}: expected NAME=COUNT" if wrong else "")
    return [{"name": name, "count": int(count)} for name, count in pairs if count.isdigit()], told


def _environment(text: str) -> tuple[Any, str]:
    pairs, told = _pairs(text)
    return [{"name": name, "value": value} for name, value in pairs], told


_SPECIAL: Mapping[str, Mapping[str, Any]] = {
    "helm": {"parameters": _parameters, "values": _values},
    "kustomize": {"commonLabels": _mapping, "commonAnnotations": _mapping, "replicas": _replicas},
    "plugin": {"env": _environment},
}


def with_sources(spec: Mapping[str, Any], sources: Sequence[Source]) -> dict[str, Any]:
    """The spec with other sources, said the way it said them before."""
    if spec.get("sources"):
        return {**spec, "sources": list(sources)}
    return {**spec, "source": sources[0]}


def options_from(form: Mapping[str, str], policy: Mapping[str, Any]) -> dict[str, Any]:
    """The sync policy that a form asks for; what it does not show stays."""
    made = {key: value for key, value in policy.items() if key not in ("automated", "syncOptions")}
    if form.get("automated") == "true":
        kept = {key: value for key, value in (policy.get("automated") or {}).items() if key not in ("enabled", "prune", "selfHeal")}
        made["automated"] = kept | {"prune": form.get("prune") == "true", "selfHeal": form.get("selfHeal") == "true"}
    options = [line.strip() for line in form.get("syncOptions", "").splitlines() if line.strip()]
    return made | ({"syncOptions": options} if parse_options(options).values else {})
