"""The watch over a conversation: what was understood in, alerts out. Pure logic, with bounded memory."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from edge.alerts.group import Group, Raised
from edge.alerts.judgement import Judgement
from edge.alerts.reading import Reading, Readings
from edge.alerts.rule import AlertRule, Reads, Who
from model.analysis import Status
from model.conversation import UNKNOWN_SPEAKER
from realtime.events import Understood

_MOST_GROUPS = 64
_MOST_NAMES = 256
_EVERYBODY = ""


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert that is raised now, or over.

    Attributes:
        rule: What it is about.
        raised: Whether it is raised; else it is over.
        speakers: Whom it is about: the speaker, or those of the evidence where all are counted together.
        evidence: The utterances that raised it, in order; none where they were forgotten.
        at_s: Media time of this.
        reason: Why, in plain words.
    """

    rule: AlertRule
    raised: bool
    speakers: tuple[str, ...]
    evidence: tuple[Reading, ...]
    at_s: float
    reason: str


class AlertWatch:
    """Watches one conversation. An alert that is raised is raised once, and over before it is raised again.

    Args:
        rules: When to raise which.
    """

    def __init__(self, rules: Iterable[AlertRule]) -> None:
        self._watches = [_RuleWatch(rule) for rule in rules]
        self._readings = Readings()
        self._names: dict[str, str] = {}  # of those who turned out to be somebody else
        self._now_s = 0.0

    def understood(self, event: Understood) -> tuple[Alert, ...]:
        """What is raised or over by what was understood of an utterance, for the first time or anew."""
        if not self._watches or event.heard.withheld:
            return ()
        self._now_s = max(self._now_s, event.heard.transcript.end_s)
        reading = self._readings.take(event)
        if reading is None:
            return self.pass_time(self._now_s)
        for gone, kept in self._names.items():
            reading = reading.renamed(gone, kept)
        return tuple(alert for watch in self._watches for alert in watch.read(reading, self._now_s))

    def pass_time(self, now_s: float) -> tuple[Alert, ...]:
        """What is over because nothing more was heard until a media time, or may be raised again by then."""
        self._now_s = max(self._now_s, now_s)
        return tuple(alert for watch in self._watches for alert in watch.judge(self._now_s))

    def merge(self, kept: str, gone: str) -> tuple[Alert, ...]:
        """Two speakers are one person, who is called `kept` from now on."""
        self._names = {name: kept if now == gone else now for name, now in self._names.items()} | {gone: kept}
        if len(self._names) > _MOST_NAMES:
            del self._names[next(iter(self._names))]
        return tuple(alert for watch in self._watches for alert in watch.merge(kept, gone, self._now_s))

    def forget(self, speaker: str | None) -> tuple[Alert, ...]:
        """Drop what is remembered of a speaker, or of all of them; what was raised by it is over."""
        self._readings.forget(speaker)
        return tuple(alert for watch in self._watches for alert in watch.forget(speaker, self._now_s))

    def end(self) -> tuple[Alert, ...]:
        """The conversation is over, and so are its alerts."""
        return tuple(alert for watch in self._watches for alert in watch.end(self._now_s))

    def raised(self) -> tuple[Raised, ...]:
        """What is raised now, for `resume`."""
        return tuple(raised for watch in self._watches for raised in watch.raised())

    def resume(self, raised: Iterable[Raised], now_s: float) -> None:
        """Go on from what `raised` gave; what no rule of that name watches is left out."""
        self._now_s = now_s
        watches = {watch.rule.name: watch for watch in self._watches}
        for each in raised:
            if each.rule in watches:
                watches[each.rule].resume(each)


class _RuleWatch:
    """One rule, and everybody it is about."""

    def __init__(self, rule: AlertRule) -> None:
        self.rule = rule
        self._judgement = Judgement(rule)
        self._groups: dict[str, Group] = {}  # who spoke last at the end

    def read(self, reading: Reading, now_s: float) -> Iterator[Alert]:
        settled = reading.status is Status.FINAL or self.rule.reads is Reads.PROVISIONAL
        name = self._group_of(reading.speaker)
        if settled and name is not None:
            group = self._groups.pop(name) if name in self._groups else Group()
            group.add(reading, self.rule.looked_at)
            self._groups[name] = group
        yield from self.judge(now_s)
        while len(self._groups) > _MOST_GROUPS:
            yield from self._drop(next(iter(self._groups)), now_s, "others have spoken since")

    def judge(self, now_s: float) -> Iterator[Alert]:
        for name, group in self._groups.items():
            if not group.changed and not self.rule.goes_by_time:
                continue
            group.changed = False
            if (evidence := group.raised_by) is not None:
                if why := self._judgement.is_over(group, now_s):
                    group.raised_by = None
                    yield self._alert(name, evidence, now_s, why, raised=False)
            elif found := self._judgement.evidence(group, now_s):
                group.raised_by, group.raised_at_s = found, now_s
                yield self._alert(name, found, now_s, self._judgement.reason(found, name), raised=True)

    def merge(self, kept: str, gone: str, now_s: float) -> Iterator[Alert]:
        lost = self._groups.get(gone)
        if lost is not None and self._group_of(gone) == gone:
            yield from self._drop(gone, now_s, f"{gone} turned out to be {kept}")
            if self._group_of(kept) is not None:
                group = self._groups.setdefault(kept, Group())
                group.take_over(lost, self.rule.looked_at)
        for group in self._groups.values():
            group.rename(gone, kept)
        yield from self.judge(now_s)

    def forget(self, speaker: str | None, now_s: float) -> Iterator[Alert]:
        for group in self._groups.values():
            group.forget(speaker)
        for name in [name for name in self._groups if speaker in {None, name}]:
            yield from self._drop(name, now_s, "what it was raised by was forgotten")
        yield from self.judge(now_s)

    def end(self, now_s: float) -> Iterator[Alert]:
        for name in list(self._groups):
            yield from self._drop(name, now_s, "the conversation ended")

    def raised(self) -> Iterator[Raised]:
        for name, group in self._groups.items():
            if group.raised_by is not None:
                yield Raised(self.rule.name, name, group.raised_at_s, group.raised_by)

    def resume(self, raised: Raised) -> None:
        group = self._groups[raised.group] = Group()
        group.raised_by, group.raised_at_s = raised.evidence, raised.at_s
        for reading in raised.evidence:
            group.add(reading, self.rule.looked_at)

    def _group_of(self, speaker: str) -> str | None:
        """With whom a speaker's utterances are counted; None where the rule is not about them."""
        who = self.rule.who
        if who is Who.EVERYBODY:
            return _EVERYBODY
        if who is Who.ANYONE:
            return None if speaker == UNKNOWN_SPEAKER else speaker
        return speaker if speaker in who else None

    def _drop(self, name: str, now_s: float, why: str) -> Iterator[Alert]:
        evidence = self._groups.pop(name).raised_by
        if evidence is not None:
            yield self._alert(name, evidence, now_s, why, raised=False)

    def _alert(self, name: str, evidence: tuple[Reading, ...], now_s: float, reason: str, *, raised: bool) -> Alert:
        together = tuple(dict.fromkeys(reading.speaker for reading in evidence))
        return Alert(self.rule, raised, (name,) if name else together, evidence, now_s, reason)
