"""How an utterance and what was understood of it become payload fields: plain values in, models out."""

from collections.abc import Sequence
from typing import Any

from edge.wire.about import NodeInfo
from edge.wire.affect import expected_affect
from edge.wire.cause import Cause, CauseLink, CauseWindow
from edge.wire.emotion import Emotion, EmotionEstimate, FaceView, LatencyMs, ModalityUse
from edge.wire.envelope import MAX_BYTES, Media
from edge.wire.message import shorten
from edge.wire.node_mapping import reference
from edge.wire.speaker import Speaker
from edge.wire.transcript import FinalTranscript, Transcriber, Word
from model.analysis import CauseResult, EmotionResult
from model.modality import Modality
from realtime.events import Heard, Latency, SpeakerKind
from realtime.events import Speaker as KnownSpeaker
from realtime.faces.sighting import Sighting

MODALITIES = ("text", "audio", "video")
_DIGITS = 4
_SPEAKER_ID_MAX = 64


def media_of(heard: Heard) -> Media:
    """The stretch of sound of an utterance."""
    return Media(start_s=round(heard.transcript.start_s, 3), end_s=round(heard.transcript.end_s, 3))


def speaker_of(speaker: KnownSpeaker) -> Speaker:
    """Who spoke."""
    return Speaker(
        id=speaker_id(speaker.id),
        kind=SpeakerKind(speaker.kind),
        confidence=_probability(speaker.confidence),
    )


def speaker_id(name: str) -> str:
    """A speaker's id as far as a message has room for it."""
    return name[:_SPEAKER_ID_MAX]


def transcript_payload(envelope: dict[str, Any], heard: Heard, *, overlap: bool) -> FinalTranscript:
    """The words of an utterance; what is too long for one message loses words from its end and says so."""
    transcript = heard.transcript
    payload = FinalTranscript(
        **envelope,
        utterance=heard.utterance.id,
        index=heard.utterance.index,
        speaker=speaker_of(heard.speaker),
        text=transcript.text,
        language=transcript.language,
        words=tuple(
            Word(
                text=word.text,
                start_s=round(word.start_s, 3),
                end_s=round(word.end_s, 3),
                confidence=_probability(word.confidence),
            )
            for word in transcript.words
        ),
        transcriber=Transcriber(name=transcript.transcriber, confidence=_probability(transcript.confidence)),
        overlap=overlap,
        truncated=transcript.truncated,
    )
    while len(payload.model_dump_json().encode()) >= MAX_BYTES:
        payload = _shorter(payload)
    return payload


def emotion_payload(
    envelope: dict[str, Any], info: NodeInfo, heard: Heard, result: EmotionResult, latency: LatencyMs | None
) -> Emotion:
    """How the speaker of an utterance feels."""
    exact = dict(zip(info.labels, map(float, result.probabilities), strict=True))
    probabilities = {label: _probability(probability) for label, probability in exact.items()}
    return Emotion(
        **envelope,
        utterance=heard.utterance.id,
        index=heard.utterance.index,
        speaker=speaker_of(heard.speaker),
        revision=result.revision,
        status=result.status,
        emotion=EmotionEstimate(
            label=result.label,
            probabilities=probabilities,
            confidence=_probability(result.confidence),
            calibrated=info.calibrated,
        ),
        affect=expected_affect(exact),
        modalities={modality: _use(modality, info, heard) for modality in MODALITIES},
        model=reference(info.network),
        latency_ms=latency,
    )


def cause_payload(
    envelope: dict[str, Any], heard: Heard, result: CauseResult, causes: Sequence[Heard], window: tuple[Heard, Heard]
) -> Cause:
    """What caused the emotion of an utterance; `causes` are the utterances its links point to, in the same order.

    Of links to what somebody said who has opted out it is only said how many there are.
    """
    linked = [(link, cause) for link, cause in zip(result.links, causes, strict=True) if not cause.withheld]
    links = tuple(
        CauseLink(
            cause=cause.utterance.id,
            lag=heard.utterance.index - cause.utterance.index,
            lag_s=round(heard.transcript.start_s - cause.transcript.start_s, 3),
            probability=_probability(link.probability),
            is_self=cause.utterance.id == heard.utterance.id,
        )
        for link, cause in linked
    )
    first, last = window
    return Cause(
        **envelope,
        utterance=heard.utterance.id,
        label=result.label,
        revision=result.revision,
        status=result.status,
        links=links,
        no_cause_probability=_probability(result.no_cause_probability),
        window=CauseWindow(first=first.utterance.id, last=last.utterance.id),
        withheld=len(causes) - len(linked),
    )


def latency_ms(latency: Latency, said_at: float) -> LatencyMs:
    """Where the time went until `said_at`, a moment of the clock that measured the rest."""
    total_s = max(0.0, said_at - latency.spoken_at)
    parts_s = latency.endpoint_s + latency.transcribe_s + latency.encode_s + latency.analyse_s
    return LatencyMs(
        endpoint=_milliseconds(latency.endpoint_s),
        transcribe=_milliseconds(latency.transcribe_s),
        encode=_milliseconds(latency.encode_s),
        analyse=_milliseconds(latency.analyse_s),
        queue=_milliseconds(total_s - parts_s),
        total=_milliseconds(total_s),
    )


def _use(modality: str, info: NodeInfo, heard: Heard) -> ModalityUse:
    if modality == Modality.TEXT:
        return _words(info, heard)
    face = _face(heard.sighting) if modality == Modality.VIDEO and heard.sighting is not None else None
    evidence = heard.evidence.get(Modality(modality))
    if evidence is not None:
        quality = None if evidence.quality is None else _probability(evidence.quality)
        return ModalityUse(used=evidence.used, quality=quality, reason=shorten(evidence.reason), face=face)
    why = info.unread.get(modality, "not read by this node")
    if face is None or heard.sighting is None:
        return ModalityUse(used=False, quality=None, reason=why)
    quality = _probability(heard.sighting.quality)
    return ModalityUse(used=False, quality=quality, reason=heard.sighting.obstacle or why, face=face)


def _words(info: NodeInfo, heard: Heard) -> ModalityUse:
    transcript = heard.transcript
    foreign = transcript.language != info.language
    return ModalityUse(
        used=True,
        quality=_probability(transcript.confidence),
        reason=f"spoken in {transcript.language}; the network reads {info.language}" if foreign else "",
    )


def _face(sighting: Sighting) -> FaceView:
    """How a face was seen."""
    return FaceView(
        seen=sighting.seen,
        seen_s=round(sighting.seen_s, 3),
        seen_share=_probability(sighting.seen_share),
        width_px=None if sighting.width_px is None else round(sighting.width_px, 1),
        sharpness=None if sighting.sharpness is None else round(sighting.sharpness, _DIGITS),
        faces=sighting.faces,
    )


def _shorter(payload: FinalTranscript) -> FinalTranscript:
    if payload.words:
        return payload.model_copy(update={"words": payload.words[: len(payload.words) // 2], "truncated": True})
    return payload.model_copy(update={"text": payload.text[: len(payload.text) // 2] + "…", "truncated": True})


def _probability(value: float) -> float:
    """Float32 sums may leave [0, 1] by a rounding error."""
    return round(min(max(float(value), 0.0), 1.0), _DIGITS)


def _milliseconds(seconds: float) -> float:
    return round(max(0.0, seconds) * 1000, 1)
