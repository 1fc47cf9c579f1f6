"""Forks: each process sends its own events, and no child waits for what died with its parent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tallymark.testing import MemoryTransport

    from conftest import Script

pytestmark = pytest.mark.faults


def values(memory: MemoryTransport) -> list[int]:
    """Return the property n of every stored event, sorted."""
    return sorted(event.properties["n"] for event in memory.recorded())


@pytest.mark.parametrize("spooled", [True, False])
def test_fork(
    script: Script, tmp_path: Path, collector: tuple[str, MemoryTransport], *, spooled: bool
) -> None:
    """Parent and children send their own events, each in its own stream, none twice (LED-9)."""
    url, memory = collector
    code = """
    for n in range(50):
        client.track("a", {"n": n})
    parent = client.stats().stream
    children = []
    for child in range(1, 4):
        pid = os.fork()
        if pid == 0:
            assert client.stats().pending == 0 and client.stats().assigned == 0
            for n in range(50):
                client.track("a", {"n": child * 1000 + n})
            assert client.stats().stream not in ("", parent)
            ok = client.flush(20) and client.close() and client.stats().stored == 50
            os._exit(0 if ok else 1)
        children.append(pid)
    statuses = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in children]
    print(statuses, client.flush(20), client.stats().stored)
    """
    output = script.run(code, url, tmp_path if spooled else "off")
    assert output == "[0, 0, 0] True 50\n"
    expected = [n + 1_000 * child for child in range(4) for n in range(50)]
    assert values(memory) == sorted(expected)
    assert len(memory.streams()) == 4


@pytest.mark.parametrize("spooled", [True, False])
def test_fork_while_locks_are_held(
    script: Script, dead_url: str, tmp_path: Path, *, spooled: bool
) -> None:
    """Forking while other threads are in the middle of calls does not block the child."""
    code = """
    stop = threading.Event()
    def busy():
        while not stop.is_set():
            client.track("a", {"n": 1})
    threads = [threading.Thread(target=busy) for _ in range(3)]
    for thread in threads: thread.start()
    codes = []
    for _ in range(30):
        pid = os.fork()
        if pid == 0:
            signal.alarm(20)
            client.track("a", {"n": 2})
            stats = client.stats()
            client.close(0)
            os._exit(0 if stats.assigned == 1 and stats.balanced else 1)
        codes.append(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
    stop.set()
    for thread in threads: thread.join()
    print(codes == [0] * 30, client.stats().balanced)
    client.close(0)
    """
    assert script.run(code, dead_url, tmp_path if spooled else "off") == "True True\n"


@pytest.mark.parametrize("delay_ms", [0, 20, 60])
def test_fork_during_the_first_send(
    script: Script, collector: tuple[str, MemoryTransport], delay_ms: int
) -> None:
    """A child forked while the parent's worker imports what it sends with can still send."""
    url, memory = collector
    code = f"""
    client.track("a", {{"n": 1}})
    threading.Thread(target=client.flush).start()
    time.sleep({delay_ms} / 1000)
    pid = os.fork()
    if pid == 0:
        client.track("a", {{"n": 2}})
        os._exit(0 if client.flush(20) else 1)
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), client.flush(20))
    """
    assert script.run(code, url) == "0 True\n"
    assert values(memory) == [1, 2]


def test_multiprocessing_child_delivers(
    script: Script, collector: tuple[str, MemoryTransport]
) -> None:
    """A child of multiprocessing, which skips atexit, delivers without close, too."""
    url, memory = collector
    output = script.run(
        """
        import multiprocessing
        def work(n):
            client.track("a", {"n": n})
        context = multiprocessing.get_context("fork")
        jobs = [context.Process(target=work, args=(n,)) for n in range(3)]
        for job in jobs: job.start()
        for job in jobs: job.join()
        print([job.exitcode for job in jobs])
        """,
        url,
    )
    assert output == "[0, 0, 0]\n"
    assert values(memory) == [0, 1, 2]
