"""The incremental pass on a CPU: the network written as a program once, carried out for every new utterance."""

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from model.graph import Kind
from model.networks.mtml import MTML
from model.networks.observations import Observations
from realtime.incremental.fused.loop import carry_out
from realtime.incremental.fused.network import write_network
from realtime.incremental.fused.operation import Frame
from realtime.incremental.fused.parameters import Packed
from realtime.incremental.fused.program import Program
from realtime.incremental.reading import WindowReading
from realtime.incremental.state import Rings, State

_LEAST = 8  # conversations per thread: for fewer, waking it costs more than it gives


class FusedPass:
    """The network over the rows that a new utterance can change; does what `IncrementalPass` does, to the margin.

    What it says of a conversation does not depend on the others in a step, to the bit.

    Args:
        network: Whose parameters to compute with, in evaluation mode, on a CPU, in float32; they are moved (see
            `Packed`), none is copied.
        threads: Most threads for one step.

    Raises:
        ValueError: The network is of another type, or elsewhere.
    """

    def __init__(self, network: MTML, threads: int = 1) -> None:
        if {(each.dtype, each.device.type) for each in network.parameters()} != {(torch.float32, "cpu")}:
            raise ValueError("the fused step computes with parameters in float32 on a CPU alone")
        rings = Rings(network)
        self.state = State(rings, network.cause_head.weight)
        self._parameters = Packed(network)
        program = Program(self._parameters, rings)
        self._places = write_network(program, network)
        self._operations = program.operations()
        self._said = program.said
        settings = network.settings
        self._modalities = settings.modalities
        self._shapes = {
            "emotion": (settings.emotion_horizon + 1, len(settings.labels)),
            "cause": (settings.emotion_horizon + 1, 2),
            "pair": (settings.cause_horizon + 1, settings.graph.window(Kind.CANDIDATE).width),
        }
        self._work = [np.zeros(program.work, np.float32) for _ in range(threads)]
        self._threads = ThreadPoolExecutor(threads - 1, "fused step") if threads > 1 else None

    def step(self, slots: Tensor, observed: Observations, speakers: Tensor) -> WindowReading:
        """Let one utterance arrive in each of B conversations; arguments as of `IncrementalPass.step`."""
        modalities = self._modalities
        features = [observed.features[modality].numpy() for modality in modalities]
        present = observed.present.numpy().astype(np.float32)
        beside = features[0] if len(features) == 1 else np.concatenate(features, 1)
        said = self._read(slots.numpy(), beside, present, speakers.numpy())
        return WindowReading(**{name: self._part(said, name, shape) for name, shape in self._shapes.items()})

    def _read(
        self,
        slots: NDArray[np.int64],
        features: NDArray[np.float32],
        present: NDArray[np.float32],
        speakers: NDArray[np.int64],
    ) -> NDArray[np.float32]:
        """Everything that is said of B conversations, (B, O)."""
        state = self.state
        rings, newest, spoken = state.features.numpy(), state.newest.numpy(), state.speakers.numpy()
        newest[slots] += 1
        numbers = newest[slots]
        spoken[slots, numbers % spoken.shape[1]] = speakers
        said = np.empty((len(slots), self._said), np.float32)
        self._carry_out(
            [
                Frame(self._parameters.values, rings, spoken, slots, numbers, features, present, work, said)
                for work in self._work
            ]
        )
        return said

    def _carry_out(self, frames: list[Frame]) -> None:
        """Share the conversations out among the threads."""
        lanes = len(frames[0].slots)
        shares = min(len(frames), max(1, lanes // _LEAST))
        bounds = [lanes * number // shares for number in range(shares + 1)]
        (first, end), *others = pairwise(bounds)
        waiting = [
            self._threads.submit(carry_out, self._operations, frame, *bound)
            for frame, bound in zip(frames[1:], others, strict=False)
            if self._threads
        ]
        carry_out(self._operations, frames[0], first, end)
        for one in waiting:
            one.result()

    def _part(self, said: NDArray[np.float32], name: str, shape: tuple[int, int]) -> Tensor:
        start: int = getattr(self._places, name)
        return torch.from_numpy(said[:, start : start + shape[0] * shape[1]].reshape(len(said), *shape))
