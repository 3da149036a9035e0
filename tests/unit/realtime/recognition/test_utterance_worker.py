"""Takes of segments: which are decoded, in which order, and which are given up."""

import math
import os
import threading
import time

import pytest

from realtime.events import SAMPLE_RATE_HZ
from realtime.recognition.child_pipes import read
from realtime.recognition.framing import pack
from realtime.recognition.gates import GateSettings
from realtime.recognition.utterance_decoder import Stretch, VoidError
from realtime.recognition.utterance_worker import UtteranceWorker

SECOND = bytes(2 * SAMPLE_RATE_HZ)


class Telling:
    """Says how long each stretch of sound was."""

    def __init__(self, longest_s=30.0, sure=0.9, *, timed=True):
        self.longest_s = longest_s
        self.sure = sure
        self.timed = timed

    def decode(self, samples, is_void):
        heard_s = samples.size / SAMPLE_RATE_HZ
        words = ((f"{heard_s:g}", 0.0, 0.1, 0.5), ("seconds", 0.2, heard_s, 0.7)) if self.timed else ()
        return Stretch(f"{heard_s:g} seconds", words, math.log(self.sure), 0.0, "de")


class Held(Telling):
    """Decodes only when it is let go, or until what it decodes is void."""

    def __init__(self):
        super().__init__()
        self.began = threading.Semaphore(0)
        self.let_go = threading.Semaphore(0)

    def decode(self, samples, is_void):
        self.began.release()
        while not self.let_go.acquire(timeout=0.005):
            if is_void():
                raise VoidError("void")
        return super().decode(samples, is_void)


class Running:
    """A worker in two threads, spoken to through pipes."""

    def __init__(self, decoder, partial_every_s=0.0, gates=None):
        inbox, self._to = os.pipe()
        self._from, outbox = os.pipe()
        self._files = [os.fdopen(inbox, "rb", buffering=0), os.fdopen(outbox, "wb"), os.fdopen(self._from, "rb")]
        self.worker = UtteranceWorker(decoder, gates or GateSettings(), self._files[1], partial_every_s)
        self._threads = [
            threading.Thread(target=self.worker.listen, args=self._files[:1]),
            threading.Thread(target=self.worker.work),
        ]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        os.close(self._to)
        for thread in self._threads:
            thread.join()
        for file in self._files:
            file.close()

    def tell(self, *messages):
        """Messages as (kind, segment, …): of sound its seconds, of pause and end the take."""
        for kind, segment, *rest in messages:
            extra = {"channel": 0} if kind == "open" else {"take": rest[0]} if kind in {"pause", "end"} else {}
            payload = SECOND * rest[0] if kind == "sound" else b""
            os.write(self._to, pack({"kind": kind, "segment": segment, **extra}, payload))

    def wait_for_end(self, segment):
        while segment in self.worker._segments:
            time.sleep(0.001)

    def answer(self):
        return read(self._files[2])[0]

    def said(self):
        answer = self.answer()
        return answer["segment"], answer.get("take"), answer["text"]


def test_a_segment_is_answered_when_it_ends():
    with Running(Telling()) as part:
        part.tell(("open", "s1"), ("sound", "s1", 1), ("sound", "s1", 1), ("end", "s1", 0))
        assert part.answer() == {
            "kind": "text",
            "segment": "s1",
            "take": 0,
            "words": [["2", 0.0, 0.1, 0.5], ["seconds", 0.2, 2.0, 0.7]],
            "text": "2 seconds",
            "confidence": pytest.approx(0.9),
            "language": "de",
            "rejected": {},
            "shortened": False,
        }


def test_what_pauses_is_answered_ahead_and_once():
    with Running(Telling()) as part:
        part.tell(("open", "s1"), ("sound", "s1", 1), ("pause", "s1", 1))
        assert part.said() == ("s1", 1, "1 seconds")
        part.tell(("end", "s1", 1), ("open", "s2"), ("sound", "s2", 3), ("end", "s2", 0))
        assert part.said() == ("s2", 0, "3 seconds")


def test_what_resumes_is_given_up_at_once_and_decoded_with_what_follows():
    decoder = Held()
    with Running(decoder) as part:
        part.tell(("open", "s1"), ("sound", "s1", 1), ("pause", "s1", 1))
        decoder.began.acquire()
        part.tell(("resume", "s1"), ("sound", "s1", 1), ("end", "s1", 2))
        decoder.began.acquire()
        decoder.let_go.release()
        assert part.said() == ("s1", 2, "2 seconds")


def test_void_takes_are_not_begun():
    decoder = Held()
    with Running(decoder) as part:
        part.tell(("open", "s1"), ("sound", "s1", 1), ("pause", "s1", 1))
        decoder.began.acquire()
        part.tell(*(("open", name) for name in ("s2", "s3")), ("sound", "s2", 2), ("sound", "s3", 3))
        part.tell(("pause", "s2", 1), ("pause", "s3", 1), ("resume", "s2"), ("discard", "s3"))
        part.tell(("sound", "s2", 2), ("end", "s2", 2), ("end", "s1", 1))
        part.wait_for_end("s1")
        decoder.let_go.release()
        decoder.let_go.release()
        assert [part.said(), part.said()] == [("s1", 1, "1 seconds"), ("s2", 2, "4 seconds")]


def test_who_has_ended_comes_before_who_has_paused():
    decoder = Held()
    with Running(decoder) as part:
        for number in (1, 2, 3):
            part.tell(("open", f"s{number}"), ("sound", f"s{number}", number), ("pause", f"s{number}", 1))
        decoder.began.acquire()
        part.tell(("end", "s3", 1), ("open", "s4"), ("sound", "s4", 4), ("end", "s4", 0), ("discard", "s1"))
        decoder.began.acquire()
        for _ in range(3):
            decoder.let_go.release()
        assert [part.said()[0] for _ in range(3)] == ["s3", "s4", "s2"]


def test_two_segments_at_once_do_not_mix():
    with Running(Telling()) as part:
        part.tell(("open", "s1"), ("open", "s2"), ("sound", "s1", 1), ("sound", "s2", 2), ("sound", "s1", 2))
        part.tell(("end", "s2", 0), ("end", "s1", 0))
        assert {part.said(), part.said()} == {("s2", 0, "2 seconds"), ("s1", 0, "3 seconds")}


def test_no_sound_is_no_text():
    with Running(Telling()) as part:
        part.tell(("open", "s1"), ("end", "s1", 0))
        answer = part.answer()
        assert (answer["text"], answer["words"], answer["confidence"], answer["rejected"]) == ("", [], 0.0, {})


def test_long_sound_is_decoded_in_stretches_whose_words_follow_each_other():
    with Running(Telling(longest_s=25.0)) as part:
        part.tell(("open", "s1"), *[("sound", "s1", 10)] * 6, ("end", "s1", 0))
        answer = part.answer()
    times = [time for _, start_s, end_s, _ in answer["words"] for time in (start_s, end_s)]
    assert times == sorted(times)
    assert times[-1] == pytest.approx(60.0)
    assert answer["text"] == " ".join(word for word, *_ in answer["words"])


def test_memory_is_bounded_and_what_was_not_listened_to_is_told():
    with Running(Telling(longest_s=200.0)) as part:
        part.tell(("open", "s1"), *[("sound", "s1", 50)] * 4, ("end", "s1", 0))
        answer = part.answer()
        assert (answer["text"], answer["shortened"]) == ("90 seconds", True)


def test_what_is_not_believed_is_not_said_but_counted():
    with Running(Telling(sure=0.1, longest_s=25.0)) as part:
        part.tell(("open", "s1"), *[("sound", "s1", 10)] * 4, ("end", "s1", 0))
        answer = part.answer()
        assert (answer["text"], answer["words"], answer["rejected"]) == ("", [], {"improbable": 2})


def test_without_times_there_is_text_alone():
    with Running(Telling(timed=False, sure=0.5)) as part:
        part.tell(("open", "s1"), ("sound", "s1", 1), ("end", "s1", 0))
        answer = part.answer()
        assert (answer["text"], answer["words"], answer["confidence"]) == ("1 seconds", [], pytest.approx(0.5))


def test_text_is_given_meanwhile_only_when_asked_for():
    with Running(Telling(), partial_every_s=1.5) as part:
        part.tell(("open", "s1"), ("sound", "s1", 1), ("sound", "s1", 1))
        assert part.answer() == {"kind": "partial", "segment": "s1", "text": "2 seconds", "heard_s": 2.0}
        part.tell(("sound", "s1", 1), ("end", "s1", 0))
        assert part.said() == ("s1", 0, "3 seconds")


def test_the_text_of_an_unfinished_segment_yields_to_one_that_ended():
    decoder = Held()
    with Running(decoder, partial_every_s=1.0) as part:
        part.tell(("open", "s1"), ("sound", "s1", 1))
        decoder.began.acquire()
        part.tell(("open", "s2"), ("end", "s2", 0))
        assert part.said()[0] == "s2"
        part.tell(("sound", "s1", 1))
        decoder.began.acquire()
        decoder.let_go.release()
        assert part.answer()["heard_s"] == 2.0


def test_it_ends_when_its_input_does_whatever_it_is_at():
    decoder = Held()
    with Running(decoder) as part:
        part.tell(("open", "s1"), ("sound", "s1", 1), ("end", "s1", 0))
        decoder.began.acquire()
