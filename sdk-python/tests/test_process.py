"""The client and its process: imports, exits, signals, kills."""

from __future__ import annotations

import signal
import socket
import sys
from collections import Counter
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
