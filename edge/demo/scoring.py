"""How well the demo was understood: what a subscriber heard, held against the script.

A heard utterance is *found* when it overlaps a line of the script in time by at least `MIN_OVERLAP` (intersection over
union), best overlap first, one to one. Emotions and speakers are judged on found utterances; words, and links with an
end that was not found, count against the hearing as they are.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from edge.demo.script import ScriptLine, SpokenLine
from model.conversation import Pair

MIN_OVERLAP = 0.5
"""The least intersection over union in time at which a heard utterance counts as a line of the script."""


@dataclass(frozen=True, slots=True)
class HeardUtterance:
    """One utterance as it was published.

    Attributes:
        start_s: First sample of speech, in seconds from the recording's start.
        end_s: Last sample of speech, in seconds from the recording's start.
        speaker: The published speaker's id, of any spelling.
        text: The transcribed words.
        emotion: The published label.
        causes: Positions, in the list of heard utterances, of those that caused the emotion.
    """

    start_s: float
    end_s: float
    speaker: str
    text: str
    emotion: str
    causes: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class LinkScore:
    """Links that were given, held against the script's.

    Attributes:
        given: How many links were given, those with an end that is not in the script included.
        correct: How many of them are in the script.
        expected: How many links the script has.
        correct_elsewhere: How many of the correct ones lead to another utterance than the emotional one itself.
    """

    given: int
    correct: int
    expected: int
    correct_elsewhere: int

    @property
    def precision(self) -> float:
        """Correct among the given; 0 where none was given."""
        return _divide(self.correct, self.given)

    @property
    def recall(self) -> float:
        """Correct among the expected; 0 where none was expected."""
        return _divide(self.correct, self.expected)

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall, 2 correct / (given + expected)."""
        return _divide(2 * self.correct, self.given + self.expected)


@dataclass(frozen=True, slots=True)
class DemoScore:
    """A hearing of the demo in figures, each between 0 and 1 but the word error rate, which may exceed 1.

    Attributes:
        lines: How many utterances the script has.
        heard: How many utterances were heard.
        found: How many lines of the script were found among them.
        word_errors: Words wrong, missing (every word of a line not found) or invented (every word of an utterance that
            is no line).
        words: How many words the script has.
        speaker_accuracy: Found utterances with the right speaker; see `score_demo` for how names are paired.
        emotion_accuracy: Found utterances with the script's emotion.
        majority_emotion: The script's most frequent emotion.
        majority_emotion_accuracy: The baseline that gives every found utterance `majority_emotion`.
        links: The published links.
        self_links: The baseline that makes every found utterance its own cause.
    """

    lines: int
    heard: int
    found: int
    word_errors: int
    words: int
    speaker_accuracy: float
    emotion_accuracy: float
    majority_emotion: str
    majority_emotion_accuracy: float
    links: LinkScore
    self_links: LinkScore

    @property
    def found_fraction(self) -> float:
        """Lines found among the script's lines."""
        return _divide(self.found, self.lines)

    @property
    def word_error_rate(self) -> float:
        """Word errors over the script's words."""
        return _divide(self.word_errors, self.words)


def score_demo(heard: Sequence[HeardUtterance], script: Sequence[SpokenLine]) -> DemoScore:
    """Hold a hearing against the script.

    The published speaker ids need not be the script's names: each id is paired with the name it shares most found
    utterances with, one to one, as when speaker diarization is scored.

    Args:
        heard: What was published, in order.
        script: The lines and where they are spoken.

    Returns:
        The figures, with two baselines beside the emotions and the links.
    """
    match = match_by_time(heard, script)
    lines = [spoken.line for spoken in script]
    found = [(heard[position], lines[match[position]]) for position in sorted(match)]
    majority = _find_majority(line.emotion for line in lines)
    expected = {Pair(index, cause - 1) for index, line in enumerate(lines) for cause in line.causes}
    given = [_locate(Pair(position, cause), match) for position, item in enumerate(heard) for cause in item.causes]
    return DemoScore(
        lines=len(lines),
        heard=len(heard),
        found=len(found),
        word_errors=_count_all_word_errors(heard, lines, match),
        words=sum(len(split_words(line.text)) for line in lines),
        speaker_accuracy=_score_speakers(found),
        emotion_accuracy=_divide(sum(item.emotion == line.emotion for item, line in found), len(found)),
        majority_emotion=majority,
        majority_emotion_accuracy=_divide(sum(line.emotion == majority for _, line in found), len(found)),
        links=_score_links(given, expected),
        self_links=_score_links([Pair(index, index) for index in match.values()], expected),
    )


def match_by_time(heard: Sequence[HeardUtterance], script: Sequence[SpokenLine]) -> dict[int, int]:
    """Pair heard utterances with lines of the script, best overlap first, one to one.

    Args:
        heard: What was published.
        script: The lines and where they are spoken.

    Returns:
        Position in `heard` -> position in `script`, for the pairs that overlap by at least `MIN_OVERLAP`.
    """
    overlaps = [
        (_overlap(item, line), position, index)
        for position, item in enumerate(heard)
        for index, line in enumerate(script)
    ]
    match: dict[int, int] = {}
    for overlap, position, index in sorted(overlaps, key=lambda entry: -entry[0]):
        if overlap < MIN_OVERLAP:
            break
        if position not in match and index not in match.values():
            match[position] = index
    return match


def split_words(text: str) -> list[str]:
    """Split a text into the words a recogniser is scored on: lower case, letters, digits and inner apostrophes.

    Args:
        text: Any text.

    Returns:
        Its words in order.
    """
    return re.findall(r"[^\W_]+(?:'[^\W_]+)*", text.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'"))


def count_word_errors(expected: Sequence[str], heard: Sequence[str]) -> int:
    """Count the fewest substitutions, deletions and insertions that turn one list of words into another (Levenshtein).

    Args:
        expected: The words that were said.
        heard: The words that were heard.

    Returns:
        The number of word errors.
    """
    row = list(range(len(heard) + 1))
    for deleted, word in enumerate(expected, start=1):
        above, row = row, [deleted]
        for column, other in enumerate(heard):
            row.append(min(above[column + 1] + 1, row[column] + 1, above[column] + (word != other)))
    return row[-1]


def _overlap(heard: HeardUtterance, line: SpokenLine) -> float:
    shared_s = min(heard.end_s, line.end_s) - max(heard.start_s, line.start_s)
    union_s = max(heard.end_s, line.end_s) - min(heard.start_s, line.start_s)
    return max(0.0, shared_s) / union_s if union_s > 0 else 0.0


def _count_all_word_errors(
    heard: Sequence[HeardUtterance], lines: Sequence[ScriptLine], match: Mapping[int, int]
) -> int:
    said = {index: split_words(line.text) for index, line in enumerate(lines)}
    errors = 0
    for position, item in enumerate(heard):
        index = match.get(position)
        errors += count_word_errors([] if index is None else said.pop(index), split_words(item.text))
    return errors + sum(len(words) for words in said.values())


def _score_speakers(found: Sequence[tuple[HeardUtterance, ScriptLine]]) -> float:
    shared = Counter((item.speaker, line.speaker) for item, line in found)
    pairs = _pair_one_to_one(shared)
    return _divide(sum(shared[pair] for pair in pairs), len(found))


def _pair_one_to_one(shared: Counter[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Yield pairs, the most frequent first, such that no id and no name comes twice."""
    taken_ids: set[str] = set()
    taken_names: set[str] = set()
    for (speaker_id, name), _ in shared.most_common():
        if speaker_id not in taken_ids and name not in taken_names:
            taken_ids.add(speaker_id)
            taken_names.add(name)
            yield speaker_id, name


def _locate(link: Pair, match: Mapping[int, int]) -> Pair | None:
    """Translate a link between heard utterances to the script's positions; None where an end is no line of it."""
    if link.emotion not in match or link.cause not in match:
        return None
    return Pair(match[link.emotion], match[link.cause])


def _score_links(given: Sequence[Pair | None], expected: set[Pair]) -> LinkScore:
    correct = expected.intersection(given)
    elsewhere = sum(link.emotion != link.cause for link in correct)
    return LinkScore(len(given), len(correct), len(expected), elsewhere)


def _find_majority(labels: Iterable[str]) -> str:
    return Counter(labels).most_common(1)[0][0]


def _divide(part: float, whole: float) -> float:
    return part / whole if whole else 0.0
