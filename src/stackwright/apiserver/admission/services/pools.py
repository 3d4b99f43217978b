"""Numbers that are handed out once: Service addresses and node ports.

The store tells what is taken; a reservation covers the moment between handing out and writing.

Source: k8s.io/kubernetes pkg/registry/core/service/ipallocator and portallocator.
"""

import ipaddress
from collections import Counter
from collections.abc import Callable, Container, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field

TAKEN_ADDRESS, TAKEN_PORT = "provided IP is already allocated", "provided port is already allocated"
OTHER_NETWORK = "the provided network does not match the current range"


class NotAvailable(Exception):
    """The number cannot be had. Shape: `str()` is the real allocator's reason."""


@dataclass(frozen=True, slots=True)
class Pool:
    """Shape: `first` to `last` can be had; those up to `static` are handed out only when the others are gone.

    `taken` are the numbers of what is stored; `pick(n)` chooses below n.
    """

    first: int
    last: int
    static: int
    taken: Container[int]
    pick: Callable[[int], int]
    reserved: Counter[int] = field(default_factory=Counter)

    def claim(self, number: int, held: ExitStack) -> bool:
        """Reserves one number until `held` is closed; False when somebody has it."""
        if number in self.taken or self.reserved[number]:
            return False
        self._reserve(number, held)
        return True

    def next(self, held: ExitStack) -> int:
        """Reserves any number. Raises NotAvailable."""
        for number in self._order():
            if number not in self.taken and not self.reserved[number]:
                self._reserve(number, held)
                return number
        raise NotAvailable("range is full")

    def _reserve(self, number: int, held: ExitStack) -> None:
        self.reserved[number] += 1
        held.callback(self._release, number)

    def _release(self, number: int) -> None:
        self.reserved[number] -= 1
        if not self.reserved[number]:
            del self.reserved[number]

    def _order(self) -> Iterator[int]:
        size = self.last - self.static
        start = self.pick(size) if size > 0 else 0
        yield from (self.static + 1 + (start + step) % size for step in range(size))
        yield from range(self.first, self.static + 1)


def static_band(size: int, smallest: int, step: int, largest: int) -> int:
    """How many of the first numbers are left to those who ask for one by name."""
    return 0 if size < smallest else min(max(smallest, size // step), largest)


@dataclass(frozen=True, slots=True)
class Addresses:
    """The range of Service addresses."""

    network: ipaddress.IPv4Network
    pool: Pool

    def claim(self, address: str, held: ExitStack) -> None:
        """Raises NotAvailable."""
        parsed = ipaddress.ip_address(address)
        if parsed not in self.network:
            raise NotAvailable(OTHER_NETWORK)
        if not self.pool.first <= int(parsed) <= self.pool.last:
            raise NotAvailable(f"the provided IP ({address}) is not in the valid range. The range of valid IPs is {self.network}")
        if not self.pool.claim(int(parsed), held):
            raise NotAvailable(TAKEN_ADDRESS)

    def next(self, held: ExitStack) -> str:
        """Raises NotAvailable."""
        return str(ipaddress.ip_address(self.pool.next(held)))


def addresses(network: ipaddress.IPv4Network, taken: Container[int], pick: Callable[[int], int]) -> Addresses:
    first, last = int(network.network_address) + 1, int(network.broadcast_address) - 1
    band = static_band(network.num_addresses - 2, 16, 16, 256)
    return Addresses(network, Pool(first, last, first - 1 + band, taken, pick))


@dataclass(frozen=True, slots=True)
class Ports:
    """The range of node ports."""

    pool: Pool

    def claim(self, port: int, held: ExitStack) -> None:
        """Raises NotAvailable."""
        if not self.pool.first <= port <= self.pool.last:
            raise NotAvailable(f"provided port is not in the valid range. The range of valid ports is {self.pool.first}-{self.pool.last}")
        if not self.pool.claim(port, held):
            raise NotAvailable(TAKEN_PORT)

    def next(self, held: ExitStack) -> int:
        """Raises NotAvailable."""
        return self.pool.next(held)


def ports(first: int, last: int, taken: Container[int], pick: Callable[[int], int]) -> Ports:
    band = static_band(last - first + 1, 16, 32, 128)
    return Ports(Pool(first, last, first - 1 + band, taken, pick))
