"""Weights from a server on this machine into a folder: whole, resumed, refused, foreign, taken from a copy, removed."""

import errno
import fcntl
import hashlib
import os
import threading
from dataclasses import replace

import pytest

from edge.weights import download as downloading
from edge.weights import trouble
from edge.weights.digest import Digest, Scheme
from edge.weights.store import fetch, remove, take
from edge.weights.trouble import told_plainly
from model.errors import FetchError
from realtime.recognition import weights
from realtime.recognition.catalogue import OneFile, Repository, find_model
from tests.file_server import serving

CONTENT = bytes(range(256)) * 4000
SHA256 = hashlib.sha256(CONTENT).hexdigest()
MOONSHINE = {
    "config.json": b'{"model_type": "moonshine"}',
    "generation_config.json": b"{}",
    "model.safetensors": CONTENT,
    "tokenizer.json": b'{"version": "1.0"}',
    "README.md": b"# not wanted",
    ".gitattributes": b"not wanted",
}


@pytest.fixture
def server():
    with serving() as running:
        running.files["/tiny.pt"] = CONTENT
        yield running


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv(weights.FOLDER_VARIABLE, str(tmp_path / "models"))
    return tmp_path / "models"


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch):
    monkeypatch.setattr(downloading, "_FIRST_PAUSE_S", 0.0)


@pytest.fixture
def whisper(server):
    """A model of one file, as openai-whisper has them."""
    return replace(find_model("whisper-tiny"), origin=OneFile(f"{server.url}/tiny.pt", SHA256))


@pytest.fixture
def moonshine(server, monkeypatch):
    """A model that is a repository, as the hub has them."""
    monkeypatch.setenv("HF_ENDPOINT", server.url)
    server.repository("UsefulSensors/moonshine-tiny", MOONSHINE, large=("model.safetensors",))
    return find_model("moonshine-tiny")


class Told:
    """Progress as it was told."""

    def __init__(self):
        self.calls = []

    def __call__(self, name, done, total):
        self.calls.append((name, done, total))


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_fetched_checked_and_found(server, folder, whisper):
    told = Told()
    path = fetch(whisper, told)
    assert path == folder / "whisper-tiny.pt" == weights.find("whisper-tiny")
    assert path.read_bytes() == CONTENT
    assert names(folder) == ["whisper-tiny.pt"]
    assert told.calls[-1] == ("whisper-tiny.pt", len(CONTENT), len(CONTENT))
    assert fetch(whisper, told) == path
    assert server.asked == [("/tiny.pt", None)]


def test_what_breaks_off_goes_on_where_it_stopped(server, folder, whisper):
    server.breaks = [300_000, 1, 200_000]
    assert fetch(whisper, Told()).read_bytes() == CONTENT
    assert [asked for _, asked in server.asked] == [None, "bytes=300000-", "bytes=300001-", "bytes=500001-"]


def test_what_was_left_of_an_earlier_time_is_not_fetched_again(server, folder, whisper):
    server.breaks = [300_000, *[0] * 5]
    with pytest.raises(FetchError, match=r"keeps breaking off .* 0 MB of whisper-tiny\.pt are here.*where it stopped"):
        fetch(whisper, Told())
    assert weights.find("whisper-tiny") is None
    server.asked.clear()
    assert fetch(whisper, Told()).read_bytes() == CONTENT
    assert server.asked == [("/tiny.pt", "bytes=300000-")]


def test_a_server_that_cannot_begin_in_the_middle_is_asked_for_everything(server, folder, whisper):
    server.ranges = False
    server.breaks = [300_000]
    assert fetch(whisper, Told()).read_bytes() == CONTENT


def test_a_part_of_another_longer_file_is_thrown_away(server, folder, whisper):
    (folder / "whisper-tiny.part").mkdir(parents=True)
    (folder / "whisper-tiny.part" / "whisper-tiny.pt.part").write_bytes(CONTENT + b"more")
    assert fetch(whisper, Told()).read_bytes() == CONTENT


def test_a_busy_server_is_asked_again(server, folder, whisper):
    server.refusals = [503, 429]
    assert fetch(whisper, Told()).read_bytes() == CONTENT


def test_a_refusal_is_not_asked_again(server, folder, whisper):
    server.refusals = [404]
    with pytest.raises(FetchError, match="answers 404"):
        fetch(whisper, Told())
    assert len(server.asked) == 1
    assert names(folder) == []


def test_another_file_than_promised_is_deleted_and_said(server, folder, whisper):
    server.files["/tiny.pt"] = b"<html>please sign in</html>"
    with pytest.raises(FetchError, match="another hash than it should have, and is deleted"):
        fetch(whisper, Told())
    assert names(folder) == []


def test_without_a_network_the_way_round_is_said(folder, whisper, server):
    lost = replace(whisper, origin=OneFile("http://127.0.0.1:1/tiny.pt", SHA256))
    with pytest.raises(
        FetchError,
        match=r"cannot be reached.*Get it elsewhere \(http://127.0.0.1:1/tiny.pt\) and bring it here: "
        r"undertone models fetch whisper-tiny --from FILE",
    ):
        fetch(lost, Told())


def test_two_do_not_fetch_the_same_at_once(server, folder, whisper):
    server.holds = "/tiny.pt"
    first = threading.Thread(target=fetch, args=(whisper, Told()))
    first.start()
    try:
        assert server.half_sent.wait(10)
        with pytest.raises(FetchError, match="whisper-tiny is being fetched already"):
            fetch(whisper, Told())
        with pytest.raises(FetchError, match="being fetched already"):
            remove(whisper)
    finally:
        server.go_on.set()
        first.join()
    assert weights.find("whisper-tiny") is not None


def test_who_waited_while_another_fetched_it_takes_what_is_there(server, folder, whisper, monkeypatch):
    """The other one finishes between our first look and our lock."""
    lock = fcntl.flock

    def finish_first(fd, how):
        lock(fd, how)
        (folder / "whisper-tiny.pt").write_bytes(CONTENT)

    monkeypatch.setattr(fcntl, "flock", finish_first)
    assert fetch(whisper, Told()).read_bytes() == CONTENT
    assert server.asked == []
    assert names(folder) == ["whisper-tiny.pt"]


def test_stopping_in_the_middle_keeps_what_came(server, folder, whisper):
    def stop(name, done, total):
        if done > 300_000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch(whisper, stop)
    assert weights.find("whisper-tiny") is None
    server.asked.clear()
    assert fetch(whisper, Told()).read_bytes() == CONTENT
    ((_, asked),) = server.asked
    assert asked is not None


def test_a_repository_is_fetched_without_what_nobody_needs(server, folder, moonshine):
    path = fetch(moonshine, Told())
    assert path == folder / "moonshine-tiny" == weights.find("moonshine-tiny")
    assert names(path) == ["config.json", "generation_config.json", "model.safetensors", "tokenizer.json"]
    assert (path / "model.safetensors").read_bytes() == CONTENT
    assert names(folder) == ["moonshine-tiny"]


def test_a_repository_goes_on_where_it_broke_off(server, folder, moonshine):
    told = Told()

    def stop(name, done, total):
        if name == "model.safetensors":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch(moonshine, stop)
    server.asked.clear()
    fetch(moonshine, told)
    fetched = [path.rpartition("/")[2] for path, _ in server.asked[1:]]
    assert fetched == ["model.safetensors", "tokenizer.json"]
    assert ("config.json", 27, 27) in told.calls


@pytest.mark.parametrize(
    "spoilt, why",
    [
        ({"siblings": []}, r"no \*config\.json among the files"),
        ({"sha": "../../etc"}, "does not say what its files are"),
        ({"siblings": [{"rfilename": "config.json", "size": 1, "blobId": "no hash"}]}, "does not say"),
        ("<html>sign in</html>", "does not say what its files are"),
    ],
)
def test_a_hub_that_says_something_else_is_not_believed(server, folder, moonshine, spoilt, why):
    listing = server.repository("UsefulSensors/moonshine-tiny", MOONSHINE, large=("model.safetensors",))
    server.say("UsefulSensors/moonshine-tiny", listing | spoilt if isinstance(spoilt, dict) else spoilt)
    with pytest.raises(FetchError, match=why):
        fetch(moonshine, Told())
    assert weights.find("moonshine-tiny") is None


def test_a_name_that_leads_out_of_the_folder_is_not_fetched(server, folder, moonshine):
    files = MOONSHINE | {"../evil_config.json": b"{}", "sub/other_config.json": b"{}"}
    server.repository("UsefulSensors/moonshine-tiny", files, large=("model.safetensors",))
    assert "evil_config.json" not in "".join(names(fetch(moonshine, Told())))
    assert names(folder) == ["moonshine-tiny"]


def test_changed_weights_on_the_hub_are_not_taken(server, folder, moonshine):
    server.files[f"/UsefulSensors/moonshine-tiny/resolve/{'c' * 40}/model.safetensors"] = CONTENT[::-1]
    with pytest.raises(FetchError, match="another hash"):
        fetch(moonshine, Told())
    assert weights.find("moonshine-tiny") is None


def test_a_hub_that_cannot_be_reached_is_said(folder, moonshine, monkeypatch):
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:1")
    with pytest.raises(FetchError, match=r"huggingface.co/UsefulSensors/moonshine-tiny\).*--from FOLDER"):
        fetch(moonshine, Told())


def test_a_file_is_taken_from_a_copy_if_it_is_the_right_one(folder, whisper, tmp_path):
    copy = tmp_path / "downloads" / "tiny.pt"
    copy.parent.mkdir()
    copy.write_bytes(CONTENT)
    assert take(whisper, copy, Told()).read_bytes() == CONTENT
    assert remove(whisper) == len(CONTENT)
    assert take(whisper, copy.parent, Told()).read_bytes() == CONTENT
    assert copy.exists()

    remove(whisper)
    copy.write_bytes(b"something else")
    with pytest.raises(FetchError, match=r"tiny\.pt is not whisper-tiny: its hash is another"):
        take(whisper, copy, Told())
    with pytest.raises(FetchError, match="there is no file"):
        take(whisper, tmp_path / "nowhere", Told())
    assert names(folder) == []


def test_a_repository_is_taken_from_a_folder_that_has_everything(folder, tmp_path):
    moonshine = find_model("moonshine-tiny")
    copy = tmp_path / "copy"
    copy.mkdir()
    for name, content in MOONSHINE.items():
        (copy / name).write_bytes(content)
    assert names(take(moonshine, copy, Told())) == [
        "config.json",
        "generation_config.json",
        "model.safetensors",
        "tokenizer.json",
    ]
    remove(moonshine)
    (copy / "model.safetensors").unlink()
    with pytest.raises(FetchError, match=r"there is no model\.safetensors among the files"):
        take(moonshine, copy, Told())
    with pytest.raises(FetchError, match="is no folder"):
        take(moonshine, copy / "config.json", Told())
    assert weights.find("moonshine-tiny") is None


def test_what_was_broken_off_does_not_stay_beside_a_copy(server, folder, moonshine, tmp_path):
    def stop(name, done, total):
        if name == "model.safetensors":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch(moonshine, stop)
    copy = tmp_path / "copy"
    copy.mkdir()
    for name in ("config.json", "model.safetensors", "tokenizer.json"):
        (copy / name).write_bytes(MOONSHINE[name])
    assert names(take(moonshine, copy, Told())) == ["config.json", "model.safetensors", "tokenizer.json"]


def test_removing_says_what_it_freed_and_takes_leftovers_along(server, folder, whisper, moonshine):
    assert remove(whisper) == 0
    assert not folder.exists()
    fetch(moonshine, Told())
    wanted = [content for name, content in MOONSHINE.items() if name.endswith((".json", ".safetensors"))]
    assert remove(moonshine) == sum(map(len, wanted))
    server.breaks = [300_000, *[0] * 5]
    with pytest.raises(FetchError):
        fetch(whisper, Told())
    assert remove(whisper) == 300_000
    assert names(folder) == []


def test_too_little_room_is_said_before_anything_is_fetched(server, folder, whisper, monkeypatch):
    class Full:
        free = 1000

    monkeypatch.setattr(trouble.shutil, "disk_usage", lambda path: Full)
    with pytest.raises(FetchError, match=r"no room .*1 MB are needed, 0 MB are free.*UNDERTONE_MODELS=FOLDER"):
        fetch(whisper, Told())


@pytest.mark.parametrize(
    "number, said",
    [
        (errno.ENOSPC, "there is no room on the disk of"),
        (errno.EROFS, r"cannot be used \(Read-only file system\)\. Mend that, or name another folder"),
        (errno.EACCES, "Permission denied"),
    ],
)
def test_what_the_system_refuses_is_told_plainly(tmp_path, number, said):
    with pytest.raises(FetchError, match=said), told_plainly(tmp_path):
        raise OSError(number, os.strerror(number), str(tmp_path / "file"))


def test_a_folder_that_cannot_be_made_is_said(whisper, tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv(weights.FOLDER_VARIABLE, str(tmp_path / "file"))
    with pytest.raises(FetchError, match="Not a directory"):
        fetch(whisper, Told())


def test_hashes_of_both_kinds(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"hello\n")
    assert Digest(Scheme.GIT, "ce013625030ba8dba906f756967f9e9ca394464a").matches(path)
    assert Digest(Scheme.SHA256, hashlib.sha256(b"hello\n").hexdigest()).matches(path)
    assert not Digest(Scheme.SHA256, SHA256).matches(path)


def test_patterns_need_at_least_one_file_each(folder, tmp_path):
    model = replace(find_model("moonshine-tiny"), origin=Repository("a/b", ("*.json", "*.bin")))
    (tmp_path / "x.json").touch()
    with pytest.raises(FetchError, match=r"there is no \*\.bin"):
        take(model, tmp_path, Told())
