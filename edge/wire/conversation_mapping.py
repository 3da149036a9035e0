"""How events of the pipeline become messages about conversations: without broker, without tasks."""

from collections.abc import Sequence
from typing import Final

from edge.alerts.rule import AlertRule, refuse_unknown_emotions
from edge.wire.about import NodeInfo
from edge.wire.conversation import Lost
from edge.wire.course import Course
from edge.wire.envelope import Media
from edge.wire.kept_course import KeptCourse
from edge.wire.message import Message
from edge.wire.stamp import Stamp
from realtime.activity import Speaking
from realtime.clock import Clock
from realtime.events import (
    SAMPLE_RATE_HZ,
    AudioGap,
    ConversationEnded,
    ConversationStarted,
    Event,
    Failure,
    Health,
    Heard,
    ListeningPaused,
    ListeningResumed,
    PartHealth,
    PartialText,
    Quiet,
    SpeakersMerged,
    Understood,
)
from realtime.orders import Relabel
from realtime.recovery import ConversationResumed

_ENDED_KEPT: Final = 8


class ConversationMapping:
    """Turns events into messages, in the order in which they must be said.

    Args:
        info: What the node is.
        stamp: Stamps every message.
        clock: The clock of the pipeline's latencies.
        partials: Whether unfinished text is said.
        alerts: When to draw attention to how people feel.

    Raises:
        SettingsError: An alert is about an emotion that the network does not tell apart.
    """

    def __init__(
        self, info: NodeInfo, stamp: Stamp, clock: Clock, *, partials: bool, alerts: Sequence[AlertRule] = ()
    ) -> None:
        refuse_unknown_emotions(alerts, info.labels)
        self._info = info
        self._stamp = stamp
        self._clock = clock
        self.partials = partials
        """Whether unfinished text is said."""
        self._rules = tuple(alerts)
        self._courses: dict[str, Course] = {}
        self._kept: dict[str, KeptCourse] = {}
        self._lagging: set[str] = set()

    def messages(self, event: Event) -> tuple[Message, ...]:
        """What this event has to say, in order; nothing for events that are nobody's business outside."""
        match event:
            case ConversationStarted() | ConversationResumed():
                return self._begin(event)
            case PartialText() | Speaking():
                return self._in_passing(event)
            case Heard() | SpeakersMerged() | Relabel():
                return self._about_speakers(event)
            case Understood(heard=Heard(withheld=True)):
                return ()
            case Understood():
                said = self._courses[event.heard.conversation].understood(event, self._clock.now_s())
                return (*said, *self.states())
            case ConversationEnded():
                return self._courses[event.conversation].end(event)
            case AudioGap() | ListeningPaused() | ListeningResumed() | Quiet():
                return self._hearing(event)
            case Failure():
                return tuple(course.failed(event) for course in self._running())
            case PartHealth():
                return self._kept_up(event)
            case _:
                return ()

    def state_due_at(self) -> float | None:
        """The moment at which a changed state may be said; None when nothing changed."""
        due = [course.state.due_at for course in self._running() if course.state.due_at is not None]
        return min(due, default=None)

    def states(self) -> tuple[Message, ...]:
        """The states that changed and whose time has come."""
        now = self._clock.now_s()
        return self._states([course for course in self._changed() if (course.state.due_at or now) <= now])

    def states_at_once(self) -> tuple[Message, ...]:
        """The states that changed, however lately they were said: what waits of them must not be seen any more."""
        return self._states(self._changed())

    def messages_lost(self, conversation: str, count: int, reason: str) -> tuple[Message, ...]:
        """The announcement that events of a conversation were dropped before the broker had them."""
        course = self._courses.get(conversation)
        return () if course is None else (course.gap(reason, Lost(messages=count)),)

    def take_up(self, conversation: str, course: KeptCourse) -> None:
        """A conversation that an earlier boot began, of which `ConversationResumed` will tell."""
        self._kept[conversation] = course

    @property
    def running(self) -> Course | None:
        """The conversation that runs, if one does."""
        return next(iter(self._running()), None)

    def concerned(self, conversation: str | None) -> tuple[Course, ...]:
        """The course of a conversation, as far as it is remembered; None for those of all."""
        return tuple(course for course in self._courses.values() if conversation in (None, course.id))

    def _changed(self) -> list[Course]:
        return [course for course in self._running() if course.state.changed]

    def _states(self, courses: Sequence[Course]) -> tuple[Message, ...]:
        for course in courses:
            course.state.said(self._clock.now_s())
        return tuple(course.present_state(keeping_up=not self._lagging) for course in courses)

    def _begin(self, event: ConversationStarted | ConversationResumed) -> tuple[Message, ...]:
        ended = [course.id for course in self._courses.values() if course.ended]
        for conversation in ended[:-_ENDED_KEPT]:
            del self._courses[conversation]
        kept = self._kept.pop(event.conversation, None)
        course = Course(event.conversation, event.at_s, self._info, self._stamp, kept, self._rules)
        self._courses[event.conversation] = course
        if isinstance(event, ConversationStarted):
            return course.begin()
        return () if event.over else (*course.go_on(event.away_s), *self.states())

    def _in_passing(self, event: PartialText | Speaking) -> tuple[Message, ...]:
        """What may be lost; nothing of a conversation that is over, or has not been told of yet."""
        course = self._courses.get(event.conversation or "")
        if course is None or course.ended:
            return ()
        if isinstance(event, Speaking):
            return (course.active(event),)
        return (course.partial(event),) if self.partials else ()

    def _about_speakers(self, event: Heard | SpeakersMerged | Relabel) -> tuple[Message, ...]:
        if isinstance(event, Relabel):
            return tuple(message for course in self._running() for message in course.relabel(event))
        course = self._courses[event.conversation]
        if isinstance(event, Heard) and event.withheld:
            course.withhold(event)
            return ()
        return (course.heard(event),) if isinstance(event, Heard) else course.merged(event)

    def _hearing(self, event: AudioGap | ListeningPaused | ListeningResumed | Quiet) -> tuple[Message, ...]:
        if isinstance(event, AudioGap):
            return self._sound_lost(event)
        if isinstance(event, Quiet):
            return tuple(message for course in self._running() for message in course.pass_time(event.until_s))
        if isinstance(event, ListeningPaused):
            return tuple(course.pause(event.reason) for course in self._running())
        return tuple(message for course in self._running() for message in course.resume(event.reason))

    def _sound_lost(self, event: AudioGap) -> tuple[Message, ...]:
        start_s, length_s = event.start / SAMPLE_RATE_HZ, event.length / SAMPLE_RATE_HZ
        media = Media(start_s=round(start_s, 3), end_s=round(start_s + length_s, 3))
        lost = Lost(audio_s=round(length_s, 3))
        return tuple(course.gap(event.reason, lost, media) for course in self._running())

    def _kept_up(self, event: PartHealth) -> tuple[Message, ...]:
        before = bool(self._lagging)
        if event.health is Health.LAGGING:
            self._lagging.add(event.part)
        else:
            self._lagging.discard(event.part)
        if before != bool(self._lagging):
            for course in self._running():
                course.state.changed = True
        return self.states()

    def _running(self) -> tuple[Course, ...]:
        return tuple(course for course in self._courses.values() if not course.ended)
