"""Writes the table of the Go types of the Kubernetes API out of the type descriptions that a kubectl carries.

    python scripts/generate_go_types.py PATH-OF-KUBECTL

Every field of an API type has its number, wire type and JSON name in its Go struct tag, and a Go program keeps the
tags of its types. Read are only ELF files for 64-bit little-endian machines with addresses fixed at link time.

Shape: message -> field number -> [JSON name, kind, flags]. Kinds: string, bytes, bool, int, double, or the name of a
message, `[]` before it when repeated, `{}` for a map from text. Flags: `o` left out when empty, `z` left out when it is zero,
`p` a pointer, `i` the fields of the message belong to the one around it. A type of text with a name of its own follows, where it has one.

Source: the Go runtime's internal/abi (Type, StructType, Name).
"""

import gzip
import json
import re
import struct
import sys
from pathlib import Path
from typing import Any

TARGET = Path(__file__).parents[1] / "src/stackwright/apiserver/gotypes/types.json.gz"
KIND_MASK, UNCOMMON, EXTRA_STAR = 31, 1, 2
BOOL, FLOAT64, MAP, POINTER, SLICE, STRING, STRUCT, UINT8 = 1, 14, 21, 22, 23, 24, 25, 8
INTEGERS = range(2, 12)
TYPE_SIZE, STRUCT_SIZE, FIELD_SIZE = 48, 80, 24
TAG = re.compile(r'protobuf:"(\w+),(\d+),(\w+)')
PACKAGES = re.compile(r"k8s\.io/(api/|apimachinery/pkg/(apis/meta/v1|runtime|api/resource|util/intstr)$)")


class Image:
    """The loaded part of the file, by address."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        sections = self._sections()
        self.types, self.links = sections[".rodata"][0], sections[".typelink"]
        self.segments = [(address, offset, size) for address, offset, size in sections.values() if address]

    def _sections(self) -> dict[str, tuple[int, int, int]]:
        start, count, names = struct.unpack_from("<Q", self.data, 40)[0], *struct.unpack_from("<HH", self.data, 60)
        headers = [struct.unpack_from("<IIQQQQ", self.data, start + 64 * index) for index in range(count)]
        base = headers[names][4]
        return {self._text(base + each[0]): (each[3], each[4], each[5]) for each in headers if each[1] != 8}

    def _text(self, offset: int) -> str:
        return self.data[offset : self.data.index(b"\0", offset)].decode()

    def at(self, address: int) -> int:
        for start, offset, size in self.segments:
            if start <= address < start + size:
                return offset + address - start
        raise ValueError(f"{address:#x} is in no section")

    def read(self, format: str, address: int) -> tuple[Any, ...]:
        return struct.unpack_from(format, self.data, self.at(address))

    def pointer(self, address: int) -> int:
        return int(self.read("<Q", address)[0])

    def name(self, address: int) -> tuple[str, str]:
        """The name and the tag of a field."""
        offset = self.at(address)
        flags = self.data[offset]
        name, offset = self._counted(offset + 1)
        tag = self._counted(offset)[0] if flags & 2 else ""
        return name, tag

    def _counted(self, offset: int) -> tuple[str, int]:
        length = shift = 0
        while True:
            byte = self.data[offset]
            offset += 1
            length |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return self.data[offset : offset + length].decode(errors="replace"), offset + length


class Types:
    def __init__(self, image: Image) -> None:
        self.image = image

    def structs(self) -> dict[int, str]:
        """Addresses of the named structs that a pointer type is known of."""
        _, offset, size = self.image.links
        found = {}
        for (link,) in struct.iter_unpack("<i", self.image.data[offset : offset + size]):
            address = self.image.types + link
            if self.kind(address) == POINTER:
                element = self.element(address)
                if self.kind(element) == STRUCT and (name := self.full_name(element)):
                    found[element] = name
        return found

    def kind(self, address: int) -> int:
        return int(self.image.read("<B", address + 23)[0]) & KIND_MASK

    def element(self, address: int) -> int:
        return self.image.pointer(address + TYPE_SIZE)

    def map_value(self, address: int) -> int:
        return self.image.pointer(address + TYPE_SIZE + 8)

    def full_name(self, address: int) -> str:
        """Package path and name; empty for types without a package."""
        (flags,) = self.image.read("<B", address + 20)
        if not flags & UNCOMMON:
            return ""
        name = self.short_name(address)
        extra = STRUCT_SIZE if self.kind(address) == STRUCT else TYPE_SIZE + 8
        (path,) = self.image.read("<i", address + extra)
        package = self.image.name(self.image.types + path)[0] if path else ""
        return f"{package}.{name.rpartition('.')[2]}"

    def short_name(self, address: int) -> str:
        (flags,) = self.image.read("<B", address + 20)
        (offset,) = self.image.read("<i", address + 40)
        name = self.image.name(self.image.types + offset)[0]
        return name[1:] if flags & EXTRA_STAR else name

    def fields(self, address: int) -> list[tuple[str, str, int]]:
        """Name, tag and type of each."""
        start, count = self.image.read("<QQ", address + TYPE_SIZE + 8)
        rows = [self.image.read("<QQQ", start + FIELD_SIZE * index) for index in range(count)]
        return [(*self.image.name(name), type) for name, type, _ in rows]


def table(types: Types) -> dict[str, dict[str, list[str]]]:
    found: dict[str, dict[str, list[str]]] = {}
    waiting = [address for address, name in types.structs().items() if PACKAGES.match(name.rpartition(".")[0])]
    seen: set[int] = set()
    while waiting:
        address = waiting.pop()
        if address in seen:
            continue
        seen.add(address)
        rows = {}
        for _, tag, type in types.fields(address):
            wire = TAG.search(tag)
            if wire:
                kind, pointer = _kind(types, type, waiting)
                rows[wire[2]] = [*_json(tag, kind, pointer), *_text_type(types, type)]
        if rows or not types.fields(address):
            found[types.full_name(address)] = rows
    return found


def _kind(types: Types, address: int, waiting: list[int]) -> tuple[str, bool]:
    kind = types.kind(address)
    if kind == POINTER:
        return _kind(types, types.element(address), waiting)[0], True
    if kind == STRUCT:
        waiting.append(address)
        return types.full_name(address), False
    if kind == SLICE:
        element = types.element(address)
        return ("bytes" if types.kind(element) == UINT8 else "[]" + _kind(types, element, waiting)[0]), False
    if kind == MAP:
        return "{}" + _kind(types, types.map_value(address), waiting)[0], False
    scalars = {BOOL: "bool", STRING: "string", FLOAT64: "double"}
    return scalars.get(kind) or ("int" if kind in INTEGERS else "unknown"), False


def _text_type(types: Types, address: int) -> list[str]:
    if types.kind(address) == POINTER:
        address = types.element(address)
    if types.kind(address) != STRING or "." not in (name := types.short_name(address)):
        return []
    return [name]


def _json(tag: str, kind: str, pointer: bool) -> tuple[str, str, str]:
    spoken = re.search(r'json:"([^"]*)"', tag)
    name, *options = (spoken[1] if spoken else "").split(",")
    told = (("o", "omitempty" in options), ("z", "omitzero" in options), ("p", pointer), ("i", "inline" in options and not name))
    return name, kind, "".join(flag for flag, holds in told if holds)


def main() -> None:
    found = table(Types(Image(Path(sys.argv[1]).read_bytes())))
    TARGET.parent.mkdir(exist_ok=True)
    TARGET.write_bytes(gzip.compress(json.dumps(found, sort_keys=True, separators=(",", ":")).encode(), mtime=0))
    print(f"{len(found)} messages, {TARGET.stat().st_size} bytes")


if __name__ == "__main__":
    main()
