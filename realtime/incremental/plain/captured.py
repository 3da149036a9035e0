"""The incremental pass on CUDA: for each bucket of lanes, the step is captured once as a graph and then replayed.

Experimental: it has not run on a GPU yet. What can be known without one is tested without one: what goes through the
buffers, how buckets are filled up, and that the step asks for no value on the host.
"""

import torch
from torch import Tensor

from model.networks.mtml import MTML
from model.networks.observations import Observations
from realtime.incremental.buckets import bucket
from realtime.incremental.plain.buffers import Buffers
from realtime.incremental.plain.passage import IncrementalPass
from realtime.incremental.reading import WindowReading

_WARM_UPS = 3
"""Steps before a capture: libraries set themselves up at first use, which no graph may record."""


class CapturedPass:
    """Does what `IncrementalPass` does, from and to tensors on the host: three copies, one launch, one wait.

    A bucket is captured when it is first needed, and again once `state.resize` has moved the rings. Steps are to be
    called from one thread; other threads may use the device.

    Args:
        network: Whose parameters to compute with, on a CUDA device; they may change in place, but not move.

    Attributes:
        state: What is remembered of all conversations, on the device; `NOBODYS_SLOT` is to stay nobody's.

    Raises:
        ValueError: The network is not on a CUDA device.
    """

    def __init__(self, network: MTML) -> None:
        self._device = network.cause_head.weight.device
        if self._device.type != "cuda":
            raise ValueError(f"a step is captured on a CUDA device, and the network is on {self._device}")
        self._network = network
        self._pass = IncrementalPass(network)
        self.state = self._pass.state
        self._rings = self.state.features
        self._graphs: dict[int, _CapturedStep] = {}

    @torch.inference_mode()
    def step(self, slots: Tensor, observed: Observations, speakers: Tensor) -> WindowReading:
        """Let one utterance arrive in each of B conversations; arguments as of `IncrementalPass.step`.

        Returns:
            What the network says, on the host; overwritten by the next step of the same bucket.

        Raises:
            ValueError: There are no lanes, or more than fit the largest bucket.
        """
        lanes = slots.shape[0]
        with torch.cuda.device(self._device):
            captured = self._captured(bucket(lanes))
            captured.buffers.fill(slots, observed, speakers)
            captured.run()
        return captured.buffers.reading(lanes)

    def _captured(self, lanes: int) -> "_CapturedStep":
        if self._rings is not self.state.features:
            self._graphs.clear()
            self._rings = self.state.features
        if lanes not in self._graphs:
            self._graphs[lanes] = _CapturedStep(self._pass, Buffers(self._network, lanes))
        return self._graphs[lanes]


class _CapturedStep:
    """The step of one bucket of lanes as a graph, between buffers of its own.

    Args:
        step: What to capture.
        buffers: In which nothing has arrived: warming up then touches nobody's slot alone.
    """

    def __init__(self, step: IncrementalPass, buffers: Buffers) -> None:
        self._step = step
        self.buffers = buffers
        self._graph = torch.cuda.CUDAGraph()
        self._warm_up()
        with torch.cuda.graph(self._graph, capture_error_mode="thread_local"):
            self._compute()

    def run(self) -> None:
        """Bring in what the buffers were filled with, compute, bring out what was said, and wait for it."""
        self.buffers.send()
        self._graph.replay()
        self.buffers.fetch()
        torch.cuda.current_stream().synchronize()

    def _compute(self) -> None:
        self.buffers.keep(self._step.step(*self.buffers.inputs()))

    def _warm_up(self) -> None:
        side = torch.cuda.Stream()  # type: ignore[no-untyped-call]  # torch gives it no types
        current = torch.cuda.current_stream()
        side.wait_stream(current)
        with torch.cuda.stream(side):
            for _ in range(_WARM_UPS):
                self._compute()
        current.wait_stream(side)
