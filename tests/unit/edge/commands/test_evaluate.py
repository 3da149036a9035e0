"""`undertone evaluate` with the shipped network, on conversations made up here."""

import json

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from edge.commands.app import build
from model.checkpoint import DataTerms
from model.encoder_checkpoint import EncoderCard
from model.errors import DataError, PartMissingError, SettingsError, UsageError
from model.face import network as face_network
from model.face import weights

pytest.importorskip("torch_geometric", reason="evaluating needs the extra train")

CONVERSATIONS = """\
1 3
(2,1),(2,2),(3,2)
1 | Anna | neutral | We got the house ! | x: 00:00:01.000 - 00:00:02.000
2 | Ben | joy | That is wonderful , I am so happy ! | x: 00:00:02.500 - 00:00:04.000
3 | Anna | joy | Me too . | x: 00:00:04.500 - 00:00:05.000
2 1
(1,1)
1 | Cleo | sadness | My dog died . | x: 00:00:01.000 - 00:00:02.000
"""


@pytest.fixture
def data(tmp_path):
    path = tmp_path / "made-up.txt"
    path.write_text(CONVERSATIONS, encoding="utf-8")
    return path


def evaluate(*words):
    return CliRunner().invoke(build(), ["evaluate", *map(str, words)])


def test_json_is_all_there_is_on_stdout_and_pictures_are_drawn(data, tmp_path):
    pytest.importorskip("matplotlib", reason="pictures need the extra train")
    answer = evaluate("--data", data, "--json", "--pictures", tmp_path / "drawn", "--corrupt", "0.2", "--seed", "3")
    assert answer.exit_code == 0, answer.output
    figures = json.loads(answer.stdout)

    published = "pair_f1 pair_precision pair_recall w_avg_6 w_avg_4 emotion_f1 emotion_weighted_f1 emotion_accuracy"
    assert {*published.split(), "cause_f1", "per_emotion", "calibration_error"} <= figures.keys()
    assert (figures["delay"], figures["conversations"], figures["utterances"], figures["pairs"]) == (0, 2, 4, 4)
    assert figures["settings"].items() >= {"data": "made-up.txt", "corrupt": 0.2, "seed": 3}.items()
    names = ["confusion.png", "distance.png", "reliability-emotion.png", "reliability-pair.png"]
    assert sorted(path.name for path in (tmp_path / "drawn").iterdir()) == names
    assert answer.stderr.count("drawn: ") == 4


def test_a_table_is_for_people(data):
    answer = evaluate("--data", data, "--delay", "offline")
    assert answer.exit_code == 0, answer.output
    assert answer.stdout.splitlines()[:2] == [
        "made-up.txt (ecf): 2 conversations, 4 utterances, 4 pairs",
        "mtml, offline: it reads no later utterances",
    ]
    assert "emotion weighted F1" in answer.stdout


@pytest.mark.parametrize("delay", ["soon", "-1", "1.5", ""])
def test_a_delay_is_a_number_or_offline(data, delay):
    answer = evaluate("--data", data, f"--delay={delay}")
    assert isinstance(answer.exception, SettingsError)
    assert "Give --delay a number of utterances, such as 0, or offline" in str(answer.exception)


@pytest.mark.parametrize("words", [("--corrupt", "1.2"), ("--seed", "-1")])
def test_what_is_out_of_range_is_refused(data, words):
    assert evaluate("--data", data, *words).exit_code == 2


def test_only_the_first_conversations_are_read_where_so_many_are_asked_for(data):
    answer = evaluate("--data", data, "--limit", 1, "--json")
    figures = json.loads(answer.stdout)
    assert (figures["conversations"], figures["settings"]["limit"]) == (1, 1)


@pytest.mark.parametrize("words", [("--mono",), ("--transcripts", "heard.jsonl"), ("--spoken", "--corrupt", "0.1")])
def test_options_that_do_not_go_together_are_refused(data, words):
    answer = evaluate("--data", data, *words)
    assert isinstance(answer.exception, SettingsError)
    assert "--spoken" in str(answer.exception)


def test_spoken_without_flite_says_how_to_install_it(data, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    answer = evaluate("--data", data, "--spoken")
    assert isinstance(answer.exception, PartMissingError)
    assert "apt-get install -y flite" in str(answer.exception)


@pytest.mark.parametrize("words", [("--audio", "voice.npy"), ("--rows", "rows.npy")])
def test_a_table_and_its_rows_go_together(data, words):
    answer = evaluate("--data", data, *words)
    assert isinstance(answer.exception, SettingsError)
    assert "Give --rows, and --audio or --video or both" in str(answer.exception)


def test_what_is_spoken_has_no_table(data):
    answer = evaluate("--data", data, "--spoken", "--audio", "voice.npy", "--rows", "rows.npy")
    assert isinstance(answer.exception, SettingsError)
    assert "Leave the tables out" in str(answer.exception)


def test_one_part_is_measured_by_itself_and_options_of_the_whole_are_refused(tmp_path):
    refused = evaluate("--part", "speaker", "--data", tmp_path, "--corrupt", "0.5", "--mono").exception
    assert isinstance(refused, SettingsError)
    assert "--corrupt, --mono" in str(refused)
    nothing = evaluate("--part", "speaker", "--data", tmp_path, "--json").exception
    assert isinstance(nothing, DataError)


def test_a_face_encoder_is_measured_by_its_part(tmp_path):
    torch.manual_seed(1)
    sizes = face_network.Settings(stem=2, widths=(4,))
    terms = (DataTerms(name="none", terms="none"),)
    kept = {"reads": "face", "what": "made up", "labels": face_network.LABELS, "seed": 3, "figures": {}, "training": {}}
    card = EncoderCard(settings=sizes.model_dump(), data=terms, **kept)
    weights.save(tmp_path / "net", face_network.FaceNetwork(sizes).eval(), card)
    pixels = np.random.default_rng(1).integers(0, 256, (6, 48, 48), np.uint8)
    np.savez(tmp_path / "faces.npz", test_x=pixels, test_y=np.arange(6))
    words = ("--part", "face", "--data", tmp_path / "faces.npz", "--checkpoint", tmp_path / "net")

    answer = evaluate(*words, "--json")
    assert answer.exit_code == 0, answer.output
    figures = json.loads(answer.stdout)
    assert {"unweighted_accuracy", "accuracy", "per_class", "machine", "settings", "checkpoint"} <= figures.keys()
    assert sum(scores["count"] for scores in figures["per_class"].values()) == 6
    table = evaluate(*words)
    assert table.stdout.splitlines()[0] == "faces.npz (FER2013, test): 6 faces"
    refused = evaluate(*words, "--seed", "3").exception
    assert str(refused) == "--seed: not for one part. With --part face, give --data, --checkpoint, --json only"


def test_an_unknown_part_is_told_which_there_are(tmp_path):
    answer = evaluate("--part", "nose", "--data", tmp_path)
    assert answer.exit_code == 2
    assert "'face'" in answer.stderr


def test_a_voice_encoder_is_measured_on_clips_that_name_their_set(tmp_path):
    refused = evaluate("--part", "voice", "--data", tmp_path, "--checkpoint", tmp_path, "--json").exception
    assert isinstance(refused, DataError)
    assert "RAVDESS or of EmoDB" in refused.remedy


def test_the_fusion_needs_a_pool_and_a_pool_the_fusion(data):
    lonely = evaluate("--part", "fusion", "--data", data).exception
    assert isinstance(lonely, UsageError)
    assert "--voice-pool" in str(lonely)
    idle = evaluate("--data", data, "--face-pool", "pool.npz").exception
    assert isinstance(idle, SettingsError)
    assert "--part fusion" in idle.remedy
