"""The real recognisers on tiny checkpoints, one of which is chosen, and really loaded and timed."""

from dataclasses import replace

import pytest

from realtime.clock import SystemClock
from realtime.events import EndReason, Transcript
from realtime.recognition import candidates, weights
from realtime.recognition.catalogue import find_model
from realtime.transcribers import auto
from tests.speech import chunks, ended, line, started

pytestmark = [
    # openai-whisper leaves its vocabulary's file to be closed by whoever comes by.
    pytest.mark.filterwarnings("ignore:.*tiktoken:ResourceWarning"),
    pytest.mark.filterwarnings("ignore:.*tiktoken:pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    for library in ("whisper", "faster_whisper"):
        pytest.importorskip(library)
    monkeypatch.setenv(weights.FOLDER_VARIABLE, str(tmp_path))
    return tmp_path


async def chosen_and_heard(settings):
    """What is chosen, and what it makes of a line of the demo."""
    part = auto.create(settings, SystemClock())
    samples, _ = line(1)
    try:
        await part.open()
        for event in (started("s1"), *chunks("s1", samples)):
            await part.process(event)
        said = await part.process(ended("s1", EndReason.SILENCE, end_s=samples.size / 16_000))
        return await part.choose(), next(event for event in said if isinstance(event, Transcript))
    finally:
        await part.close()
        await part.close()


@pytest.mark.slow
async def test_moonshine_is_taken_before_whisper(folder):
    from tests.tiny_recognisers import moonshine_folder

    (folder / "whisper-tiny.en.pt").touch()
    moonshine_folder(folder / "moonshine-base")
    choice, transcript = await chosen_and_heard(auto.Settings(keep_up=1.0))
    assert (choice.name, transcript.transcriber) == ("transformers", "transformers")
    assert choice.version.endswith(" moonshine-base")
    assert choice.better == ""
    assert transcript.segment == "s1"


async def test_what_is_broken_is_passed_over(folder):
    from tests.tiny_recognisers import SCRIPT, faster_whisper_folder

    (folder / "moonshine-base").mkdir()
    (folder / "moonshine-base" / "config.json").write_text("{}")
    faster_whisper_folder(folder / "faster-whisper-tiny.en")
    choice, transcript = await chosen_and_heard(auto.Settings(keep_up=1.0))
    assert (choice.name, transcript.transcriber) == ("faster_whisper", "faster_whisper")
    assert "moonshine-base cannot be loaded as a model" in choice.reason
    assert transcript.text == SCRIPT.strip()


@pytest.mark.slow
async def test_what_can_never_keep_up_leaves_pocketsphinx(folder, monkeypatch):
    from tests.tiny_recognisers import whisper_file

    toy = replace(find_model("whisper-tiny.en"), name="whisper-toy")
    monkeypatch.setattr(candidates, "MODELS", (toy,))
    whisper_file(folder / "whisper-toy.pt")
    choice, transcript = await chosen_and_heard(auto.Settings(keep_up=1e-6))
    assert (choice.name, transcript.transcriber) == ("pocketsphinx", "pocketsphinx")
    assert choice.reason.startswith("whisper-toy took ")
    assert "news" in transcript.text


async def test_nothing_fetched_starts_pocketsphinx(folder):
    choice, transcript = await chosen_and_heard(auto.Settings())
    assert choice.reason == "no other recogniser's weights are here"
    assert "news" in transcript.text
