"""The shape of a kind, as far as merging, pruning, defaulting and ownership need to know it.

Both the built-in kinds (from their OpenAPI) and custom resources (from structural schemas) are read into this one form.
"""

from collections.abc import Callable, Mapping
from typing import Any, Literal

Type = Literal["object", "array", "string", "integer", "number", "boolean", "any"]
"""`any`: nothing is known below this point (RawExtension, JSON, x-kubernetes-preserve-unknown-fields without a type)."""

ListType = Literal["atomic", "set", "map"]
MapType = Literal["granular", "atomic"]


class Schema:
    """One node. Treated as frozen once built.

    `properties` and `items` may be given as a function, so that recursive kinds work and cost nothing until used.

    Shape: `list_type` as x-kubernetes-list-type (atomic by default); `map_type` as x-kubernetes-map-type (granular by default);
    `merge_key` and `patch_strategy` as strategic merge patch reads them: a comma-separated set of merge, replace, retainKeys;
    `raw` is the OpenAPI node it came from, for validation and `explain`; `check` is what whoever checks values made of the node.
    """

    __slots__ = (
        "_items", "_properties", "additional", "check", "default", "embedded", "int_or_string", "list_map_keys", "list_type", "map_type",
        "merge_key", "patch_strategy", "preserve_unknown", "raw", "type",
    )  # fmt: skip

    def __init__(
        self,
        type: Type = "any",
        *,
        properties: "Mapping[str, Schema] | Callable[[], Mapping[str, Schema]]" = {},  # noqa: B006
        additional: "Schema | None" = None,
        items: "Schema | Callable[[], Schema] | None" = None,
        list_type: ListType = "atomic",
        list_map_keys: tuple[str, ...] = (),
        map_type: MapType = "granular",
        merge_key: str = "",
        patch_strategy: str = "",
        preserve_unknown: bool = False,
        int_or_string: bool = False,
        embedded: bool = False,
        default: Any = None,
        raw: Mapping[str, Any] | None = None,
    ) -> None:
        self.type = type
        self._properties = properties
        self._items = items
        self.additional = additional
        self.list_type = list_type
        self.list_map_keys = list_map_keys
        self.map_type = map_type
        self.merge_key = merge_key
        self.patch_strategy = patch_strategy
        self.preserve_unknown = preserve_unknown
        self.int_or_string = int_or_string
        self.embedded = embedded
        self.default = default
        self.raw = raw
        self.check: Callable[[Any], bool] | None = None

    @property
    def properties(self) -> "Mapping[str, Schema]":
        if callable(self._properties):
            self._properties = self._properties()
        return self._properties

    @property
    def items(self) -> "Schema":
        if self._items is None:
            return ANY
        if not isinstance(self._items, Schema):
            self._items = self._items()
        return self._items

    def child(self, key: str) -> "Schema | None":
        """The schema of a field, or None when the field is not declared."""
        found = self.properties.get(key)
        if found is not None:
            return found
        if self.additional is not None:
            return self.additional
        return ANY if self.type == "any" or self.preserve_unknown else None


ANY = Schema()
