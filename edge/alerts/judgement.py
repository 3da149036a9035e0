"""Whether a rule is met, and whether what it raised is over."""

from edge.alerts.group import Group
from edge.alerts.reading import Reading
from edge.alerts.rule import MOST_EVIDENCE, AlertRule, CauseSide
from model.conversation import UNKNOWN_SPEAKER

_CAUSED = {
    CauseSide.ANY: "",
    CauseSide.INSIDE: ", caused by what was said",
    CauseSide.OTHERS: ", caused by what others said",
    CauseSide.OUTSIDE: ", caused by nothing that was said",
}


class Judgement:
    """One rule, applied to what is known of those it counts together.

    Args:
        rule: The rule.
    """

    def __init__(self, rule: AlertRule) -> None:
        self._rule = rule

    def evidence(self, group: Group, now_s: float) -> tuple[Reading, ...]:
        """The utterances that raise an alert now, in order; none where the rule is not met, or must still rest."""
        rule = self._rule
        showing = self._showing(group, now_s, rule.probability)
        rested = now_s >= group.raised_at_s + rule.rest_s
        if not rested or len(showing) < rule.count or self._is_quiet(showing, now_s):
            return ()
        return tuple(showing[-MOST_EVIDENCE:])

    def is_over(self, group: Group, now_s: float) -> str:
        """Why an alert that is raised is over now, in plain words; empty where it is not."""
        rule = self._rule
        showing = self._showing(group, now_s, rule.kept_probability)
        if len(showing) < rule.kept_count:
            return f"it shows in {len(showing)} of the last utterances, and {rule.kept_count} would keep it up"
        return f"it has not shown for {rule.quiet_s:g} s" if self._is_quiet(showing, now_s) else ""

    def reason(self, evidence: tuple[Reading, ...], name: str) -> str:
        """Why an alert is raised, in plain words; `name` is the speaker's, or empty for everybody."""
        rule = self._rule
        shown = " or ".join(dict.fromkeys(reading.label for reading in evidence))
        times = f"{len(evidence)} utterances" if len(evidence) > 1 else "an utterance"
        within = f" within {rule.within_s:g} s" if rule.within_s is not None and len(evidence) > 1 else ""
        return f"{shown} in {times} of {name or 'everybody together'}{within}{_CAUSED[rule.cause]}"

    def _showing(self, group: Group, now_s: float, probability: float) -> list[Reading]:
        """The utterances looked back on that show the emotion so probably, in order."""
        within_s = self._rule.within_s
        since_s = float("-inf") if within_s is None else now_s - within_s
        return [reading for reading in group.within(since_s) if self._shows(reading, probability)]

    def _shows(self, reading: Reading, probability: float) -> bool:
        return reading.label in self._rule.emotions and reading.probability >= probability and self._is_on_side(reading)

    def _is_on_side(self, reading: Reading) -> bool:
        """Whether the causes lie where the rule wants them; of the unnamed it is only known that they are inside."""
        match self._rule.cause:
            case CauseSide.INSIDE:
                return bool(reading.causes)
            case CauseSide.OTHERS:
                known = {reading.speaker, UNKNOWN_SPEAKER}
                return reading.speaker != UNKNOWN_SPEAKER and any(by.speaker not in known for by in reading.causes)
            case CauseSide.OUTSIDE:
                return not reading.causes and not reading.unnamed
            case CauseSide.ANY:
                return True

    def _is_quiet(self, showing: list[Reading], now_s: float) -> bool:
        quiet_s = self._rule.quiet_s
        return quiet_s is not None and bool(showing) and now_s - showing[-1].end_s >= quiet_s
