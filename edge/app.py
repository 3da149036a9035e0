"""The application: the one place that knows every concrete class, makes them of the settings, and runs them."""

import logging
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace

import torch

from edge.about_node import about_node
from edge.control.listening import Listening
from edge.control.switching import Abilities, Switchboard, Switches
from edge.control.verbs import Controls
from edge.inboxes import EVENTS, inbox
from edge.monitoring.figures import Figures
from edge.monitoring.gathering import Gathering
from edge.monitoring.onlooker import Onlooker
from edge.monitoring.settings import MonitoringSettings
from edge.node import Node
from edge.recovery.keeping import Resumption
from edge.seeing import Seeing
from edge.sensing import Reading, Sensing, what_is_read
from edge.settings import AppSettings
from model import checkpoint
from model.checkpoint import Checkpoint
from model.modality import Modality
from model.networks.narrowing import narrowed
from realtime.alongside import alongside
from realtime.clock import Clock, SystemClock
from realtime.confluence import Confluence
from realtime.continuing import continued
from realtime.events import Event
from realtime.incremental.engine import IncrementalEngine
from realtime.incremental.scheduler import Scheduler
from realtime.media_clock import MediaClock
from realtime.model_thread import ModelThread
from realtime.mute import Mute
from realtime.opt_out import OptOut
from realtime.parts import PartChoice, load_part
from realtime.pipeline import Pipeline, Step, StepStatistics
from realtime.protocols import CameraInfo, Diarizer, Publisher, Segmenter, Source, SourceInfo, Transcriber
from realtime.stage import Stage
from realtime.stages.analyse import AnalyseStage
from realtime.stages.converse import ConverseStage, Tally
from realtime.stages.encode import EncodeStage, shared_encoding
from realtime.stages.publish import PublishStage
from realtime.stages.segment import SegmentStage
from realtime.stages.speakers import SpeakerStage
from realtime.stages.transcribe import TranscribeStage
from realtime.transcribers.auto import Auto, Choice

_LOG = logging.getLogger(__name__)
_CAPTIONS = "captions"  # the source for which no recogniser is needed
_HEARD_BY = "microphone"  # whichever source it is, its health has this name
_WORDS = 1  # a source of words is read no faster than it is understood: results must not lag behind it


@dataclass(frozen=True, slots=True)
class RunReport:
    """What a run did: per step of the pipeline, how the recogniser fared, and how long it took, seconds."""

    source: SourceInfo
    steps: Mapping[str, StepStatistics]
    recogniser: Tally
    took_s: float = 0.0


class App:
    """One running undertone.

    `open` makes everything ready, `run` works until the source ends or `stop` is called, `close` lets go.

    Args:
        settings: What to run.
        clock: The clock everything is timed by.
        publisher: Where results go; None says them on MQTT, at the broker of the settings.
        weights: The network and its encoder; None loads those of the settings.
        source: Where sound comes from; None takes the part that the settings choose.

    Attributes:
        ready: Whether everything is open.
        choice: The recogniser that was chosen, where the settings leave it open.
        camera: The camera that is looked through, where the settings name one.
        reading: What emotions are read from, once open.
    """

    reading: Reading
    _source: Source
    _transcriber: Transcriber
    _info: SourceInfo
    _pipeline: Pipeline
    _converse: ConverseStage
    _board: Switchboard
    _controls: Controls
    _onlooker: Onlooker
    _gathering: Gathering
    _seeing: Seeing | None = None
    _taken_up: Resumption | None = None

    def __init__(
        self,
        settings: AppSettings,
        clock: Clock | None = None,
        publisher: Publisher | None = None,
        weights: Checkpoint | None = None,
        source: Source | None = None,
    ) -> None:
        self._settings = settings
        self._clock = clock or SystemClock()
        self._began_at = self._clock.now_s()
        self._closing = AsyncExitStack()
        self._outlet = publisher or Node(settings, self._clock, self._closing)
        self._weights = weights
        self._given_source = source
        self._confluence = Confluence()
        self._mute = Mute(self._clock, self._confluence.say, settings.mute.tail_s)
        self._media_clock = MediaClock()
        self._opted_out = OptOut(settings.opt_out)
        self._stopped = False
        self.camera: CameraInfo | None = None
        self.ready = False
        self.choice: Choice | None = None

    @property
    def broker_url(self) -> str:
        """Where subscribers find the results, once open."""
        return "" if self._node is None else self._node.url

    @property
    def monitoring(self) -> MonitoringSettings:
        """How it is looked after."""
        return self._settings.monitoring

    @property
    def connected(self) -> bool:
        """Whether results reach whom they are for: the broker is there, where there is one."""
        return self._node is None or self._node.publisher.connected

    async def open(self) -> SourceInfo:
        """Make everything ready; nothing is heard before `run`. `close` lets go of it, also where this fails half-way.

        Raises:
            UsageError: Something the user can mend: no source, no broker, bad weights or settings.
        """
        settings = self._settings
        # Live tensors are too small to share out: waiting for each other, several threads would starve the recogniser.
        torch.set_num_threads(1)
        if settings.source.part != _CAPTIONS:
            await self._find_recogniser()
        self._source = self._given_source or load_part("edge.sources", settings.source, self._clock)
        self._closing.push_async_callback(self._source.close)
        self._info = await self._source.open()
        thread = ModelThread("networks")
        self._closing.callback(thread.close)
        if self._node is not None:
            await self._node.open()
        weights = self._weights
        if weights is None:
            weights = await thread.run(checkpoint.load, settings.network.checkpoint or checkpoint.SHIPPED)
        self.reading = what_is_read(settings, weights.network.settings.modalities, words=self._info.words)
        _say_what_is_not_read(settings, self.reading)
        weights = replace(weights, network=narrowed(weights.network, self.reading.modalities))
        await self._open_eyes()
        self._pipeline = self._build(weights, thread)
        self._closing.push_async_callback(self._pipeline.close)
        if self._node is not None:
            await self._restore(self._node)
        await self._pipeline.open()
        self.ready = True
        return self._info

    async def run(self) -> RunReport:
        """Listen, understand and publish until the source ends or `stop` is called; the last result is out then.

        Raises:
            SourceError: The source failed; what it gave before was published.
        """
        began_at = self._clock.now_s()
        parts = (self._seeing, *(() if self._node is None else self._node.beside))
        beside = [part.run() for part in parts if part is not None]
        await alongside(self._pipeline.run(self._heard()), beside)
        took_s = self._clock.now_s() - began_at
        return RunReport(self._info, self.statistics(), self._converse.tally, took_s)

    def stop(self) -> None:
        """Take nothing more in; what was heard is still worked off. May be called twice, at any moment."""
        self._stopped = True
        self._pipeline.stop()

    async def close(self) -> None:
        """Say goodbye and let everything go. May be called twice."""
        await self._closing.aclose()

    async def figures(self) -> Figures | None:
        """How it is doing; None before it is ready."""
        return await self._gathering.now() if self.ready else None

    def unready(self) -> tuple[str, ...]:
        """Why it does not listen and publish now; empty when it does."""
        if not self.ready:
            return ("still loading",)
        away = self._onlooker.offline.get(_HEARD_BY)
        return (
            *(("it is ending",) if self._stopped else ()),
            *(() if self.connected else ("no connection to the broker",)),
            *(() if away is None else (f"nothing is heard: {away}",)),
        )

    def statistics(self) -> Mapping[str, StepStatistics]:
        """What each step did so far, by its name; nothing before it is ready."""
        if not self.ready:
            return {}
        seen = {} if self._seeing is None else self._seeing.statistics()
        return self._pipeline.statistics() | seen

    async def _open_eyes(self) -> None:
        """Open the camera, where the settings name one."""
        settings, clocks = self._settings, (self._clock, self._media_clock)
        if settings.camera is None:
            return
        reads = Modality.VIDEO in self.reading.modalities
        self._seeing = Seeing(settings, settings.camera, self._info, *clocks, self._confluence.say, reads=reads)
        self._closing.push_async_callback(self._seeing.close)
        self.camera = await self._seeing.open()

    def _heard(self) -> AsyncGenerator[Event, None]:
        """The source's events, and what other parts say between them, with silence while nothing shall be heard."""
        events = self._source.events()
        if self._taken_up is not None and not self._taken_up.event.over:
            events = continued(events, self._taken_up.event.at_s, self._taken_up.course.newest_s)
        return self._media_clock.followed(self._mute.heard(self._confluence.joined(events)))

    async def _restore(self, node: Node) -> None:
        """Go on as an earlier start was told to, and with the conversation that a crash cut off."""
        await node.restore(self._controls)
        self._taken_up = await node.take_up(goes_on=self._goes_on())
        if self._taken_up is not None:
            for speaker, name in self._taken_up.course.names.items():
                self._opted_out.identify(speaker, name)
            self._confluence.say(self._taken_up.event)

    @property
    def _node(self) -> Node | None:
        return self._outlet if isinstance(self._outlet, Node) else None

    def _goes_on(self) -> bool:
        """Whether a conversation is kept so that it can go on after a crash."""
        storage = self._settings.storage
        return self._node is not None and self._info.live and storage.resume and storage.folder is not None

    def _why_over(self) -> str:
        return "stopped" if self._stopped else "end of source"

    async def _find_recogniser(self) -> None:
        """Make the recogniser. One to be chosen is chosen here: it is timed before anything else takes the machine."""
        self._transcriber = load_part("realtime.transcribers", self._settings.transcriber, self._clock)
        self._closing.push_async_callback(self._transcriber.close)
        if isinstance(self._transcriber, Auto):
            self.choice = await self._transcriber.choose()

    def _build(self, weights: Checkpoint, thread: ModelThread) -> Pipeline:
        settings, clock = self._settings, self._clock
        words = self._info.words
        chosen = PartChoice(part="unknown") if words else settings.diarizer  # words come with their speakers
        diarizer: Diarizer = load_part("realtime.diarizers", chosen, self._info.speakers, thread)
        encoding = shared_encoding(weights.encoder, thread, clock)
        self._closing.push_async_callback(encoding.close)
        scheduler = Scheduler(IncrementalEngine(weights.network, weights.card.decision), thread, clock)
        self._closing.push_async_callback(scheduler.stop)
        self._board = self._switchboard(scheduler, weights.card.decision.link_threshold)
        self._converse = ConverseStage(
            settings.conversation.idle_end_s, diarizer, self._why_over, opted_out=self._opted_out
        )
        self._onlooker = Onlooker(self._say_with(weights), clock)
        heard_s = self._media_clock.heard_s
        outbox = None if self._node is None else self._node.publisher.backlog
        self._gathering = Gathering(clock, self._began_at, self.statistics, self._onlooker, heard_s, outbox)
        sensing = Sensing(settings, self.reading, weights.network, clock, self._board.unread)
        self._closing.callback(sensing.close)
        stages: dict[str, Stage] = {
            **({} if words else self._hearing(diarizer, sensing, thread)),
            "converse": self._converse,
            **({} if self._seeing is None else {"sight": self._seeing.stage}),
            **sensing.judging(),
            "encode": EncodeStage(encoding, weights.card.encoder_settings.context, clock),
            "analyse": AnalyseStage(scheduler, weights.network, clock, keeps=self._goes_on()),
            "publish": PublishStage(self._onlooker, clock),
        }
        waiting, live = _WORDS if words else EVENTS, self._info.live
        return Pipeline([Step(name, stage, inbox(name, waiting, live=live)) for name, stage in stages.items()], clock)

    def _switchboard(self, scheduler: Scheduler, link_threshold: float) -> Switchboard:
        """The switches as the settings have them."""
        settings, reading = self._settings, self.reading
        looking = None if self._seeing is None else self._seeing.looking
        switches = Switches(
            modalities=reading.modalities,
            link_threshold=link_threshold,
            partials=settings.publisher.partials,
            opt_out=settings.opt_out,
            camera=None if looking is None else True,
        )
        abilities = Abilities(settings.purpose, reading.modalities, reading.unread)
        ids: Callable[[str], frozenset[str]] = (lambda _: frozenset()) if self._node is None else self._node.ids
        return Switchboard(switches, abilities, looking, self._opted_out, scheduler.set_link_threshold, ids)

    def _hearing(self, diarizer: Diarizer, sensing: Sensing, thread: ModelThread) -> dict[str, Stage]:
        """The steps from sound to words."""
        settings, clock = self._settings, self._clock
        segmenter: Segmenter = load_part("realtime.segmenters", settings.segmenter, clock)
        return {
            "segment": SegmentStage(segmenter, self._info.channels, thread),
            "speaker": SpeakerStage(diarizer),
            **sensing.listening(),
            "transcribe": TranscribeStage(self._transcriber),
        }

    def _say_with(self, weights: Checkpoint) -> Publisher:
        """What says results: the node's publisher, and then the node obeys and reports, too; or the given one."""
        node, words = self._outlet, self._info.words
        if not isinstance(node, Node):
            return node
        info = about_node(self._settings, weights, self.reading, self.choice, words=words)
        context = weights.card.encoder_settings.context
        publisher = node.publish_as(info, context=context, people=self._converse.known_people, patient=words)
        say, looking = self._confluence.say, None if self._seeing is None else self._seeing.looking
        listening = Listening(self._mute, looking, say)
        self._controls = Controls(say, self._mute, listening, self._opted_out, self._board, node.keep)
        node.obey(info, self._controls)
        node.report(info, self.figures)
        return publisher


def _say_what_is_not_read(settings: AppSettings, reading: Reading) -> None:
    """One line for each modality that was asked for by name and cannot be read."""
    if "modalities" in settings.model_fields_set:
        for modality in settings.modalities:
            if modality in reading.unread:
                _LOG.warning("%s is asked for and not read: %s", modality, reading.unread[modality])
