"""One alert: which emotion, of whom, how sure, how often, caused by what; and when it is over."""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Annotated, Final, Self

from pydantic import AfterValidator, Field, model_validator

from edge.wire.topics import Identifier
from model.config import Config
from model.errors import SettingsError

MOST_RULES: Final = 16
MOST_EVIDENCE: Final = 12
"""The most utterances that a rule can ask for: all of them are named in its message."""

MOST_WITHIN: Final = 64
"""The most utterances that a rule can look back on."""


class Who(StrEnum):
    """Whose utterances are counted together."""

    ANYONE = "anyone"
    EVERYBODY = "everybody"


class CauseSide(StrEnum):
    """Where the cause of an emotion lies."""

    ANY = "any"
    INSIDE = "inside"
    OTHERS = "others"
    OUTSIDE = "outside"


class Reads(StrEnum):
    """Which results count."""

    FINAL = "final"
    PROVISIONAL = "provisional"


Speakers = Annotated[tuple[Annotated[str, Field(min_length=1, max_length=64)], ...], Field(min_length=1, max_length=64)]
"""Ids of speakers, as payloads name them."""


class AlertRule(Config):
    """When to raise an alert, and when it is over. Times are seconds of the conversation's sound."""

    name: Identifier = Field(description="What the alert is called; a-z, 0-9 and '-'.")
    emotions: tuple[str, ...] = Field(
        min_length=1, max_length=8, description="The emotions: one of them is the most probable."
    )
    probability: float = Field(default=0.5, gt=0, le=1, description="How probable it must be at least.")
    count: int = Field(default=1, ge=1, le=MOST_EVIDENCE, description="In how many utterances.")
    within_utterances: int | None = Field(
        default=None,
        ge=1,
        le=MOST_WITHIN,
        description="Out of how many that were said last; null for `count`, that is one after the other, or where "
        "within_s is given for as many as that holds.",
    )
    within_s: float | None = Field(
        default=None, gt=0, le=3_600, description="Out of those that were said in so many seconds; null for any."
    )
    who: Who | Speakers = Field(
        default=Who.ANYONE,
        description="anyone: each speaker by themselves; everybody: all together, also those whom nobody could name; "
        "or a list of speaker ids, each by themselves.",
    )
    cause: CauseSide = Field(
        default=CauseSide.ANY,
        description="inside: something said in the conversation caused it; others: something that another speaker said "
        "did; outside: nothing that was said did; any: no matter.",
    )
    reads: Reads = Field(
        default=Reads.FINAL,
        description="final: only results that will not change any more; provisional: each as soon as it is there.",
    )
    clear_probability: float | None = Field(
        default=None, gt=0, le=1, description="Below this an utterance no longer counts; null for `probability`."
    )
    clear_count: int | None = Field(
        default=None, ge=1, le=MOST_EVIDENCE, description="It is over with fewer utterances; null for `count`."
    )
    quiet_s: float | None = Field(
        default=None, gt=0, le=86_400, description="It is over after so many seconds without another; null for never."
    )
    rest_s: float = Field(
        default=0.0,
        ge=0,
        le=86_400,
        description="Least time from one raising to the next, of the same speaker, seconds.",
    )

    @model_validator(mode="after")
    def _can_come_true(self) -> Self:
        looked_at = self.looked_at
        if self.count > looked_at:
            raise SettingsError(
                f"alert '{self.name}': {self.count} out of the last {looked_at} utterances can never be",
                f"Set count to {looked_at} or less, or within_utterances to {self.count} or more",
            )
        if self.kept_probability > self.probability or self.kept_count > self.count:
            raise SettingsError(
                f"alert '{self.name}' would be over as soon as it is raised",
                "Set clear_probability and clear_count no higher than probability and count",
            )
        return self

    @property
    def looked_at(self) -> int:
        """How many utterances are looked back on at most."""
        if self.within_utterances is not None:
            return self.within_utterances
        return self.count if self.within_s is None else MOST_WITHIN

    @property
    def goes_by_time(self) -> bool:
        """Whether it can come true, or be over, without anything being said."""
        return self.within_s is not None or self.quiet_s is not None or self.rest_s > 0

    @property
    def kept_probability(self) -> float:
        """How probable the emotion must be for an utterance to keep the alert up."""
        return self.probability if self.clear_probability is None else self.clear_probability

    @property
    def kept_count(self) -> int:
        """How many such utterances keep it up."""
        return self.count if self.clear_count is None else self.clear_count


def _named_apart(rules: tuple[AlertRule, ...]) -> tuple[AlertRule, ...]:
    names = [rule.name for rule in rules]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise SettingsError(f"two alerts are called '{twice}'", "Give each a name of its own")
    return rules


AlertRules = Annotated[tuple[AlertRule, ...], Field(max_length=MOST_RULES), AfterValidator(_named_apart)]
"""The alerts of a configuration, each of another name."""


def refuse_unknown_emotions(rules: Iterable[AlertRule], labels: Sequence[str]) -> None:
    """Refuse rules about emotions that the network does not tell apart.

    Raises:
        SettingsError: A rule names an emotion that is none of the labels.
    """
    for rule in rules:
        for emotion in rule.emotions:
            if emotion not in labels:
                raise SettingsError(
                    f"alert '{rule.name}': the network knows no emotion '{emotion}'",
                    f"Name some of: {', '.join(labels)}",
                )
