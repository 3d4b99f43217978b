"""Which objects a list or watch is about: its label and field selectors."""

from dataclasses import dataclass

from stackwright.api.meta import labels_of
from stackwright.api.selectors import EVERYTHING, FieldTerm, LabelSelector, SelectorError, parse_field_selector, parse_label_selector
from stackwright.api.status import bad_request
from stackwright.apiserver.kind import Kind
from stackwright.apiserver.registry import keeps_types, served
from stackwright.kernel.http import Request
from stackwright.store.entry import Entry


@dataclass(frozen=True, slots=True)
class Selection:
    kind: Kind
    labels: LabelSelector = EVERYTHING
    fields: tuple[FieldTerm, ...] = ()

    @property
    def everything(self) -> bool:
        return not self.labels and not self.fields

    def matches(self, entry: Entry) -> bool:
        if self.everything:
            return True
        if not self.labels.matches(labels_of(entry.object)):
            return False
        return not self.fields or self._fields_match(entry)

    def _fields_match(self, entry: Entry) -> bool:
        found = {"metadata.name": entry.name, "metadata.namespace": entry.namespace, **self.kind.fields(served(self.kind, entry.object))}
        return all((found.get(term.path, "") == term.value) != term.negated for term in self.fields)


def selection(request: Request, kind: Kind, name: str = "") -> Selection:
    """Raises StatusError 400."""
    try:
        labels = parse_label_selector(request.param("labelSelector") or "")
        fields = parse_field_selector(request.param("fieldSelector") or "")
    except SelectorError as error:
        raise bad_request(error.message) from error
    _check_known(kind, fields)
    return Selection(kind, labels, (*fields, FieldTerm("metadata.name", name)) if name else fields)


def _check_known(kind: Kind, fields: tuple[FieldTerm, ...]) -> None:
    """Raises StatusError 400. Kinds with fields of their own say so in other words than those without."""
    own = kind.fields({"metadata": {}})
    for term in fields:
        if term.path in ("metadata.name", "metadata.namespace") or term.path in own:
            continue
        if own or keeps_types(kind):
            raise bad_request(f"field label not supported: {term.path}")
        raise bad_request(f'"{term.path}" is not a known field selector: only "metadata.name", "metadata.namespace"')
