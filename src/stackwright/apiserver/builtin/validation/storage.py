"""What storage drivers and their helpers write: attachments, capacities and classes of attributes.

Source: k8s.io/kubernetes pkg/apis/storage/validation.
"""

import re
from collections.abc import Mapping
from typing import Any

from stackwright.api.meta import Object
from stackwright.apiserver.builtin.validation import names
from stackwright.apiserver.builtin.validation.internal import titled
from stackwright.apiserver.builtin.validation.quantities import amount, text
from stackwright.apiserver.builtin.validation.rules import (
    IMMUTABLE,
    NOT_NEGATIVE,
    Problems,
    duplicate,
    forbidden,
    indexed,
    invalid,
    items,
    mapping,
    not_negative,
    required,
    too_long,
    unchanged,
    words,
)
from stackwright.apiserver.builtin.validation.selectors import selector
from stackwright.apiserver.builtin.validation.volumes import csi_driver

_DRIVER = re.compile(r"[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?(\.[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?)*\Z")
_LONGEST_DRIVER = 63
_LONGEST_NODE = 256
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


def changed_attachment(new: Object, old: Object) -> Problems:
    """It is made once; how it stands is told in its status."""
    spec = mapping(new, "spec")
    if spec != mapping(old, "spec"):
        source = mapping(spec, "source")
        shown = {"PersistentVolumeName": source.get("persistentVolumeName"), "InlineVolumeSpec": source.get("inlineVolumeSpec")}
        yield invalid("spec", {"Attacher": spec.get("attacher"), "Source": shown, "NodeName": spec.get("nodeName")}, IMMUTABLE)


def csi_node(obj: Object) -> Problems:
    """Which drivers a node has."""
    seen: set[str] = set()
    for path, driver in indexed("spec", mapping(obj, "spec"), "drivers"):
        name, own = driver.get("name") or "", driver.get("nodeID") or ""
        yield from csi_driver(f"{path}.name", name)
        if not own:
            yield required(f"{path}.nodeID")
        if len(own) > _LONGEST_NODE:
            yield invalid(f"{path}.nodeID", own, f"must be {_LONGEST_NODE} characters or less")
        yield from not_negative(f"{path}.allocatable.count", mapping(driver, "allocatable").get("count"))
        if name in seen:
            yield duplicate(f"{path}.name", name)
        seen.add(name)
        yield from _topology(path, items(driver, "topologyKeys"))


def _topology(path: str, keys: list[Any]) -> Problems:
    for index, key in enumerate(keys):
        if not key:
            yield required(path)
        if key in keys[:index]:
            yield duplicate(path, key)
        yield from words(path, key, names.qualified(key))


def changed_csi_node(new: Object, old: Object) -> Problems:
    """Drivers come and go; while they are there only what they can take changes."""
    before = {each.get("name"): _fixed(each) for each in items(mapping(old, "spec"), "drivers")}
    for driver in items(mapping(new, "spec"), "drivers"):
        if before.get(driver.get("name"), _fixed(driver)) != _fixed(driver):
            shown = {"Name": driver.get("name"), "NodeID": driver.get("nodeID"), "TopologyKeys": driver.get("topologyKeys")}
            yield invalid("CSINodeDriver", {**shown, "Allocatable": titled(driver.get("allocatable"))}, IMMUTABLE)


def _fixed(driver: Mapping[str, Any]) -> Mapping[str, Any]:
    return {key: value for key, value in driver.items() if key != "allocatable"}


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
