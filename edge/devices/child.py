"""Looking at devices in a process apart: a driver that hangs or crashes takes nothing else with it."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import edge
from model.errors import SourceError, UsageError

_KILLED_S = 1.0
_ROOT = str(Path(edge.__file__).parents[1])


def answer(look: Callable[[], Any]) -> None:
    """Say on the standard output, as JSON in one line, what looking finds or what the user can mend. For the child.

    Args:
        look: Looks; returns plain values.
    """
    try:
        said = {"found": look()}
    except UsageError as error:
        said = {"problem": error.problem, "remedy": error.remedy}
    sys.stdout.write(f"\n{json.dumps(said)}\n")
    sys.stdout.flush()


async def ask(module: str, *words: str, limit_s: float, environment: dict[str, str] | None = None) -> Any:  # noqa: ANN401 - JSON
    """What a module that `answer`s finds when it runs as a program.

    Args:
        module: What `python -m` runs.
        words: Its arguments.
        limit_s: How long it may take, seconds.
        environment: Variables besides ours.

    Raises:
        UsageError: What the child says the user can mend; or it took too long, or a driver crashed it.
        RuntimeError: The child failed in a way nobody foresaw; its trace is a note of this error.
    """
    # It finds what we find, and (-P) nothing that happens to lie in the current folder.
    path = {"PYTHONPATH": os.pathsep.join(filter(None, [_ROOT, *sys.path]))}
    code, said, complaints = await run(
        sys.executable, "-P", "-m", module, *words, limit_s=limit_s, environment=path | (environment or {})
    )
    if code < 0:
        raise SourceError(
            f"a driver or library crashed ({signal.Signals(-code).name})", "Update it, or unplug the device"
        )
    if code > 0:
        failure = RuntimeError(f"{module}: {(complaints.strip().splitlines() or ['no trace'])[-1]}")
        failure.add_note(complaints)
        raise failure
    heard = json.loads(said.strip().splitlines()[-1])
    if "problem" in heard:
        raise UsageError(heard["problem"], heard["remedy"])
    return heard["found"]


async def run(*command: str, limit_s: float, environment: dict[str, str] | None = None) -> tuple[int, str, str]:
    """(exit status, standard output, standard error) of a program; it is ended when it takes too long.

    Raises:
        SourceError: It took too long.
        FileNotFoundError: There is no such program.
    """
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=os.environ | (environment or {}),
    )
    try:
        async with asyncio.timeout(limit_s):
            said, complaints = await process.communicate()
    except TimeoutError:
        raise SourceError(
            f"no answer within {limit_s:g} s",
            "Something is stuck: look again, unplug the device and plug it in again, or restart",
        ) from None
    finally:
        if process.returncode is None:
            process.kill()
            with suppress(TimeoutError):  # one that a driver holds in the kernel cannot even be killed
                await asyncio.wait_for(process.wait(), _KILLED_S)
    return process.returncode or 0, said.decode(errors="replace"), complaints.decode(errors="replace")
