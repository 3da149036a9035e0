"""What goes into a step and what comes out of it, at addresses that never change, as a captured step needs them."""

from math import prod

import torch
from torch import Tensor

from model.graph import Kind
from model.networks.mtml import MTML
from model.networks.observations import Observations
from realtime.incremental.buckets import NOBODYS_SLOT
from realtime.incremental.reading import WindowReading
from realtime.incremental.state import NOBODY


class Buffers:
    """Inputs and outputs of steps of B lanes, on the host and on the device, one copy each way for each kind of number.

    `fill` and `send` bring in what arrived, `inputs` is what a step reads on the device, `keep` puts what it said where
    `fetch` finds it.

    Args:
        network: Which reads, on the device.
        lanes: B, always as many; a step of fewer is filled up with lanes in `NOBODYS_SLOT`.
    """

    def __init__(self, network: MTML, lanes: int) -> None:
        settings = network.settings
        like = network.cause_head.weight
        self._modalities = settings.modalities
        self._widths = [*(settings.features[modality] for modality in self._modalities), len(self._modalities)]
        window, rows = settings.graph.window(Kind.CANDIDATE), settings.emotion_horizon + 1
        self._shapes = [(rows, len(settings.labels)), (rows, 2), (settings.cause_horizon + 1, window.width)]
        pinned = like.is_cuda
        self._numbers = torch.empty(2, lanes, dtype=torch.int64, pin_memory=pinned)  # slots, speakers
        self._observed = torch.empty(lanes, sum(self._widths), pin_memory=pinned)
        self._said = torch.empty(lanes, sum(map(prod, self._shapes)), pin_memory=pinned)
        self._device_numbers, self._device_observed, self._device_said = (
            torch.empty_like(host, device=like.device) for host in (self._numbers, self._observed, self._said)
        )
        self.empty()
        self.send()

    def empty(self) -> None:
        """Let nothing have arrived in any lane."""
        slots, speakers = self._numbers
        slots.fill_(NOBODYS_SLOT)
        speakers.fill_(NOBODY)
        self._observed.zero_()

    def fill(self, slots: Tensor, observed: Observations, speakers: Tensor) -> None:
        """Take in what arrived in the first lanes, at most B; nothing arrived in the rest.

        Args:
            slots: (b,) int64.
            observed: The b new utterances.
            speakers: (b,) int64.
        """
        self.empty()
        arrived = slots.shape[0]
        self._numbers[0, :arrived], self._numbers[1, :arrived] = slots, speakers
        columns = [*(observed.features[modality] for modality in self._modalities), observed.present]
        for into, rows in zip(torch.split(self._observed[:arrived], self._widths, -1), columns, strict=True):
            into.copy_(rows)

    def send(self) -> None:
        """Bring what arrived onto the device; it may still be on its way."""
        self._device_numbers.copy_(self._numbers, non_blocking=True)
        self._device_observed.copy_(self._observed, non_blocking=True)

    def inputs(self) -> tuple[Tensor, Observations, Tensor]:
        """What a step reads: slots, utterances and speakers, on the device."""
        slots, speakers = self._device_numbers
        *features, present = torch.split(self._device_observed, self._widths, -1)
        observed = Observations(dict(zip(self._modalities, features, strict=True)), present > 0)
        return slots, observed, speakers

    def keep(self, reading: WindowReading) -> None:
        """Put what a step said where `fetch` finds it, on the device."""
        parts = (reading.emotion, reading.cause, reading.pair)
        torch.cat([part.flatten(1) for part in parts], 1, out=self._device_said)

    def fetch(self) -> None:
        """Bring what was said from the device; it may still be on its way."""
        self._said.copy_(self._device_said, non_blocking=True)

    def reading(self, lanes: int) -> WindowReading:
        """What was said of the first lanes, on the host; theirs until the next `fetch`."""
        parts = torch.split(self._said[:lanes], [prod(shape) for shape in self._shapes], 1)
        emotion, cause, pair = (part.view(lanes, *shape) for part, shape in zip(parts, self._shapes, strict=True))
        return WindowReading(emotion, cause, pair)
