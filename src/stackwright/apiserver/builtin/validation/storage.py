"""What storage drivers and their helpers write: attachments, capacities and classes of attributes.

Source: k8s.io/kubernetes pkg/apis/storage/validation.
"""

import re

from stackwright.api.meta import Object
from stackwright.apiserver.builtin.validation import names
from stackwright.apiserver.builtin.validation.quantities import amount, text
from stackwright.apiserver.builtin.validation.rules import (
    NOT_NEGATIVE,
    Problems,
    forbidden,
    invalid,
    mapping,
    required,
    too_long,
    unchanged,
    words,
)
from stackwright.apiserver.builtin.validation.selectors import selector

_DRIVER = re.compile(r"[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?(\.[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?)*\Z")
_LONGEST_DRIVER = 63
_ONE_SOURCE = "must specify exactly one of inlineVolumeSpec and persistentVolumeName"


def driver_name(path: str, name: str) -> Problems:
    if not name:
        yield required(path)
        return
    if len(name) > _LONGEST_DRIVER:
        yield too_long(path, _LONGEST_DRIVER)
    yield from words(path, name, names.subdomain(name.lower()) if not _DRIVER.match(name) else [])


def attachment(obj: Object) -> Problems:
    spec = mapping(obj, "spec")
    yield from driver_name("spec.attacher", spec.get("attacher") or "")
    source = mapping(spec, "source")
    named, inline = source.get("persistentVolumeName"), source.get("inlineVolumeSpec")
    if named is None and inline is None:
        yield required("spec.source", _ONE_SOURCE)
    elif named is not None and inline is not None:
        yield forbidden("spec.source", _ONE_SOURCE)
    elif named == "":
        yield required("spec.source.persistentVolumeName", "must specify non empty persistentVolumeName")
    yield from words("spec.nodeName", spec.get("nodeName") or "", names.subdomain(spec.get("nodeName") or ""))


def capacity(obj: Object) -> Problems:
    name = obj.get("storageClassName") or ""
    yield from words("storageClassName", name, names.subdomain(name))
    if obj.get("nodeTopology") is not None:
        yield from selector("nodeTopology", obj["nodeTopology"])
    for key in ("capacity", "maximumVolumeSize"):
        if obj.get(key) is not None and amount(obj[key]) < 0:
            yield invalid(key, text(obj[key]), NOT_NEGATIVE)


def changed_capacity(new: Object, old: Object) -> Problems:
    for key in ("nodeTopology", "storageClassName"):
        yield from unchanged(key, new.get(key), old.get(key))


def attributes_class(obj: Object) -> Problems:
    yield from driver_name("driverName", obj.get("driverName") or "")
    if not mapping(obj, "parameters"):
        yield required("parameters", "must contain at least one key/value pair")
    for key in mapping(obj, "parameters"):
        if not key:
            yield invalid("parameters", key, "field can not be empty.")


def changed_attributes_class(new: Object, old: Object) -> Problems:
    if new.get("driverName") != old.get("driverName"):
        yield forbidden("driverName", "updates to driverName are forbidden.")
    if mapping(new, "parameters") != mapping(old, "parameters"):
        yield forbidden("parameters", "updates to parameters are forbidden.")
