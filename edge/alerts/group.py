"""Those whose utterances a rule counts together: what was understood of them last, and what they raised."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from edge.alerts.reading import Reading


@dataclass(frozen=True, slots=True)
class Raised:
    """An alert that is raised, as it is kept for a new start.

    Attributes:
        rule: Its name.
        group: Of whom: a speaker; empty for everybody together.
        at_s: Media time at which it was raised.
        evidence: The utterances that raised it.
    """

    rule: str
    group: str
    at_s: float
    evidence: tuple[Reading, ...]


@dataclass(slots=True)
class Group:
    """One speaker, or everybody together.

    Attributes:
        readings: Their last utterances by index, each as it is understood now.
        raised_by: The evidence of the alert that is raised; None where none is.
        raised_at_s: Media time at which one was raised last.
        changed: Whether something is read otherwise than when it was judged last.
    """

    readings: dict[int, Reading] = field(default_factory=dict)
    raised_by: tuple[Reading, ...] | None = None
    raised_at_s: float = float("-inf")
    changed: bool = False

    def add(self, reading: Reading, most: int) -> None:
        """Take an utterance in, in place of how it was understood before; of more than `most` the oldest go."""
        self.changed = True
        self.readings[reading.index] = reading
        while len(self.readings) > most:
            del self.readings[min(self.readings)]

    def take_over(self, other: "Group", most: int) -> None:
        """What another speaker said was said by this one."""
        for reading in other.readings.values():
            self.add(reading, most)

    def rename(self, gone: str, kept: str) -> None:
        """Somebody is called something else."""
        self.changed = True
        for index, reading in self.readings.items():
            self.readings[index] = reading.renamed(gone, kept)

    def forget(self, speaker: str | None) -> None:
        """Drop what a speaker said, or everything, and that it caused anything; what is raised stays raised."""
        self.changed = True
        self.readings = {reading.index: reading for reading in _without(self.readings.values(), speaker)}
        if self.raised_by is not None:
            self.raised_by = tuple(_without(self.raised_by, speaker))

    def within(self, since_s: float) -> list[Reading]:
        """The utterances that ended after a media time, in order."""
        return [reading for _, reading in sorted(self.readings.items()) if reading.end_s > since_s]


def _without(readings: Iterable[Reading], speaker: str | None) -> Iterator[Reading]:
    """The readings of others, without what this speaker caused; none where everybody is meant."""
    return (reading.without(speaker) for reading in readings if speaker not in {None, reading.speaker})
