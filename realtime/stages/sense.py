"""The stage that gives each utterance what voice and face say of it."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace

from model.evidence import Evidence
from model.modality import Modality
from realtime.clock import Clock
from realtime.events import ConversationEnded, ConversationStarted, Event, Heard, SpeakersMerged
from realtime.orders import Forget
from realtime.recovery import ConversationResumed
from realtime.sensing import SWITCHED_OFF, Sense


class SenseStage:
    """Sets `Heard.evidence`: one value per modality that is looked at, also where it says nothing.

    Args:
        senses: By modality, those that the network reads beside the words.
        clock: For timing; what it takes counts as encoding.
        unread: Those that are switched off at this moment.
    """

    def __init__(
        self,
        senses: Mapping[Modality, Sense],
        clock: Clock,
        unread: Callable[[], Collection[Modality]] = tuple,
    ) -> None:
        self._senses = senses
        self._clock = clock
        self._unread = unread
        self._conversation: str | None = None

    async def open(self) -> None:
        """Nothing to load: who listens and looks did."""

    async def process(self, event: Event) -> Sequence[Event]:
        """The event, an utterance with its evidence; of who has opted out neither voice nor face is read."""
        match event:
            case Heard(withheld=False):
                return (await self._sensed(event),)
            case ConversationStarted(at_s=at_s) | ConversationEnded(at_s=at_s):
                self._conversation = event.conversation
                self._forget(at_s)
            case ConversationResumed(conversation=conversation):
                self._conversation = conversation
            case SpeakersMerged(kept=kept, gone=gone):
                for sense in self._senses.values():
                    sense.merge(kept, gone)
            case Forget(met=True) if event.is_about(self._conversation):
                for sense in self._senses.values():
                    event.removed["baselines"] += sense.forget(event.speakers)
            case _:
                pass
        return (event,)

    async def flush(self) -> Sequence[Event]:
        """Nothing is held back."""
        return ()

    async def close(self) -> None:
        """Forget everybody."""
        self._forget(float("inf"))

    async def _sensed(self, heard: Heard) -> Heard:
        started_at = self._clock.now_s()
        off = self._unread()
        evidence = {
            modality: Evidence(None, None, SWITCHED_OFF) if modality in off else await sense.evidence(heard)
            for modality, sense in self._senses.items()
        }
        transcript = heard.transcript
        encode_s = transcript.latency.encode_s + self._clock.now_s() - started_at
        timed = replace(transcript, latency=replace(transcript.latency, encode_s=encode_s))
        return replace(heard, transcript=timed, evidence=evidence)

    def _forget(self, before_s: float) -> None:
        for sense in self._senses.values():
            sense.clear(before_s)
