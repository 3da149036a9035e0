"""(c) The windowed rerun through `torch.compile`."""

import os
import shutil

import torch

from edge.bench.incremental.ways import Windowed
from edge.bench.incremental.windowed import WindowedRerun


def missing_compiler() -> str | None:
    """Why nothing can be compiled here, in one line that says what helps; None if it can."""
    compiler = os.environ.get("CXX", "g++")
    if shutil.which(compiler):
        return None
    return f"(c) is left out: torch.compile needs the compiler {compiler}. As root: apt-get install -y g++ python3-dev"


def compiled(rerun: WindowedRerun) -> Windowed:
    """The same as one graph of static shapes; the first call compiles, for up to a minute."""
    code: Windowed = torch.compile(rerun, fullgraph=True, dynamic=False)
    return code
