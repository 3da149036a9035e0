"""What happens in another process stays there: hanging, crashing, complaining."""

import os
import time

import pytest

from edge.devices.child import ask
from model.errors import SourceError, UsageError

PROGRAMS = {
    "finds": "answer(lambda: [1, {'name': 'Größe'}])",
    "chatters": "print('ALSA lib: hello'); answer(lambda: 7)",
    "refuses": "answer(lambda: (_ for _ in ()).throw(UsageError('it is broken', 'Mend it')))",
    "hangs": "import time; open('pid', 'w').write(str(__import__('os').getpid())); time.sleep(60)",
    "crashes": "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)",
    "has_a_bug": "raise ValueError('nobody foresaw this')",
}


@pytest.fixture
def programs(tmp_path, monkeypatch):
    for name, body in PROGRAMS.items():
        source = f"from edge.devices.child import answer\nfrom model.errors import UsageError\n{body}\n"
        (tmp_path / f"{name}.py").write_text(source)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return tmp_path


async def test_what_is_found_comes_back_whatever_drivers_print(programs):
    assert await ask("finds", limit_s=20) == [1, {"name": "Größe"}]
    assert await ask("chatters", limit_s=20) == 7


async def test_what_the_user_can_mend_is_raised_again(programs):
    with pytest.raises(UsageError) as caught:
        await ask("refuses", limit_s=20)
    assert (caught.value.problem, caught.value.remedy) == ("it is broken", "Mend it")


async def test_one_that_hangs_is_ended(programs):
    started = time.monotonic()
    with pytest.raises(SourceError, match="no answer within 2 s"):
        await ask("hangs", limit_s=2)
    assert time.monotonic() - started < 15
    with pytest.raises(ProcessLookupError):
        os.kill(int((programs / "pid").read_text()), 0)


async def test_a_crash_of_a_driver_is_one_line(programs):
    with pytest.raises(SourceError, match="SIGSEGV"):
        await ask("crashes", limit_s=20)


async def test_a_bug_is_no_finding(programs):
    with pytest.raises(RuntimeError, match="has_a_bug: ValueError: nobody foresaw this"):
        await ask("has_a_bug", limit_s=20)
