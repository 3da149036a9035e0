"""A network's parameters side by side in one buffer, so that one compiled loop can reach them all.

Nothing is copied for keeps: the parameters themselves are moved there, and the network goes on computing with them.
"""

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
    longer lie here; values that are copied into them do.

    Args:
        network: Whose parameters to move.

    Attributes:
        values: (P,) float32.
    """

    def __init__(self, network: nn.Module) -> None:
        self._starts: dict[int, int] = {}
        transposed = {id(weight) for module in network.modules() for weight in _input_major(module)}
        tensors = [tensor for tensor in (*network.parameters(), *network.buffers()) if tensor.is_floating_point()]
        sizes = [_room(tensor, id(tensor) in transposed) for tensor in tensors]
        zeros = max((padded(tensor.shape[0]) for tensor in tensors), default=0)
        buffer = torch.zeros(sum(sizes) + zeros)
        start = 0
        with torch.no_grad():
            for tensor, size in zip(tensors, sizes, strict=True):
                place = _placed(buffer[start : start + size], tensor, id(tensor) in transposed)
                place.copy_(tensor)
                tensor.data = place
                self._starts[id(tensor)] = start
                start += size
        self._zeros = start
        self._network = network  # keeps the tensors, and so their ids
        self.values: NDArray[np.float32] = buffer.numpy()

    def start(self, tensor: Tensor | None) -> int:
        """Where a parameter begins; where zeros do for one that is not there."""
        return self._zeros if tensor is None else self._starts[id(tensor)]


def _input_major(module: nn.Module) -> list[Tensor]:
    if isinstance(module, nn.Linear):
        return [module.weight]
    return [module.weight_ih, module.weight_hh] if isinstance(module, nn.GRUCell) else []


def _room(tensor: Tensor, transposed: bool) -> int:  # noqa: FBT001 - says how the tensor lies
    if transposed:
        columns, rows = tensor.shape
        return rows * padded(columns)
    return padded(tensor.numel())


def _placed(room: Tensor, tensor: Tensor, transposed: bool) -> Tensor:  # noqa: FBT001
    if transposed:
        columns, rows = tensor.shape
        return room.view(rows, padded(columns))[:, :columns].t()
    return room[: tensor.numel()].view(tensor.shape)
