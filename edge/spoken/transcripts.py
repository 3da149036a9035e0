"""What was heard beside what was written, as JSON lines."""

import json
from pathlib import Path
from types import TracebackType
from typing import Self

from edge.spoken.hearing import HeardConversation
from model.errors import SettingsError


class TranscriptFile:
    """A file with a line per annotated utterance: conversation, utterance (from 1), annotated, heard.

    It is opened when it is made and complete up to the last conversation that was added, also after an interruption.

    Args:
        path: Where to write; what was there is replaced.

    Raises:
        SettingsError: Nothing can be written there.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._file = path.open("w", encoding="utf-8")
        except OSError as error:
            raise SettingsError(
                f"transcripts cannot be written to {path}: {error.strerror}",
                "Give --transcripts a file in an existing folder",
            ) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def add(self, heard: HeardConversation) -> None:
        """Write the utterances of a conversation; a missed one was heard as nothing."""
        conversation = heard.understood
        for utterance, text in zip(conversation.utterances, heard.texts, strict=True):
            row = {
                "conversation": conversation.id,
                "utterance": utterance.index + 1,
                "annotated": utterance.text,
                "heard": text,
            }
            self._file.write(json.dumps(row, ensure_ascii=False) + "\n")
        self._file.flush()
