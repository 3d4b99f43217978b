"""The log of a serving process, kept from growing without bound."""

import os
from pathlib import Path

LIMIT_BYTES = 16 * 1024 * 1024


def roll(path: Path, limit_bytes: int = LIMIT_BYTES) -> bool:
    """Puts a full log aside as `NAME.1`, and lets this process write into a new one. True when it did.

    A process whose output goes elsewhere (a terminal, a service manager) is left alone. No line is lost: what is being written ends in one
    of the two files.
    """
    try:
        found = path.stat()
    except FileNotFoundError:
        return False
    if found.st_size < limit_bytes:
        return False
    written = [descriptor for descriptor in (1, 2) if os.path.samestat(os.fstat(descriptor), found)]
    if not written:
        return False
    path.replace(path.with_name(f"{path.name}.1"))
    new = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    for descriptor in written:
        os.dup2(new, descriptor)
    os.close(new)
    return True
