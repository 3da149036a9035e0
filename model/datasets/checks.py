"""What every reader of annotated conversations holds them to, whatever the format.

Each check is handed an `error`, which turns a problem into a complaint that names the place being read.
"""

from collections.abc import Callable, Iterable, Sequence

from model.conversation import Conversation, Pair
from model.errors import DataError


def known_label(label: str, labels: Sequence[str], error: Callable[[str], DataError]) -> str:
    """The label, if it is one of those.

    Args:
        label: As the file has it.
        labels: Those that exist.
        error: Makes the complaint.
    """
    if label not in labels:
        raise error(f"unknown emotion {label!r}; the labels are {', '.join(labels)}")
    return label


def pair_within(emotion: int, cause: int, numbers: Sequence[int], error: Callable[[str], DataError]) -> Pair:
    """The pair two utterance numbers of a file stand for.

    Args:
        emotion: Number of the utterance that carries the emotion.
        cause: Number of the utterance that caused it.
        numbers: Of the conversation's utterances as the file has them, in order, each once.
        error: Makes the complaint about numbers nobody bears.
    """
    if emotion not in numbers or cause not in numbers:
        raise error(f"pair ({emotion},{cause}) lies outside the conversation's {len(numbers)} utterances")
    return Pair(numbers.index(emotion), numbers.index(cause))


def gathered(conversations: Iterable[Conversation], error: Callable[[str], DataError]) -> tuple[Conversation, ...]:
    """All conversations, each there once and at least one.

    Args:
        conversations: Read one by one, so that `error` names the place of the one that is wrong.
        error: Makes the complaint.
    """
    by_id: dict[str, Conversation] = {}
    for conversation in conversations:
        if conversation.id in by_id:
            raise error(f"conversation {conversation.id} appears twice")
        by_id[conversation.id] = conversation
    if not by_id:
        raise error("no conversation in it")
    return tuple(by_id.values())
