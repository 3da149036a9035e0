"""A process that talks when it is told to: `python -m tests.faults.talking BROKER STATE`.

Each line of its standard input is a number of utterances; it answers with the number of events so far when they are
said. Its conversation ends with its input.
"""

import asyncio
import sys
from pathlib import Path

from edge.mqtt.address import parse_address
from tests.faults.talk import Talk, publisher


async def main(broker: str, state: str) -> None:
    loop = asyncio.get_running_loop()
    async with publisher(parse_address(broker), Path(state)) as node:
        talk = Talk(node)
        await talk.start()
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            await talk.say(int(line))
            print(talk.made, flush=True)  # noqa: T201 - the answer
        await talk.end()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
