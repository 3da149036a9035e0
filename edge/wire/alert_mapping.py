"""How an alert becomes payload fields: plain values in, a model out."""

from typing import Any, Final

from edge.alerts.reading import SETTLED, Reading
from edge.alerts.watch import Alert
from edge.wire.alert import CAUSES_MAX, SPEAKERS_MAX, AlertEvidence
from edge.wire.alert import Alert as AlertPayload
from edge.wire.envelope import Media
from edge.wire.message import shorten
from edge.wire.understanding_mapping import speaker_id

_REASON_CHARS: Final = 200


def alert_media(alert: Alert) -> Media:
    """The stretch of sound of its evidence where it is raised; the moment where it is over."""
    start_s, end_s = alert.at_s, alert.at_s
    if alert.raised and alert.evidence:
        start_s, end_s = alert.evidence[0].start_s, alert.evidence[-1].end_s
    return Media(start_s=round(start_s, 3), end_s=round(end_s, 3))


def alert_payload(envelope: dict[str, Any], alert: Alert) -> AlertPayload:
    """What is said of an alert."""
    return AlertPayload(
        **envelope,
        rule=alert.rule.name,
        state="raised" if alert.raised else "cleared",
        speakers=tuple(map(speaker_id, alert.speakers[:SPEAKERS_MAX])),
        labels=tuple(dict.fromkeys(reading.label for reading in alert.evidence)),
        probability=min((reading.probability for reading in alert.evidence), default=None),
        status=min((reading.status for reading in alert.evidence), key=SETTLED.index, default=None),
        evidence=tuple(map(_evidence, alert.evidence)),
        reason=shorten(alert.reason, _REASON_CHARS),
    )


def _evidence(reading: Reading) -> AlertEvidence:
    likeliest = sorted(reading.causes, key=lambda cause: cause.probability, reverse=True)[:CAUSES_MAX]
    return AlertEvidence(
        utterance=reading.utterance,
        label=reading.label,
        probability=reading.probability,
        status=reading.status,
        causes=tuple(cause.utterance for cause in likeliest),
    )
