"""A bar on the standard error while weights are fetched."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, TaskID, TextColumn, TimeRemainingColumn, TransferSpeedColumn
from rich.progress import Progress as Bars

from edge.weights.download import Progress


@contextmanager
def shown(what: str) -> Iterator[Progress]:
    """A bar for each file that is fetched inside; nothing at all where nobody can see it move.

    Args:
        what: The name before each file's.
    """
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    console = Console(stderr=True)
    with Bars(*columns, console=console, disable=not console.is_terminal) as bars:
        tasks: dict[str, TaskID] = {}

        def progress(name: str, done: int, total: int | None) -> None:
            if name not in tasks:
                tasks[name] = bars.add_task(what if name.startswith(what) else f"{what}: {name}", total=total)
            bars.update(tasks[name], completed=done, total=total)

        yield progress
