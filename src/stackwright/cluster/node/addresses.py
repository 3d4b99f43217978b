"""Addresses of pods: each gets one of the node's range, and gives it back."""

import ipaddress
from collections import deque


class AddressPool:
    """Hands out the least recently used address first. Shape: `cidr` as `10.244.0.0/16`."""

    def __init__(self, cidr: str) -> None:
        self._network = ipaddress.ip_network(cidr)
        self._next = 2
        self._free: deque[str] = deque()
        self._taken: dict[str, str] = {}
        self._in_use: set[str] = set()

    def take(self, uid: str) -> str:
        """The pod's address; the same one each time."""
        if uid in self._taken:
            return self._taken[uid]
        address = self._fresh()
        self._taken[uid] = address
        self._in_use.add(address)
        return address

    def reserve(self, uid: str, address: str) -> None:
        """The pod has this address already."""
        self._taken[uid] = address
        self._in_use.add(address)

    def give_back(self, uid: str) -> None:
        address = self._taken.pop(uid, None)
        if address is not None:
            self._in_use.discard(address)
            self._free.append(address)

    def _fresh(self) -> str:
        while self._next < self._network.num_addresses - 1:
            address = str(self._network[self._next])
            self._next += 1
            if address not in self._in_use:
                return address
        while self._free:
            address = self._free.popleft()
            if address not in self._in_use:
                return address
        raise LookupError(f"every address of {self._network} is taken")
