"""Words gone wrong as recognisers and typists get them wrong: what is left of a figure when the text is not clean."""

import random
import string
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from enum import Enum, auto
from functools import partial

from model.conversation import Conversation


class Fault(Enum):
    """What can happen to a word."""

    DROP = auto()
    """It is missing."""
    REPLACE = auto()
    """Another word of the file stands in its place; it is misspelt where the file has no other."""
    MISSPELL = auto()
    """One of its characters is another letter, missing or doubled."""
    SWAP = auto()
    """It changed places with its neighbour; a word that has none is misspelt."""


def corrupt(conversations: Sequence[Conversation], share: float, seed: int) -> tuple[Conversation, ...]:
    """The same conversations with faults in exactly a share of all words, each kind of fault equally often.

    Args:
        conversations: Their annotations stay as they are.
        share: Share of the words that get a fault, 0 to 1; words are what stands between spaces.
        seed: The same one makes the same faults.
    """
    chance = random.Random(seed)
    texts = [utterance.text.split() for conversation in conversations for utterance in conversation.utterances]
    places = [(text, word) for text, words in enumerate(texts) for word in range(len(words))]
    faults: dict[int, dict[int, Fault]] = defaultdict(dict)
    for number, (text, word) in enumerate(chance.sample(places, round(share * len(places)))):
        faults[text][word] = list(Fault)[number % len(Fault)]
    used = [word for words in texts for word in words]
    another = partial(_another, used, chance) if len(set(used)) > 1 else partial(_misspelt, chance)
    spoilt = {number: _spoil(texts[number], faults[number], another, chance) for number in sorted(faults)}
    return _with_texts(conversations, spoilt)


def _with_texts(conversations: Sequence[Conversation], texts: Mapping[int, str]) -> tuple[Conversation, ...]:
    """Conversations with new texts for some utterances, which are counted over all conversations."""
    first, changed = 0, []
    for conversation in conversations:
        numbered = enumerate(conversation.utterances, start=first)
        utterances = tuple(replace(each, text=texts.get(number, each.text)) for number, each in numbered)
        changed.append(replace(conversation, utterances=utterances))
        first += len(utterances)
    return tuple(changed)


def _spoil(
    words: Sequence[str], faults: Mapping[int, Fault], another: Callable[[str], str], chance: random.Random
) -> str:
    spoilt = list(words)
    for place, fault in sorted(
        faults.items(), key=lambda item: item[1] is Fault.SWAP
    ):  # swaps move words: they go last
        if fault is Fault.DROP:
            spoilt[place] = ""
        elif fault is Fault.REPLACE:
            spoilt[place] = another(words[place])
        elif fault is Fault.SWAP and len(words) > 1:
            neighbour = place + 1 if place + 1 < len(words) else place - 1
            spoilt[place], spoilt[neighbour] = spoilt[neighbour], spoilt[place]
        else:
            spoilt[place] = _misspelt(chance, words[place])
    return " ".join(filter(None, spoilt))


def _another(used: Sequence[str], chance: random.Random, word: str) -> str:
    """A different word, drawn as often as it is used."""
    drawn = word
    while drawn == word:
        drawn = chance.choice(used)
    return drawn


def _misspelt(chance: random.Random, word: str) -> str:
    place = chance.randrange(len(word))
    character = word[place]
    letter = chance.choice([each for each in string.ascii_lowercase if each != character])
    return word[:place] + chance.choice((letter, "", 2 * character)) + word[place + 1 :]
