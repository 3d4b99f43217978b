"""Fields of a message as they are written: protocol buffers' wire format. Pure."""

import struct


def number(field: int, value: int) -> bytes:
    """A whole number; negative ones as two's complement of 64 bits."""
    return varint(field << 3) + varint(value & (1 << 64) - 1)


def double(field: int, value: float) -> bytes:
    return varint(field << 3 | 1) + struct.pack("<d", value)


def block(field: int, data: bytes) -> bytes:
    """What comes with its length: texts, bytes, messages within messages."""
    return varint(field << 3 | 2) + varint(len(data)) + data


def varint(value: int) -> bytes:
    """Seven bits a byte, the lowest first."""
    found = bytearray()
    while value > 127:
        found.append(value & 127 | 128)
        value >>= 7
    found.append(value)
    return bytes(found)
