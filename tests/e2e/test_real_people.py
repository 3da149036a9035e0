"""Real people through the whole pipeline: what they said arrives, with the word errors it has."""

import sys
from pathlib import Path

from edge.brokers.embedded import EmbeddedBroker, Settings
from edge.demo.hearing import Hearing
from edge.demo.scoring import count_word_errors, split_words
from edge.rehearsal import rehearse
from edge.settings import AppSettings
from realtime.parts import PartChoice
from realtime.protocols import SourceInfo


async def hear(path: Path) -> Hearing:
    """Everything a subscriber got of a recording."""
    hearing = Hearing()
    settings = AppSettings(source=PartChoice(part="recording", path=str(path), fast=True))

    async def ready(_: SourceInfo) -> None:
        return

    await rehearse(settings, EmbeddedBroker(Settings(port=0, websocket_port=None)), hearing.hear, ready)
    return hearing


async def test_a_man_who_reads_is_heard_with_fewer_errors_than_words(shared_data, capsys):
    hearing = await hear(shared_data / "speech" / "asr-reference.flac")
    written = split_words((shared_data / "speech" / "asr-reference.txt").read_text(encoding="utf-8"))
    heard = split_words(" ".join(utterance.text for utterance in hearing.utterances()))
    rate = count_word_errors(written, heard) / len(written)
    with capsys.disabled():
        sys.stdout.write(f"\nasr-reference: {len(hearing.utterances())} utterances, word error rate {rate:.3f}\n")
    assert rate < 0.65
    assert hearing.messages["emotion"] == hearing.messages["cause"] == len(hearing.utterances())


async def test_two_people_who_act_a_scene_are_heard(shared_data, capsys):
    hearing = await hear(shared_data / "speech" / "endgame_nagg_nell.flac")
    utterances = hearing.utterances()
    with capsys.disabled():
        sys.stdout.write(f"\nendgame: {len(utterances)} utterances: {' / '.join(said.text for said in utterances)}\n")
    assert len(utterances) >= 5
    assert hearing.messages["emotion"] == hearing.messages["cause"] == len(utterances)
    assert {said.speaker for said in utterances} - {"unknown"} == {"s1", "s2"}
