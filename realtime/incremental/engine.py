"""The incremental engine: utterances of many conversations in, what is new about each conversation out."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from model.analysis import Analysis
from model.decision import Decision
from model.errors import CheckpointError, SkippableError
from model.graph import Kind
from model.modality import Modality
from model.networks.mtml import MTML
from model.networks.observations import Observations
from realtime.incremental.buckets import LEAST_LANES, MOST_LANES, NOBODYS_SLOT
from realtime.incremental.fused.passage import FusedPass
from realtime.incremental.ledger import Ledger
from realtime.incremental.open_lanes import OpenLanes
from realtime.incremental.plain.captured import CapturedPass
from realtime.incremental.probabilities import emotion_probabilities, pair_probabilities
from realtime.incremental.snapshot import Spoken, digest, from_bytes, to_bytes
from realtime.incremental.speakers import SpeakerNumbers


@dataclass(frozen=True, slots=True)
class Arrival:
    """One new utterance of one conversation.

    Attributes:
        lane: The conversation, as `IncrementalEngine.open` named it.
        utterance: Its number within its conversation, from 0 and without a gap.
        features: (F_m,) float32 of the utterance per modality it has, as the encoders give them; at least one.
        speaker: Id of who spoke, or `UNKNOWN_SPEAKER`.
    """

    lane: int
    utterance: int
    features: Mapping[Modality, NDArray[np.float32]]
    speaker: str


@dataclass(slots=True)
class _Lane:
    """One open conversation: its place in the rings, who spoke in it, and what was said about it."""

    slot: int
    speakers: SpeakerNumbers
    ledger: Ledger
    read: int = 0
    finished: bool = False


class IncrementalEngine:
    """Reads conversations one utterance at a time, at a cost that does not depend on their length.

    Its results equal the offline pass over everything that has arrived: max|a-b| <= 1e-5 max(1, max|b|) on logits, 1e-5
    on probabilities. Conversations are lanes; a step takes one utterance of each of any number of lanes together.

    Args:
        network: Whose parameters to compute with, in evaluation mode; none is copied. Where it is decides how a step is
            computed: on a CPU by `FusedPass`, on CUDA by `CapturedPass`.
        decision: How logits become probabilities and links.
        threads: Most threads for one step on a CPU; more than one is worth it for many conversations.
    """

    def __init__(self, network: MTML, decision: Decision, threads: int = 1) -> None:
        self._network = network.eval()
        self._decision = decision
        self._pass = _pass(network, threads)
        self._lanes: OpenLanes[_Lane] = OpenLanes()
        self._free: list[int] = []
        self._opened = 0
        self._network_digest = ""

    @torch.inference_mode()
    def open(self) -> int:
        """A lane for a new conversation; its id is never given again."""
        if not self._free:
            self._grow()
        slot = self._free.pop()
        lane, self._opened = self._opened, self._opened + 1
        self._lanes[lane] = _Lane(slot, SpeakerNumbers(self._pass.state.rings.utterances), self._ledger())
        return lane

    @torch.inference_mode()
    def step(self, arrivals: Sequence[Arrival]) -> list[Analysis]:
        """Let utterances arrive. Several of one lane are read one after the other, as if each had come alone.

        Returns:
            Per arrival, what is new about its conversation.

        Raises:
            SkippableError: Features are not finite, or an utterance was read before. Nothing has changed in any lane.
            ValueError: A lane is not open or has finished, an utterance is missing before this one, or features are
                not what the network reads. Nothing has changed.
        """
        self.check(arrivals)
        analyses: dict[int, Analysis] = {}
        for turn in _turns(arrivals):
            said = self._read([arrivals[number] for number in turn])
            analyses.update(zip(turn, said, strict=True))
        return [analyses[number] for number in range(len(arrivals))]

    def check(self, arrivals: Sequence[Arrival]) -> None:
        """Refuse what `step` would refuse, with the same errors; nothing changes."""
        due: dict[int, int] = {}
        for arrival in arrivals:
            number = due.setdefault(arrival.lane, self._lanes.running(arrival.lane).read)
            if arrival.utterance < number:
                raise SkippableError(
                    f"utterance {arrival.utterance} of lane {arrival.lane} has been read already; "
                    "what it read on arrival stays"
                )
            if arrival.utterance > number:
                raise ValueError(f"utterance {arrival.utterance} of lane {arrival.lane} came where {number} was due")
            self.check_features(arrival)
            due[arrival.lane] = number + 1

    def check_features(self, arrival: Arrival) -> None:
        """Refuse features that no step could read, whatever the state of the lane.

        Raises:
            SkippableError: They are not finite.
            ValueError: They are none, of a modality that the network does not read, or of another width.
        """
        sizes = self._network.settings.features
        if not arrival.features or arrival.features.keys() - sizes.keys():
            given, read = ([modality.value for modality in group] for group in (arrival.features, sizes))
            raise ValueError(f"features of {given} were given, the network reads {read}")
        for modality, values in arrival.features.items():
            if values.shape != (sizes[modality],):
                raise ValueError(f"{modality} features have shape {values.shape}, not ({sizes[modality]},)")
            if not np.isfinite(values).all():
                raise SkippableError(
                    f"{modality} features of utterance {arrival.utterance} of lane {arrival.lane} are not finite"
                )

    def finish(self, lane: int) -> Analysis:
        """The conversation has ended: everything that could still change becomes final.

        Raises:
            ValueError: The lane is not open, or has finished already.
        """
        state = self._lanes.running(lane)
        state.finished = True
        return state.ledger.finish()

    @torch.inference_mode()
    def close(self, lane: int) -> None:
        """Forget a conversation: nothing of it stays in memory, and what was not finished is never said.

        Raises:
            ValueError: The lane is not open.
        """
        slot = self._lanes.named(lane).slot
        self._pass.state.clear(slot)
        self._free.append(slot)
        del self._lanes[lane]

    def set_link_threshold(self, threshold: float) -> None:
        """Least calibrated probability of a link, of every conversation's utterances from the next one on."""
        self._decision = self._decision.model_copy(update={"link_threshold": threshold})
        for lane in self._lanes.values():
            lane.ledger.threshold = threshold

    @torch.inference_mode()
    def save(self, lane: int) -> bytes:
        """A conversation as it stands now, for `restore`: its features and who spoke among it, so keep it as safe.

        Raises:
            ValueError: The lane is not open.
        """
        state, rings = self._lanes.named(lane), self._pass.state
        emotions, causes = state.ledger.said()
        spoken = Spoken(self._digest(), state.read, state.finished, state.speakers.names(), emotions, causes)
        return to_bytes(rings.features[state.slot], rings.speakers[state.slot], spoken)

    @torch.inference_mode()
    def restore(self, saved: bytes) -> int:
        """A new lane that goes on where a saved one stood, in this engine or another of the same network.

        Raises:
            CheckpointError: The bytes are not a saved conversation, or one that another network read.
        """
        rings = self._pass.state
        lane = self.open()
        state = self._lanes[lane]
        try:
            like = rings.features[state.slot], rings.speakers[state.slot]
            features, speakers, spoken = from_bytes(saved, like, self._digest())
        except CheckpointError:
            self.close(lane)
            raise
        rings.features[state.slot], rings.speakers[state.slot] = features.to(like[0]), speakers.to(like[1])
        rings.newest[state.slot] = spoken.read - 1
        state.read, state.finished = spoken.read, spoken.finished
        state.speakers.resume(spoken.names)
        state.ledger.resume(spoken.read - 1, spoken.emotions, spoken.causes)
        return lane

    def read(self, lane: int) -> int:
        """How many utterances of a conversation were read: the number of the next.

        Raises:
            ValueError: The lane is not open.
        """
        return self._lanes.named(lane).read

    def _digest(self) -> str:
        """Says which network this is; taken once, since it costs some milliseconds."""
        self._network_digest = self._network_digest or digest(self._network)
        return self._network_digest

    def _read(self, arrivals: Sequence[Arrival]) -> list[Analysis]:
        lanes = [self._lanes[arrival.lane] for arrival in arrivals]
        speakers = [
            lane.speakers.number(arrival.speaker, lane.read) for lane, arrival in zip(lanes, arrivals, strict=True)
        ]
        slots = np.array([lane.slot for lane in lanes])  # through NumPy, which takes a list faster than torch does
        reading = self._pass.step(
            torch.from_numpy(slots),
            self._observed([arrival.features for arrival in arrivals]),
            torch.from_numpy(np.array(speakers)),
        )
        for lane in lanes:
            lane.read += 1
        emotions = emotion_probabilities(self._decision, reading.emotion)
        pairs = pair_probabilities(self._decision, reading.pair)
        return [lane.ledger.update(emotion, pair) for lane, emotion, pair in zip(lanes, emotions, pairs, strict=True)]

    def _observed(self, features: Sequence[Mapping[Modality, NDArray[np.float32]]]) -> Observations:
        """What the network reads of B utterances; zeros stand where a modality is absent, and are masked."""
        sizes, read = self._network.settings.features, self._network.settings.modalities
        rows = {
            modality: np.stack([have.get(modality, np.zeros(sizes[modality], np.float32)) for have in features])
            for modality in read
        }
        present = np.array([[modality in have for modality in read] for have in features])
        tensors = {modality: torch.from_numpy(values) for modality, values in rows.items()}
        return Observations(tensors, torch.from_numpy(present))

    def _grow(self) -> None:
        state = self._pass.state
        before, after = max(state.slots, NOBODYS_SLOT + 1), max(LEAST_LANES, 2 * state.slots)
        state.resize(after)
        self._free.extend(range(before, after))

    def _ledger(self) -> Ledger:
        settings = self._network.settings
        return Ledger(
            labels=settings.labels,
            threshold=self._decision.link_threshold,
            candidates=settings.graph.window(Kind.CANDIDATE),
            emotion_horizon=settings.emotion_horizon,
            cause_horizon=settings.cause_horizon,
        )


def _pass(network: MTML, threads: int) -> FusedPass | CapturedPass:
    """The step's implementation for where the network is."""
    return CapturedPass(network) if network.cause_head.weight.is_cuda else FusedPass(network, threads)


def _turns(arrivals: Iterable[Arrival]) -> list[list[int]]:
    """Numbers of the arrivals that can be read together: each lane at most once a turn, in order."""
    seen: dict[int, int] = {}
    turns: list[list[int]] = []
    for number, arrival in enumerate(arrivals):
        turn = seen.get(arrival.lane, 0)
        seen[arrival.lane] = turn + 1
        if turn == len(turns):
            turns.append([])
        turns[turn].append(number)
    return [turn[start : start + MOST_LANES] for turn in turns for start in range(0, len(turn), MOST_LANES)]
