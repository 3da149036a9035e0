"""Looking at everything at once; what cannot be looked at says why and what helps."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from edge.devices.cameras import find_cameras
from edge.devices.gpus import find_gpus
from edge.devices.listing import Device, Listing, Section
from edge.devices.microphones import find_microphones
from edge.devices.sound_server import find_sound_server
from model.errors import UsageError

D = TypeVar("D", bound=Device)


async def survey() -> Listing:
    """Every device of every kind."""
    microphones, sound_server, cameras, gpus = await asyncio.gather(
        noted(find_microphones()), noted(find_sound_server()), noted(find_cameras()), noted(find_gpus())
    )
    return Listing(microphones=microphones, sound_server=sound_server, cameras=cameras, gpus=gpus)


async def noted(search: Awaitable[Section[D]]) -> Section[D]:
    """What a search finds; where it fails in a way that the user can mend, an empty section that says so."""
    try:
        return await search
    except UsageError as error:
        return Section(problem=error.problem, remedy=error.remedy)
