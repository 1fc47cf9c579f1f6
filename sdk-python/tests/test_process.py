"""The client and its process: imports, exits, signals, forks, kills."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import textwrap
from collections import Counter
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tallymark.testing import MemoryTransport

pytestmark = pytest.mark.faults

START = """
import os, sys, time, threading, signal
from tallymark import *
KEY, url, spool = "tmk_0123456789abcdefghijAB", sys.argv[1], sys.argv[2]
client = Client(KEY, url, spool=Spool(False if spool == "off" else spool))
"""


class Script:
    """Run Python code in a process of its own."""

    def __init__(self) -> None:
        """Begin with none."""
        self.running: list[subprocess.Popen[str]] = []

    def start(
        self, code: str, url: str, spool: Path | str = "off", *, head: str = START
    ) -> subprocess.Popen[str]:
        """Start *code* behind the usual beginning."""
        process = subprocess.Popen(
            [sys.executable, "-W", "error", "-c", head + textwrap.dedent(code), url, str(spool)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.running.append(process)
        return process

    def run(self, code: str, url: str = "", spool: Path | str = "off", *, head: str = START) -> str:
        """Run *code* to its end, which must be a good one; return what it printed."""
        process = self.start(code, url, spool, head=head)
        output, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors
        return output


@pytest.fixture
def script() -> Iterator[Script]:
    """Return what runs scripts; none survives the test."""
    runner = Script()
    yield runner
    for process in runner.running:
        if process.poll() is None:
            process.kill()
        process.communicate()


@pytest.fixture
def dead_url() -> str:
    """Return an address where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}"


def values(memory: MemoryTransport) -> list[int]:
    """Return the property n of every stored event, sorted."""
    return sorted(event.properties["n"] for event in memory.recorded())


def test_import_is_light(script: Script) -> None:
    """Importing the package brings none of the heavy libraries, nor does a client without calls."""
    output = script.run(
        """
        import sys
        import tallymark
        key, memory = "tmk_0123456789abcdefghijAB", tallymark.Spool(False)
        client = tallymark.Client(key, "http://a", spool=memory)
        heavy = {"requests", "urllib3", "tenacity", "aiohttp", "pydantic", "asyncio", "ssl"}
        heavy |= {"http.client", "email", "sqlite3", "multiprocessing"}
        print(sorted(heavy & set(sys.modules)))
        """,
        head="",
    )
    assert output == "[]\n"


def test_exit_without_close_delivers(
    script: Script, collector: tuple[str, MemoryTransport]
) -> None:
    """A program that just ends has its events delivered, and its stream ends with fin."""
    url, memory = collector
    script.run('for n in range(500): client.track("a", {"n": n})', url)
    assert values(memory) == list(range(500))
    (stream,) = memory.streams()
    assert memory.ledger(stream).fin


def test_exit_with_an_exception_delivers(
    script: Script, collector: tuple[str, MemoryTransport]
) -> None:
    """So does a program that ends with an error."""
    url, memory = collector
    process = script.start('client.track("a", {"n": 1})\nraise RuntimeError("x")', url)
    process.communicate(timeout=60)
    assert process.returncode == 1
    assert values(memory) == [1]


@pytest.mark.parametrize("spooled", [True, False])
def test_exit_with_a_dead_collector(
    script: Script, dead_url: str, tmp_path: Path, *, spooled: bool
) -> None:
    """A program ends within 2.5 s though nobody listens; with a spool nothing is lost."""
    code = """
    for n in range(1000):
        client.track("a", {"n": n})
    started = time.monotonic()
    import atexit
    atexit._run_exitfuncs()
    print(time.monotonic() - started < 2.5)
    stats = client.stats()
    print(stats.balanced, stats.pending, dict(stats.dropped))
    """
    output = script.run(code, dead_url, tmp_path if spooled else "off")
    kept = "1000 {}" if spooled else "0 {'shutdown_deadline': 1000}"
    assert output == f"True\nTrue {kept}\n"


def test_exit_with_a_black_hole(script: Script) -> None:
    """A collector that accepts and never answers delays the exit no longer."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        output = script.run(
            """
            client.track("a")
            client.flush(0.5)
            started = time.monotonic()
            import atexit
            atexit._run_exitfuncs()
            print(time.monotonic() - started < 2.5)
            """,
            url,
        )
    assert output == "True\n"


def test_next_process_delivers(
    script: Script, tmp_path: Path, collector: tuple[str, MemoryTransport]
) -> None:
    """What one process could not send, the next sends under its own numbers, once (LED-9)."""
    url, memory = collector
    first = script.start(
        """
        client.track("a", {"n": 1})
        for n in range(2, 301):
            client.track("a", {"n": n})
        print("tracked", flush=True)
        time.sleep(60)
        """,
        url,
        tmp_path,
    )
    assert first.stdout is not None
    assert first.stdout.readline() == "tracked\n"
    first.kill()
    first.wait()
    output = script.run("print(client.flush(10), client.stats().recovered.balanced)", url, tmp_path)
    assert output == "True True\n"
    assert values(memory) == list(range(1, 301))


def test_kill_loop(script: Script, tmp_path: Path, collector: tuple[str, MemoryTransport]) -> None:
    """Killed again and again while sending: every event whose call returned is stored once."""
    url, memory = collector
    acknowledged: list[int] = []
    for round_ in range(6):
        process = script.start(
            f"""
            for n in range({round_} * 100_000, {round_} * 100_000 + 100_000):
                client.track("a", {{"n": n}})
                os.write(1, b"%d\\n" % n)
            """,
            url,
            tmp_path,
        )
        assert process.stdout is not None
        wanted = range(200 + 150 * round_)
        acknowledged += [int(process.stdout.readline()) for _ in wanted]
        process.kill()
        rest = process.communicate()[0]
        acknowledged += [int(line) for line in rest.splitlines() if line.isdigit()]
    output = script.run("print(client.flush(20), client.stats().balanced)", url, tmp_path)
    assert output == "True True\n"
    stored = Counter(values(memory))
    assert set(stored.values()) == {1}
    # A number cut off by the kill may be missing from the list, but none on it from the store.
    assert set(acknowledged[:-1]) <= set(stored)


def test_sigterm_hook(script: Script, collector: tuple[str, MemoryTransport]) -> None:
    """With the hook, SIGTERM is an exit that delivers; the status says what it was."""
    url, memory = collector
    process = script.start(
        """
        client.close()
        client = Client(KEY, url, spool=Spool(False), hooks=Hooks(sigterm=True))
        client.track("a", {"n": 1})
        print("ready", flush=True)
        time.sleep(60)
        """,
        url,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=20)
    assert process.returncode == 143
    assert values(memory) == [1]


def test_sigterm_hook_leaves_other_handlers(script: Script) -> None:
    """A handler the program has set stays."""
    code = """
    def own(*_): pass
    signal.signal(signal.SIGTERM, own)
    Client(KEY, url, spool=Spool(False), hooks=Hooks(sigterm=True)).close()
    print(signal.getsignal(signal.SIGTERM) is own)
    """
    assert script.run(code, "http://a") == "True\n"


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
    script: Script, tmp_path: Path, collector: tuple[str, MemoryTransport]
) -> None:
    """A child of multiprocessing, which skips atexit, delivers without close, too."""
    url, memory = collector
    file = tmp_path / "job.py"
    file.write_text(
        START
        + textwrap.dedent(
            """
            import multiprocessing
            def work(n):
                client.track("a", {"n": n})
            if __name__ == "__main__":
                context = multiprocessing.get_context("fork")
                jobs = [context.Process(target=work, args=(n,)) for n in range(3)]
                for job in jobs: job.start()
                for job in jobs: job.join()
                print([job.exitcode for job in jobs])
            """
        )
    )
    done = subprocess.run(
        [sys.executable, str(file), url, "off"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout == "[0, 0, 0]\n", done.stderr
    assert values(memory) == [0, 1, 2]


def test_read_only_directory_falls_back_to_memory(
    script: Script, tmp_path: Path, collector: tuple[str, MemoryTransport]
) -> None:
    """Where the spool cannot be written, events are kept in memory, and stats say so."""
    url, memory = collector
    blocked = tmp_path / "file"
    blocked.write_text("no directory")
    output = script.run(
        """
        client.track("a", {"n": 1})
        stats = client.stats()
        print(client.flush(10), stats.spool, "memory only" in stats.note)
        """,
        url,
        blocked,
    )
    assert output == "True None True\n"
    assert values(memory) == [1]


def test_calls_do_not_wait_for_the_network(script: Script) -> None:
    """With a collector that never answers, no call takes long: nothing waits for a socket."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        output = script.run(
            """
            longest = 0
            for n in range(20_000):
                started = time.perf_counter()
                client.track("a", {"n": n})
                longest = max(longest, time.perf_counter() - started)
            print(longest < 1)
            client.close(0.1)
            """,
            url,
        )
    assert output == "True\n"


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_queued_events_cost_little_memory(script: Script, dead_url: str) -> None:
    """An event in the queue holds its own bytes, not the buffer of the encoder it came from."""
    output = script.run(
        """
        client.close()
        rare = Batching(flush_at=1_000_000, flush_bytes=1 << 30, flush_ms=3_600_000)
        client = Client(KEY, url, spool=Spool(False), batching=rare)
        def fill(events):
            for n in range(events):
                client.track("Order Completed", {"n": n, "plan": "pro", "total": 42.5})
            pages = int(open("/proc/self/statm").read().split()[1])
            return pages * os.sysconf("SC_PAGESIZE")
        before = fill(50_000)
        print((fill(50_000) - before) // 50_000, client.stats().pending)
        client.close(0)
        """,
        dead_url,
    )
    each, pending = map(int, output.split())
    assert pending == 100_000
    assert each <= 364


def test_no_thread_to_be_had(
    script: Script, tmp_path: Path, collector: tuple[str, MemoryTransport]
) -> None:
    """While no thread can be started events are kept; once one can, they are sent."""
    url, memory = collector
    output = script.run(
        """
        import resource
        usual = threading.stack_size(1 << 40)
        client.track("a", {"n": 0})
        for n in range(1, 100):
            client.track("a", {"n": n})
        before = client.stats()
        threading.stack_size(usual)
        for n in range(100, 250):
            client.track("a", {"n": n})
        while client.stats().stored == 0:
            time.sleep(0.01)
        print(before.pending, client.flush(), client.stats().stored, client.stats().balanced)
        """,
        url,
        tmp_path,
    )
    assert output == "100 True 250 True\n"
    assert values(memory) == list(range(250))


def test_no_output(script: Script, dead_url: str) -> None:
    """The SDK writes nothing to stdout or stderr, whatever happens."""
    process = script.start('client.track("")\nclient.track("a")\nclient.close(0.2)', dead_url)
    output, errors = process.communicate(timeout=60)
    assert output == ""
    # logging's last resort prints warnings where a program has configured nothing.
    assert "Traceback" not in errors
