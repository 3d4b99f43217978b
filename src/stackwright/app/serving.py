"""The frame of every serving process: the folder's lock, logging, signals, the event loop."""

import asyncio
import contextlib
import logging
import signal
from collections.abc import Awaitable, Callable

import uvloop

from stackwright.app import logfile
from stackwright.app.garbage import settle_now_and_then
from stackwright.app.places import Places
from stackwright.app.process import hold, hold_port

_LOG_LOOK_SECONDS = 30.0
_FORMAT = "%(asctime)s %(levelname)-7s %(name)s %(message)s"


def serve(places: Places, run: Callable[[Places], Awaitable[None]], port: int, log_level: str = "info") -> None:
    """Runs until SIGTERM or SIGINT. Raises NotServing when another process serves this folder or has the port."""
    held, port_held = hold(places), hold_port(port)
    logging.basicConfig(level=log_level.upper(), format=_FORMAT)
    for chatty in ("httpx", "httpcore", "watchfiles"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    with held.file, port_held.file, contextlib.suppress(asyncio.CancelledError):
        uvloop.run(_until_told(places, run))


async def _until_told(places: Places, run: Callable[[Places], Awaitable[None]]) -> None:
    serving = asyncio.ensure_future(run(places))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, serving.cancel)
    upkeep = [asyncio.create_task(settle_now_and_then(), name="garbage"), asyncio.create_task(_roll_log(places), name="log")]
    try:
        await serving
    finally:
        for task in upkeep:
            task.cancel()


async def _roll_log(places: Places) -> None:
    while True:
        await asyncio.sleep(_LOG_LOOK_SECONDS)
        logfile.roll(places.server_log)
