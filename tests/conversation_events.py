"""A short conversation as the pipeline tells it, for tests of everything behind the pipeline."""

from edge.wire.about import ModelInfo, NodeInfo
from model.analysis import CauseLink, CauseResult, EmotionResult, Status
from model.conversation import Utterance
from model.emotions import EKMAN_LABELS
from realtime.events import (
    ConversationEnded,
    ConversationStarted,
    Event,
    Heard,
    Latency,
    Speaker,
    SpeakerKind,
    Transcript,
    Understood,
    Word,
)

CONVERSATION = "c0ffee00-0000-4000-8000-000000000001"


def node_info(**changes: object) -> NodeInfo:
    """A node that reads words."""
    fields: dict[str, object] = {
        "site": "home",
        "node": "desk",
        "version": "0.1.0",
        "purpose": "personal",
        "notice": "Everybody at the table was told.",
        "modalities": ("text",),
        "language": "en",
        "labels": EKMAN_LABELS,
        "network": ModelInfo("migat", "1", "0" * 64),
        "models": {"transcribe": ModelInfo("pocketsphinx", "5.1.1")},
        "calibrated": True,
    }
    return NodeInfo(**(fields | changes))


def heard(index: int, text: str = "hello there", speaker: str = "ann", channel: int = 0, **changes: object) -> Heard:
    """The utterance `index`, two seconds long, spoken at four times its index."""
    start_s = 4.0 * index
    words = tuple(
        Word(word, start_s + 0.1 * number, start_s + 0.1 * number + 0.1, 0.9)
        for number, word in enumerate(text.split())
    )
    fields: dict[str, object] = {
        "segment": f"s{index}",
        "channel": channel,
        "start_s": start_s,
        "end_s": start_s + 2.0,
        "text": text,
        "words": words,
        "confidence": 0.9,
        "language": "en",
        "transcriber": "pocketsphinx",
        "truncated": False,
        "ahead": True,
        "latency": Latency(spoken_at=100.0),
    }
    transcript = Transcript(**(fields | changes))
    utterance = Utterance(f"u{index + 1}", index, speaker, text, transcript.start_s, transcript.end_s)
    return Heard(CONVERSATION, utterance, Speaker(speaker, SpeakerKind.CHANNEL, 1.0), transcript)


def emotion(
    index: int, label: str, confidence: float = 0.7, revision: int = 1, status: Status = Status.FINAL
) -> EmotionResult:
    """An emotion; what the label leaves is spread evenly."""
    rest = (1.0 - confidence) / (len(EKMAN_LABELS) - 1)
    probabilities = tuple(confidence if known == label else rest for known in EKMAN_LABELS)
    return EmotionResult(index, revision, status, label, probabilities)


def understood(
    said: Heard,
    label: str = "joy",
    causes: tuple[Heard, ...] = (),
    revision: int = 1,
    status: Status = Status.FINAL,
    spoken_at: float | None = 100.0,
) -> Understood:
    """What was understood of an utterance: its emotion, and the causes with a probability of 0.8 each."""
    index = said.utterance.index
    links = tuple(CauseLink(cause.utterance.index, 0.8) for cause in causes)
    first = causes[0] if causes else said
    window = (first.utterance.index, index)
    return Understood(
        said,
        emotion(index, label, revision=revision, status=status),
        CauseResult(index, revision, status, label, links, 0.1, window),
        causes,
        (first, said),
        None if spoken_at is None else Latency(spoken_at, 0.5, 0.04, 0.01, 0.02),
    )


def short_conversation() -> list[Event]:
    """Good news, joy about it, and the end."""
    news = heard(0, "i got the job")
    delight = heard(1, "that is wonderful", "bob", 1)
    return [
        ConversationStarted(CONVERSATION, 0.0),
        news,
        understood(news, "joy", (news,)),
        delight,
        understood(delight, "joy", (news, delight)),
        ConversationEnded(CONVERSATION, 6.0, "end of source", 2, 0),
    ]
