"""The transcriber `auto`: the best recogniser that is here and keeps up, otherwise pocketsphinx.

A recogniser is here when its library is installed and its weights were fetched (`undertone models`). They are tried
from the fewest published errors on; without a GPU, those too large for a CPU are passed over. Each is started and
timed on two seconds of speech (`realtime.recognition.trial`), and the first that keeps up is used. With no recogniser
to try nothing is timed, and pocketsphinx starts as if it had been chosen by name.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version

from pydantic import Field

from model.errors import PartMissingError, UsageError
from realtime.clock import Clock, SystemClock
from realtime.events import Event
from realtime.parts import PartChoice, load_part, settings_class
from realtime.protocols import Transcriber
from realtime.recognition import weights
from realtime.recognition.candidates import better_than, fetched, has_gpu, how_to_get, why_not
from realtime.recognition.catalogue import LIBRARIES, Model, OneFile
from realtime.recognition.trial import SPEECH_S, TooSlowError, time_recogniser
from realtime.transcribers import pocketsphinx

_LOG = logging.getLogger(__name__)
_PACKAGE = "realtime.transcribers"
_FALLBACK = "pocketsphinx"
_OPEN_WITHIN_S = 60.0
_DECODE_WITHIN_S = 10.0

Make = Callable[[Model | None], Transcriber]
"""Makes the transcriber that reads a model's weights, or for None the one that needs none."""


class Settings(pocketsphinx.Settings):
    """How the recogniser is chosen, and how pocketsphinx listens if it is the one."""

    language: str = Field(
        default=pocketsphinx.LANGUAGE,
        min_length=2,
        description="What is spoken, ISO 639-1; recognisers without it stay out.",
    )
    keep_up: float = Field(
        default=0.5,
        gt=0.0,
        le=1.0,
        description="Largest part of the time that speech lasts in which it must be recognised; above it, too slow.",
    )


@dataclass(frozen=True, slots=True)
class Choice:
    """What was chosen, and why.

    Attributes:
        name: The transcriber, as transcripts name it.
        model: Its weights; None for pocketsphinx, which brings them.
        reason: Why it was taken, or why no other.
        better: The line that would get a better one; empty if none is known.
    """

    name: str
    model: Model | None
    reason: str
    better: str

    @property
    def version(self) -> str:
        """Of the library, and the name of the weights."""
        library = version(LIBRARIES[self.name].distribution)
        return f"{library} {self.model.name}" if self.model else library

    @property
    def sha256(self) -> str | None:
        """Of the weights, where they are one file."""
        return self.model.origin.sha256 if self.model and isinstance(self.model.origin, OneFile) else None

    def __str__(self) -> str:
        """One line for people."""
        better = f"; better: {self.better}" if self.better else ""
        return f"recognising with {self.model.name if self.model else self.name}: {self.reason}{better}"


def create(settings: Settings, clock: Clock | None = None) -> "Auto":
    """The transcriber for these settings; nothing is started or timed yet."""
    timed_by = clock or SystemClock()
    candidates = fetched(settings.language)
    return Auto(settings, timed_by, candidates, lambda model: _make(model, settings, timed_by), gpu=has_gpu())


class Auto:
    """Chooses a transcriber, and is it from then on.

    Args:
        settings: How to choose.
        clock: For timing.
        candidates: The models that are here, the best first.
        make: Makes their transcribers.
        gpu: Whether there is a GPU.
    """

    def __init__(self, settings: Settings, clock: Clock, candidates: Sequence[Model], make: Make, *, gpu: bool) -> None:
        self._settings = settings
        self._clock = clock
        self._candidates = list(candidates)
        self._make = make
        self._gpu = gpu
        self._transcriber: Transcriber | None = None
        self._open = False
        self._choice: Choice | None = None

    async def choose(self) -> Choice:
        """Decide, once; a recogniser that was timed stays open. At once where there is only pocketsphinx.

        Raises:
            PartMissingError: No recogniser of the language can be used.
        """
        if self._choice is None:
            self._choice = await self._best()
        return self._choice

    async def open(self) -> None:
        """Decide, unless that was done, and start what was chosen. Raises as `choose` and the chosen one do."""
        await self.choose()
        if not self._open:
            await self._used.open()
            self._open = True

    async def process(self, event: Event) -> Sequence[Event]:
        """What the chosen one makes of it."""
        return await self._used.process(event)

    async def close(self) -> None:
        """End the chosen one. May be called twice, and at any moment."""
        if self._transcriber is not None:
            await self._transcriber.close()

    @property
    def _used(self) -> Transcriber:
        if self._transcriber is None:
            raise RuntimeError("used before it was opened")
        return self._transcriber

    async def _best(self) -> Choice:
        """Take the first that keeps up, or pocketsphinx."""
        refused: list[str] = []
        slow: list[Model] = []
        for model in self._candidates:
            try:
                took_s = await self._try(model)
            except UsageError as error:
                _LOG.info("%s is not taken: %s", model.name, error)
                refused.append(error.problem)
                if isinstance(error, TooSlowError):
                    slow.append(model)
            else:
                reason = f"it took {took_s:.1f} s for {SPEECH_S:.0f} s of speech"
                return self._describe(model, [reason, *refused], slow)
        if self._settings.language != pocketsphinx.LANGUAGE:
            raise _nothing_for(self._settings.language, refused, gpu=self._gpu)
        self._transcriber = self._make(None)
        return self._describe(None, refused or ["no other recogniser's weights are here"], slow)

    async def _try(self, model: Model) -> float:
        """Start a recogniser and time it, seconds; it stays open if it keeps up. Raises UsageError if it does not."""
        if (reason := why_not(model, gpu=self._gpu)) is not None:
            raise PartMissingError(reason)
        transcriber = self._transcriber = self._make(model)
        try:
            await self._start(model, transcriber)
            took_s = await self._time(model, transcriber)
            self._open = True
        finally:
            if not self._open:
                await transcriber.close()
                self._transcriber = None
        return took_s

    async def _start(self, model: Model, transcriber: Transcriber) -> None:
        try:
            async with asyncio.timeout(_OPEN_WITHIN_S):
                await transcriber.open()
        except TimeoutError as error:
            raise TooSlowError(f"{model.name} was not ready within {_OPEN_WITHIN_S:.0f} s") from error

    async def _time(self, model: Model, transcriber: Transcriber) -> float:
        enough_s = self._settings.keep_up * SPEECH_S
        took_s = await time_recogniser(model.name, transcriber, self._clock, enough_s, _DECODE_WITHIN_S)
        if took_s > enough_s:
            raise TooSlowError(f"{model.name} took {took_s:.1f} s for {SPEECH_S:.0f} s of speech")
        return took_s

    def _describe(self, model: Model | None, reasons: Sequence[str], slow: Sequence[Model]) -> Choice:
        better = better_than(model, self._candidates, slow, self._settings.language, gpu=self._gpu)
        return Choice(
            name=model.part if model else _FALLBACK,
            model=model,
            reason="; ".join(reasons),
            better=how_to_get(better) if better else "",
        )


def _make(model: Model | None, settings: Settings, clock: Clock) -> Transcriber:
    """The transcriber of a model, with those of the settings it knows that were given; of None, pocketsphinx."""
    if model is None:
        return pocketsphinx.create(pocketsphinx.Settings(**settings.model_dump(exclude={"keep_up"})), clock)
    known = settings_class(_PACKAGE, model.part).model_fields
    given = settings.model_dump(include=settings.model_fields_set | {"language"})
    own = {name: value for name, value in given.items() if name in known}
    part = PartChoice.model_validate({"part": model.part, **own, "model": str(weights.find(model.name))})
    transcriber: Transcriber = load_part(_PACKAGE, part, clock)
    return transcriber


def _nothing_for(language: str, reasons: Sequence[str], *, gpu: bool) -> PartMissingError:
    model = better_than(None, (), (), language, gpu=gpu)
    why = f" ({'; '.join(reasons)})" if reasons else ""
    remedy = f"Get one: {how_to_get(model)}" if model else "See which there are: undertone models"
    return PartMissingError(f"no recogniser that is here understands {language!r}{why}", remedy)
