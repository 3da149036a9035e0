"""A network's parameters side by side in one buffer, so that one compiled loop can reach them all.

Nothing is copied for keeps: the parameters themselves are moved there, and the network goes on computing with them.
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from realtime.incremental.fused.tile import COLUMNS


def padded(columns: int) -> int:
    """The next multiple of `COLUMNS`."""
    return -(-columns // COLUMNS) * COLUMNS


class Packed:
    """The parameters of a network in evaluation mode on a CPU, in float32.

    Weights of linear maps are laid input-major with padded columns, (K, N) where torch's shape is (N, K): the same
    tensor with other strides. All else lies as it is. Tensors that are replaced later (`network.to`, `.half`) no
    longer lie here; values that are copied into them do. A network whose parameters lie so already is left as it is:
    several steps can compute with it.

    Args:
        network: Whose parameters to move.

    Attributes:
        values: (P,) float32.
    """

    def __init__(self, network: nn.Module) -> None:
        seats, self._zeros = _seats(network)
        size = self._zeros + max(padded(seat.tensor.shape[0]) for seat in seats)
        buffer = _storage(seats[0].tensor)
        if len(buffer) != size or not all(seat.is_taken(buffer) for seat in seats):
            buffer = torch.zeros(size)
            for seat in seats:
                seat.take(buffer)
        self._starts = {id(seat.tensor): seat.start for seat in seats}
        self._network = network  # keeps the tensors, and so their ids
        self.values: NDArray[np.float32] = buffer.numpy()

    def start(self, tensor: Tensor | None) -> int:
        """Where a parameter begins; where zeros do for one that is not there."""
        return self._zeros if tensor is None else self._starts[id(tensor)]


@dataclass(frozen=True, slots=True)
class _Seat:
    """Where in a buffer a tensor belongs, and whether it lies transposed there."""

    tensor: Tensor
    start: int
    transposed: bool

    @property
    def end(self) -> int:
        shape = self.tensor.shape
        return self.start + (shape[1] * padded(shape[0]) if self.transposed else padded(self.tensor.numel()))

    def is_taken(self, buffer: Tensor) -> bool:
        """Whether the tensor lies there."""
        place = self._place(buffer)
        return self.tensor.data_ptr() == place.data_ptr() and self.tensor.stride() == place.stride()

    @torch.no_grad()
    def take(self, buffer: Tensor) -> None:
        """Move the tensor there."""
        place = self._place(buffer)
        self.tensor.data = place.copy_(self.tensor)

    def _place(self, buffer: Tensor) -> Tensor:
        room = buffer[self.start : self.end]
        if self.transposed:
            columns, rows = self.tensor.shape
            return room.view(rows, padded(columns))[:, :columns].t()
        return room[: self.tensor.numel()].view(self.tensor.shape)


def _seats(network: nn.Module) -> tuple[list[_Seat], int]:
    """A seat for every tensor that can be computed with, and where the last one ends."""
    transposed = {id(weight) for module in network.modules() for weight in _input_major(module)}
    seats: list[_Seat] = []
    end = 0
    for tensor in (*network.parameters(), *network.buffers()):
        if tensor.is_floating_point():
            seats.append(_Seat(tensor, end, id(tensor) in transposed))
            end = seats[-1].end
    return seats, end


def _input_major(module: nn.Module) -> list[Tensor]:
    if isinstance(module, nn.Linear):
        return [module.weight]
    return [module.weight_ih, module.weight_hh] if isinstance(module, nn.GRUCell) else []


def _storage(tensor: Tensor) -> Tensor:
    """Everything that lies in the same memory as a tensor, (P,)."""
    return torch.empty(0).set_(tensor.untyped_storage())
