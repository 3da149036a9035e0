"""Which recogniser is taken, why, and what would be better; with recognisers whose slowness the test decides."""

import asyncio

import pytest

from model.errors import CheckpointError, PartMissingError
from realtime.events import EndReason, Failure, Latency, Quiet, SpeechEnded, SpeechStarted, Transcript
from realtime.recognition import candidates as machine
from realtime.recognition import weights
from realtime.recognition.catalogue import MODELS, Library, find_model
from realtime.recognition.trial import SPEECH_S, two_seconds
from realtime.transcribers import auto
from tests.fakes import ManualClock


class Recogniser:
    """Takes as long as it is told for each decoding, on the clock of the test."""

    def __init__(self, clock, takes_s=(), refuses=None, hangs=False, loses=False):
        self.clock = clock
        self.takes_s = list(takes_s)
        self.refuses = refuses
        self.hangs = hangs
        self.loses = loses
        self.calls = []
        self.decoding = asyncio.Event()

    async def open(self):
        self.calls.append("open")
        if self.refuses:
            raise self.refuses

    async def process(self, event):
        if not isinstance(event, SpeechEnded):
            return (event,)
        self.calls.append("decode")
        self.decoding.set()
        if self.hangs:
            await asyncio.sleep(3600)
        self.clock.advance(self.takes_s.pop(0))
        if self.loses:
            return (event, Failure("transcribe", "recogniser_lost", "gone", event.segment))
        return (event, Transcript(event.segment, 0, 0.0, 2.0, "x", (), 1.0, "en", "x", False, False, Latency(0.0)))

    async def close(self):
        self.calls.append("close")


@pytest.fixture
def clock():
    return ManualClock()


def chooser(clock, recognisers, *, gpu=False, settings=None):
    """`auto` on a machine with these recognisers: by model name, and under None pocketsphinx."""
    models = [find_model(name) for name in recognisers if name]
    recognisers.setdefault(None, Recogniser(clock))
    return auto.Auto(
        settings or auto.Settings(),
        clock,
        models,
        lambda model: recognisers[model.name if model else None],
        gpu=gpu,
    )


async def test_the_first_that_keeps_up_is_used_and_stays_open(clock):
    here = {"whisper-base.en": Recogniser(clock, [0.9]), "whisper-tiny.en": Recogniser(clock, [0.1])}
    part = chooser(clock, here)
    await part.open()
    choice = await part.choose()

    assert choice.name == "whisper"
    assert choice.version.endswith(" whisper-base.en")
    assert choice.sha256 == find_model("whisper-base.en").origin.sha256
    assert str(choice) == (
        "recognising with whisper-base.en: it took 0.9 s for 2 s of speech; "
        "better: undertone models fetch moonshine-base (248 MB)"
    )
    assert here["whisper-base.en"].calls == ["open", "decode"]
    assert here["whisper-tiny.en"].calls == []
    assert await part.process(Quiet(1.0)) == (Quiet(1.0),)
    await part.close()
    await part.close()
    assert here["whisper-base.en"].calls == ["open", "decode", "close", "close"]


async def test_a_slow_first_decoding_may_have_been_warming_up(clock):
    here = {"moonshine-base": Recogniser(clock, [5.0, 0.4])}
    part = chooser(clock, here)
    await part.open()
    assert str(await part.choose()) == "recognising with moonshine-base: it took 0.4 s for 2 s of speech"
    assert here["moonshine-base"].calls == ["open", "decode", "decode"]


async def test_the_next_is_taken_where_one_is_too_slow_and_the_slow_one_is_closed(clock):
    here = {"whisper-small.en": Recogniser(clock, [3.0, 2.5]), "whisper-tiny.en": Recogniser(clock, [0.2])}
    part = chooser(clock, here)
    choice = await part.choose()
    assert here["whisper-small.en"].calls == ["open", "decode", "decode", "close"]
    assert choice.reason == "it took 0.2 s for 2 s of speech; whisper-small.en took 2.5 s for 2 s of speech"


async def test_pocketsphinx_is_taken_where_nothing_keeps_up_and_nothing_larger_of_the_kind_is_recommended(clock):
    here = {"moonshine-tiny": Recogniser(clock, [1.5, 1.1])}
    part = chooser(clock, here)
    await part.open()
    choice = await part.choose()
    assert choice.name == "pocketsphinx"
    assert choice.reason == "moonshine-tiny took 1.1 s for 2 s of speech"
    assert choice.better == "undertone models fetch faster-whisper-base (148 MB)"
    assert here[None].calls == ["open"]


async def test_how_much_is_keeping_up_is_a_setting(clock):
    part = chooser(clock, {"moonshine-tiny": Recogniser(clock, [1.5, 1.5])}, settings=auto.Settings(keep_up=0.8))
    assert (await part.choose()).name == "transformers"


async def test_with_nothing_fetched_nothing_is_timed(clock):
    here = {None: Recogniser(clock)}
    part = chooser(clock, here)
    choice = await part.choose()
    assert here[None].calls == []
    assert str(choice) == (
        "recognising with pocketsphinx: no other recogniser's weights are here; "
        "better: undertone models fetch moonshine-base (248 MB)"
    )


@pytest.mark.parametrize(
    "broken, why",
    [
        ({"refuses": CheckpointError("its file is cut short", "Get it again")}, "its file is cut short"),
        ({"takes_s": [0.1], "loses": True}, "moonshine-base ended over 2 s of speech"),
    ],
)
async def test_what_cannot_start_or_dies_is_closed_and_said(clock, broken, why):
    here = {"moonshine-base": Recogniser(clock, **broken)}
    part = chooser(clock, here)
    choice = await part.choose()
    assert choice.name == "pocketsphinx"
    assert choice.reason == why
    assert here["moonshine-base"].calls[-1] == "close"


async def test_one_that_hangs_is_not_waited_for(clock, monkeypatch):
    monkeypatch.setattr(auto, "_DECODE_WITHIN_S", 0.01)
    here = {"moonshine-base": Recogniser(clock, hangs=True)}
    choice = await chooser(clock, here).choose()
    assert choice.reason == "moonshine-base took more than 0 s for 2 s of speech"
    assert here["moonshine-base"].calls == ["open", "decode", "close"]


async def test_being_cancelled_while_choosing_leaves_nothing_open(clock):
    here = {"moonshine-base": Recogniser(clock, hangs=True)}
    part = chooser(clock, here)
    choosing = asyncio.create_task(part.choose())
    await here["moonshine-base"].decoding.wait()
    choosing.cancel()
    await asyncio.gather(choosing, return_exceptions=True)
    await part.close()
    assert here["moonshine-base"].calls == ["open", "decode", "close"]


async def test_without_a_gpu_the_large_ones_are_not_tried(clock):
    here = {"whisper-turbo": Recogniser(clock, [0.1]), "whisper-tiny.en": Recogniser(clock, [0.1])}
    choice = await chooser(clock, dict(here)).choose()
    assert choice.version.endswith("whisper-tiny.en")
    assert "whisper-turbo is too large for a machine without a GPU" in choice.reason
    assert here["whisper-turbo"].calls == []

    choice = await chooser(clock, here, gpu=True).choose()
    assert choice.version.endswith("whisper-turbo")
    assert choice.better == ""


async def test_weights_without_their_library_are_not_tried(clock, monkeypatch):
    monkeypatch.setitem(auto.LIBRARIES, "whisper", Library("no_such_module", "openai-whisper", "", "whisper"))
    choice = await chooser(clock, {"whisper-tiny.en": Recogniser(clock)}).choose()
    assert choice.reason == "whisper-tiny.en is here but cannot run yet: pip install 'undertone[whisper]'"


async def test_another_language_has_no_fallback(clock):
    german = auto.Settings(language="de")
    with pytest.raises(PartMissingError, match=r"'de'\. Get one: .*undertone models fetch faster-whisper-base"):
        await chooser(clock, {}, settings=german).choose()
    slow = {"whisper-base": Recogniser(clock, [9.0, 9.0])}
    with pytest.raises(PartMissingError, match="whisper-base took 9"):
        await chooser(clock, slow, settings=german).choose()


def test_what_is_fetched_is_found_best_first_and_by_language(tmp_path, monkeypatch):
    monkeypatch.setenv(weights.FOLDER_VARIABLE, str(tmp_path))
    for name in ("whisper-base.en.pt", "whisper-tiny.en.pt", "whisper-base.pt", "whisper-small.pt.part", "notes.txt"):
        (tmp_path / name).touch()
    for name in ("moonshine-base", "faster-whisper-base.en"):
        (tmp_path / name).mkdir()
    assert [model.name for model in machine.fetched("en")] == [
        "moonshine-base",
        "faster-whisper-base.en",
        "whisper-base.en",
        "whisper-base",
        "whisper-tiny.en",
    ]
    assert [model.name for model in machine.fetched("de")] == ["whisper-base"]


def test_every_model_knows_the_settings_its_transcriber_is_given(tmp_path, monkeypatch):
    """The real parts take what `auto` hands them; only their weights are empty here."""
    monkeypatch.setenv(weights.FOLDER_VARIABLE, str(tmp_path))
    for model in MODELS:
        path = tmp_path / model.stored_as
        path.touch() if path.suffix == ".pt" else path.mkdir()
        (path / "config.json").touch() if path.is_dir() else None
        assert auto._make(model, auto.Settings(partials=True), ManualClock()) is not None


def test_the_speech_that_is_timed_is_two_seconds_of_voice():
    samples = two_seconds()
    assert samples.size == SPEECH_S * 16_000
    assert 0.05 < float((samples**2).mean() ** 0.5) < 0.5


async def test_what_was_said_reaches_the_chosen_one_in_order(clock):
    part = chooser(clock, {})
    with pytest.raises(RuntimeError, match="before it was opened"):
        await part.process(SpeechStarted("s", 0, 0.0))
    await part.open()
    assert await part.process(SpeechStarted("s", 0, 0.0)) == (SpeechStarted("s", 0, 0.0),)
    part_of_here = SpeechEnded("s", 0, 0.0, 1.0, EndReason.SILENCE, 0.0, 0.0)
    part._transcriber.takes_s = [0.0]
    assert isinstance((await part.process(part_of_here))[1], Transcript)
