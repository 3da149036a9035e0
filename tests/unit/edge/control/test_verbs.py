"""What every verb does to a node: what it says into the stream, what it answers, what it refuses."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import pytest

from edge.control.commands import Commands
from edge.control.forgetting import forget_command
from edge.control.listening import Listening
from edge.control.muting import mute_command
from edge.control.relabelling import relabel_command
from edge.control.switching import Abilities, Switchboard, Switches, set_command
from edge.purpose import Purpose
from edge.wire.command import Reply
from edge.wire.conversation_mapping import ConversationMapping
from edge.wire.node import NodeSwitches
from edge.wire.stamp import Stamp
from edge.wire.topics import Topics
from model.errors import LostError
from model.modality import Modality
from realtime.events import ConversationStarted, Event, Health, ListeningPaused, PartHealth
from realtime.looking import Looking
from realtime.mute import Mute
from realtime.opt_out import OptOut
from realtime.orders import EndConversation, Forget, Relabel
from realtime.voices import enrolment
from tests.conversation_events import CONVERSATION, heard, node_info
from tests.fakes import ManualClock

ALL = (Modality.TEXT, Modality.AUDIO, Modality.VIDEO)


class Node:
    """Everything that commands move, and what comes of them; a stream obeys as soon as it is told to."""

    def __init__(self, purpose: Purpose = Purpose.PERSONAL, *, camera: bool = True, stalled: bool = False) -> None:
        self.clock = ManualClock(100.0)
        self.said: list[Event] = []
        self.mute = Mute(self.clock, self.say, 0.0)
        self.looking = Looking(self.say) if camera else None
        self.opted_out = OptOut()
        self.conversations = ConversationMapping(node_info(), Stamp("desk"), self.clock, partials=False)
        self.thresholds: list[float] = []
        self.kept: Mapping[str, Any] = {}
        self.held: Mapping[str, Any] = {}
        self.announced: list[NodeSwitches] = []
        self.disk_full = False
        self.stalled = stalled
        self.board = self.new_board(purpose)
        self.listening = Listening(self.mute, self.looking, self.say)
        verbs = {
            **self.listening.verbs(self.keep),
            "mute": mute_command(self.mute),
            "forget": forget_command(self.conversations, self.say, patience_s=0.02),
            "relabel": relabel_command(self.conversations, self.opted_out, self.say, patience_s=0.02),
            "set": set_command(self.board, self.keep, self.announce),
        }
        self._commands = Commands(Topics("home", "desk"), Stamp("desk"), verbs, self.clock)
        self._asked = 0

    def new_board(self, purpose: Purpose = Purpose.PERSONAL, opt_out: tuple[str, ...] = ()) -> Switchboard:
        modalities = ALL if self.looking else ALL[:2]
        unread = {} if self.looking else {Modality.VIDEO: "there is no camera"}
        camera = None if self.looking is None else True
        switches = Switches(modalities, 0.4, partials=False, opt_out=opt_out, camera=camera)
        abilities = Abilities(purpose, modalities, unread)
        return Switchboard(switches, abilities, self.looking, self.opted_out, self.link, self.ids)

    def say(self, event: Event) -> None:
        self.said.append(event)
        self.conversations.messages(event)
        if isinstance(event, Forget):
            event.removed["messages"] += 3
        if isinstance(event, Forget | Relabel) and not self.stalled:
            event.done.set()

    async def link(self, threshold: float) -> None:
        self.thresholds.append(threshold)

    async def keep(self) -> None:
        if self.disk_full:
            raise LostError("no space left on device")
        self.kept = json.loads(json.dumps(self.board.differing()))
        self.held = json.loads(json.dumps(self.listening.held()))

    async def announce(self, switches: NodeSwitches) -> None:
        self.announced.append(switches)

    def ids(self, name: str) -> frozenset[str]:
        course = self.conversations.running
        return frozenset() if course is None else course.names.ids(name)

    def converse(self, *speakers: str) -> None:
        self.conversations.messages(ConversationStarted(CONVERSATION, 0.0))
        for index, speaker in enumerate(speakers):
            self.conversations.messages(heard(index, speaker=speaker))

    def ask(self, verb: str, client: str = "kiosk", **fields: object) -> Reply:
        self._asked += 1
        asked = json.dumps({"client": client, "request_id": f"r{self._asked}", **fields}).encode()
        answer = asyncio.run(self._commands.handle(f"undertone/v1/home/cmd/desk/{verb}", asked, retained=False))
        assert answer is not None
        return Reply.model_validate_json(answer.payload)


@pytest.fixture
def node():
    return Node()


def test_a_pause_lasts_until_anybody_ends_it(node):
    assert node.ask("pause").ok
    node.clock.advance(100_000.0)
    assert node.mute.held
    assert node.looking.averted
    assert node.ask("pause", "robot").message.startswith("it was paused already")
    assert node.ask("resume", "robot").message == "listening"
    assert not node.mute.held
    assert not node.looking.averted
    assert "not paused" in node.ask("resume").message
    assert ListeningPaused("paused by client kiosk") in node.said
    assert PartHealth("webcam", Health.DISABLED, "paused by client kiosk") in node.said


def test_what_others_muted_stays_muted_after_a_pause(node):
    node.ask("mute", "nurse", muted=True, reason="a private word")
    node.ask("pause", reason="lunch")
    assert node.ask("resume").message == "still not listening: a private word"
    assert node.mute.held


def test_stop_ends_the_conversation_before_anything_falls_silent(node):
    assert node.ask("stop").ok
    assert node.said[0] == EndConversation("stopped by client kiosk")
    assert node.said[1:3] == [
        PartHealth("microphone", Health.DISABLED, "stopped by client kiosk"),
        ListeningPaused("stopped by client kiosk"),
    ]
    assert "already" in node.ask("stop").message
    assert sum(isinstance(event, EndConversation) for event in node.said) == 1
    assert node.ask("start").message == "listening"
    assert "not stopped" in node.ask("start").message


def test_start_does_not_end_a_pause(node):
    node.ask("pause", reason="lunch")
    node.ask("stop")
    assert node.ask("start").message == "still not listening: lunch"
    assert node.looking.averted


@pytest.mark.parametrize("verb", ["stop", "pause"])
def test_a_node_without_a_camera_is_stopped_and_paused(verb):
    node = Node(camera=False)
    assert node.ask(verb).ok
    assert not any(event.part == "webcam" for event in node.said if isinstance(event, PartHealth))


def test_relabel_is_said_into_the_stream(node):
    node.converse("s1", "s2")
    assert node.ask("relabel", speaker="s1", name=" Ann ").ok
    assert Relabel("s1", "Ann") in node.said
    assert node.ask("relabel", speaker="s2", name="Ann").message == "the two are one speaker from now on"
    assert "already" in node.ask("relabel", speaker="Ann", name="Ann").message


@pytest.mark.parametrize(
    "fields, code",
    [
        ({"speaker": "s9", "name": "Ann"}, "impossible"),
        ({"speaker": "unknown", "name": "Ann"}, "impossible"),
        ({"speaker": "s1", "name": "unknown"}, "impossible"),
        ({"speaker": "s1", "name": "s7"}, "impossible"),
        ({"speaker": "s1", "name": ""}, "invalid"),
        ({"speaker": "s1", "name": "x" * 65}, "invalid"),
        ({"speaker": "s1", "name": "a\nb"}, "invalid"),
        ({"speaker": "s1", "name": 7}, "invalid"),
        ({"speaker": "s1"}, "invalid"),
    ],
)
def test_what_cannot_be_relabelled_is_refused(node, fields, code):
    node.converse("s1", "unknown")
    assert node.ask("relabel", **fields).code == code
    assert not any(isinstance(event, Relabel) for event in node.said)


def test_nobody_is_relabelled_while_no_conversation_runs(node):
    assert node.ask("relabel", speaker="s1", name="Ann").code == "impossible"


def test_who_has_opted_out_under_one_name_has_under_the_other(node):
    node.converse("s1")
    node.ask("set", opt_out=["Ann"])
    node.ask("relabel", speaker="s1", name="Ann")
    assert "s1" in node.opted_out


def test_who_opts_out_under_a_name_has_under_the_id_behind_it(node):
    node.converse("s1")
    node.ask("relabel", speaker="s1", name="Ann")
    node.ask("set", opt_out=["Ann"])
    assert "s1" in node.opted_out
    assert node.announced[-1].opted_out == 1
    node.ask("set", opt_out=[])
    assert "s1" not in node.opted_out


def test_forget_counts_what_is_gone(node):
    node.converse("s1")
    reply = node.ask("forget", conversation=CONVERSATION)
    assert (reply.ok, reply.counts) == (True, {"messages": 3})
    assert node.said[-1] == Forget(CONVERSATION, None, met=True, removed={"messages": 3})


def test_a_speaker_is_forgotten_under_all_names(node):
    node.converse("s1", "s2", "s3")
    node.ask("relabel", speaker="s1", name="Ann")
    node.ask("relabel", speaker="s2", name="Ann")
    node.ask("forget", speaker="Ann")
    assert node.said[-1].speakers == {"s1", "s2", "Ann"}
    assert node.said[-1].met


def test_who_was_never_heard_is_looked_for_on_disk_only(node):
    node.converse("s1")
    node.ask("forget", speaker="nobody")
    assert (node.said[-1].speakers, node.said[-1].met) == ({"nobody"}, False)
    node.ask("forget", conversation="another")
    assert (node.said[-1].speakers, node.said[-1].met) == (None, False)


@pytest.mark.parametrize("fields", [{}, {"conversation": "a/b"}, {"speaker": ""}, {"speaker": 1}])
def test_forget_must_say_what(node, fields):
    assert node.ask("forget", **fields).code == "invalid"


def test_a_stream_that_is_slow_is_not_waited_for(node):
    node.stalled = True
    node.converse("s1")
    reply = node.ask("forget", conversation=CONVERSATION)
    assert reply.ok
    assert "still going on" in reply.message
    reply = node.ask("relabel", speaker="s1", name="Ann")
    assert reply.ok
    assert "once what was said before is worked off" in reply.message


def test_an_enrolled_voice_is_forgotten_with_its_speaker(node, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    path = enrolment.path_of("Ann")
    path.parent.mkdir(parents=True)
    path.write_text("{}")
    node.ask("forget", conversation=CONVERSATION, speaker="Ann")
    assert path.exists()
    assert node.ask("forget", speaker="Ann").counts == {"messages": 3, "enrolments": 1}
    assert not path.exists()


def test_what_is_set_is_moved_kept_and_shown(node):
    assert node.ask("set", camera=False, modalities=["audio", "text"], link_threshold=0.7, partials=True).ok
    assert node.looking.averted
    assert node.board.unread() == {Modality.VIDEO}
    assert node.thresholds == [0.7]
    assert node.announced[-1] == NodeSwitches(
        camera=False, modalities=("text", "audio"), link_threshold=0.7, partials=True, opted_out=0
    )
    assert node.kept == {"camera": False, "modalities": ["text", "audio"], "link_threshold": 0.7, "partials": True}
    node.ask("set", camera=True, partials=False)
    assert not node.looking.averted
    assert node.kept == {"modalities": ["text", "audio"], "link_threshold": 0.7}


@pytest.mark.parametrize(
    "fields, code",
    [
        ({}, "invalid"),
        ({"modalities": ["audio"]}, "invalid"),
        ({"modalities": ["text", "smell"]}, "invalid"),
        ({"link_threshold": 1.5}, "invalid"),
        ({"link_threshold": "high"}, "invalid"),
        ({"camera": "maybe"}, "invalid"),
        ({"opt_out": ["x" * 65]}, "invalid"),
        ({"opt_out": ["a"] * 65}, "invalid"),
        ({"volume": 3}, "invalid"),
        ({"camera": True}, "impossible"),
        ({"partials": True, "modalities": ["text", "video"]}, "impossible"),
    ],
)
def test_what_cannot_be_set_changes_nothing(fields, code):
    node = Node(camera=False)
    before = node.board.now
    assert node.ask("set", **fields).code == code
    assert node.board.now == before
    assert not node.announced


def test_the_law_is_named_where_it_forbids_the_camera():
    node = Node(Purpose.WORKPLACE, camera=False)
    assert "AI Act" in node.ask("set", camera=True).message


def test_a_camera_that_is_not_there_is_off_already():
    node = Node(camera=False)
    assert node.ask("set", camera=False).ok
    assert node.kept == {}


def test_what_cannot_be_kept_is_set_until_the_next_start(node):
    node.disk_full = True
    reply = node.ask("set", partials=True)
    assert reply.ok
    assert "cannot be kept" in reply.message


def test_who_asked_for_silence_is_not_heard_because_of_a_restart(caplog):
    before, after = Node(), Node()
    before.ask("pause", reason="lunch")
    before.ask("stop")
    after.listening.restore(before.held)
    assert after.mute.held
    assert "until `undertone ask resume`: lunch" in caplog.text
    assert after.ask("start").message == "still not listening: lunch"
    assert after.ask("resume").message == "listening"
    assert after.held == {}


def test_silence_that_cannot_be_kept_is_silence_until_the_next_start():
    node = Node()
    node.disk_full = True
    reply = node.ask("pause")
    assert reply.ok
    assert "a new start will not know of it" in reply.message
    assert node.mute.held


async def test_switches_are_as_they_were_after_a_start(caplog):
    node = Node()
    board = node.new_board()
    await board.restore({"camera": False, "opt_out": ["Ann"], "link_threshold": 0.9})
    assert (board.now.camera, board.now.opt_out, board.now.link_threshold) == (False, ("Ann",), 0.9)
    assert "Ann" in node.opted_out
    assert "by a command: camera, link_threshold, opt_out" in caplog.text
    assert "Ann" not in caplog.text


async def test_whom_the_settings_let_opt_out_has_whatever_a_command_said_before(node):
    board = node.new_board(opt_out=("Zoe",))
    await board.restore({"opt_out": ["Ann"]})
    assert board.now.opt_out == ("Zoe", "Ann")
    assert "Zoe" in node.opted_out


async def test_what_is_not_possible_any_more_is_left_out_and_said(caplog):
    board = Node(camera=False).new_board()
    before = board.now
    await board.restore({"camera": True, "modalities": ["text", "video"], "link_threshold": 7, "colour": 1})
    assert board.now == before
    assert caplog.text.count("no longer switched") == 4


def test_everything_may_be_asked_twice(node):
    node.converse("s1")
    asked = [
        *(("start", {}), ("pause", {}), ("resume", {}), ("stop", {}), ("mute", {"muted": False})),
        *(("forget", {"speaker": "s1"}), ("set", {"partials": True})),
    ]
    for verb, fields in asked:
        assert [node.ask(verb, **fields).ok, node.ask(verb, **fields).ok] == [True, True], verb
