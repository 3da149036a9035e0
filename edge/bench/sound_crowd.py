"""Many conversations in one process as sound: each group of people at another point of a recording."""

from collections.abc import Iterator
from contextlib import AsyncExitStack

import numpy as np
import torch

from edge.bench.crowd import CrowdReport, Stopwatch, together
from edge.bench.looped import Looped, Sound
from edge.inboxes import inbox
from edge.settings import AppSettings
from model.checkpoint import Checkpoint
from realtime.clock import Clock
from realtime.incremental.engine import IncrementalEngine
from realtime.incremental.scheduler import Scheduler
from realtime.model_thread import ModelThread
from realtime.parts import load_part, part_settings
from realtime.pipeline import Pipeline, Step
from realtime.stage import Stage
from realtime.stages.analyse import AnalyseStage
from realtime.stages.converse import ConverseStage
from realtime.stages.encode import EncodeStage, shared_encoding
from realtime.stages.segment import SegmentStage
from realtime.stages.speakers import SpeakerStage
from realtime.stages.transcribe import TranscribeStage

_SEED = 0
_AHEAD_S = 0.2  # after everything is open, until the first sample is due


class SoundCrowd:
    """Conversations that share an encoder, an engine and the thread of the networks; each has a recogniser of its own.

    Args:
        settings: Which segmenter, diarizer and transcriber.
        weights: The network and its encoder.
        sound: What each group of people says, again and again.
        clock: For its pace, and for timing.
        wait_s: How long an utterance waits for those of other conversations at most, seconds.
    """

    def __init__(self, settings: AppSettings, weights: Checkpoint, sound: Sound, clock: Clock, wait_s: float) -> None:
        self._settings = settings
        self._weights = weights
        self._sound = sound
        self._clock = clock
        self._thread = ModelThread("networks")
        self._encoding = shared_encoding(weights.encoder, self._thread, clock, wait_s=wait_s)
        engine = IncrementalEngine(weights.network, weights.card.decision, torch.get_num_threads())
        self._scheduler = Scheduler(engine, self._thread, clock, wait_s=wait_s)

    async def talk(self, conversations: int, lasts_s: float) -> CrowdReport:
        """Let so many conversations go on at once until all results are there.

        Args:
            conversations: How many.
            lasts_s: For how long they are heard, seconds.
        """
        stopwatch = Stopwatch(self._clock, endpoint_s(self._settings))
        talks = [self._pipeline(stopwatch) for _ in range(conversations)]
        async with AsyncExitStack() as closing:
            for pipeline, _ in talks:
                closing.push_async_callback(pipeline.close)
            await together([pipeline.open() for pipeline, _ in talks])
            sources = self._sources(conversations, lasts_s)
            await together(
                [pipeline.run(source.events()) for (pipeline, _), source in zip(talks, sources, strict=True)]
            )
        dropped = sum(step.dropped for pipeline, _ in talks for step in pipeline.statistics().values())
        unheard = sum(converse.tally.lost for _, converse in talks)
        return CrowdReport(stopwatch.lags_ms, stopwatch.failures + dropped + unheard)

    async def close(self) -> None:
        """End the thread after its running call. May be called twice."""
        await self._encoding.close()
        await self._scheduler.stop()
        self._thread.close()

    def _sources(self, conversations: int, lasts_s: float) -> Iterator[Looped]:
        began_at = self._clock.now_s() + _AHEAD_S
        phases_s = np.random.default_rng(_SEED).uniform(0.0, self._sound.length_s, conversations)
        for phase_s in phases_s.tolist():
            yield Looped(self._sound, self._clock, phase_s=phase_s, lasts_s=lasts_s, began_at=began_at)

    def _pipeline(self, stopwatch: Stopwatch) -> tuple[Pipeline, ConverseStage]:
        settings, clock = self._settings, self._clock
        diarizer = load_part("realtime.diarizers", settings.diarizer, self._sound.speakers, self._thread)
        segmenter = load_part("realtime.segmenters", settings.segmenter, clock)
        transcriber = load_part("realtime.transcribers", settings.transcriber, clock)
        converse = ConverseStage(settings.conversation.idle_end_s, diarizer, lambda: "end of source")
        context = self._weights.card.encoder_settings.context
        stages: dict[str, Stage] = {
            "segment": SegmentStage(segmenter, self._sound.samples.shape[0], self._thread),
            "speaker": SpeakerStage(diarizer),
            "transcribe": TranscribeStage(transcriber),
            "converse": converse,
            "encode": EncodeStage(self._encoding, context, clock),
            "analyse": AnalyseStage(self._scheduler, self._weights.network, clock),
            "measure": stopwatch,
        }
        return Pipeline([Step(name, stage, inbox(name)) for name, stage in stages.items()], clock), converse


def endpoint_s(settings: AppSettings) -> float:
    """The silence that was chosen to end an utterance, seconds; 0 for a segmenter that waits for none."""
    own = part_settings("realtime.segmenters", settings.segmenter)
    return float(getattr(own, "endpoint_s", 0.0))
