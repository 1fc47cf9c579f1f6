"""A process that writes through the real writer and says on stdout what was acknowledged.

Run as `committing.py DIRECTORY RUN [LIMIT]`. A line `acked STREAM LAST`: everything of the stream
up to LAST was answered. `lost STREAM LAST`: an answer went back behind an earlier one. With LIMIT
no file may grow above that many bytes until the writer has said that the disk is full; then the
limit goes, `full` is printed, and writing goes on.
"""

from __future__ import annotations

import resource
import sys
from hashlib import sha256
from pathlib import Path
from threading import Event, Lock, Thread

from tallymark_collector.ingest.writer import Writer, WriterLimits
from tallymark_collector.store.log import Arrival, Row, StoreFull
from tallymark_collector.store.sqlite import SqliteLog

STREAMS = 4
EVENTS = 25
AFTER_FULL = 40
PAUSE_S = 0.002


class Producer:
    """One stream: sends its next events until it is told to stop or the disk is full."""

    def __init__(self, writer: Writer, stream: str, lock: Lock) -> None:
        """Send events of *stream* to *writer*."""
        self.writer = writer
        self.stream = stream
        self.lock = lock
        self.full = Event()

    def arrival(self, first: int) -> Arrival:
        """Return the request with the events from *first* on; its bytes are always the same."""
        rows = tuple(
            Row(
                i, first + i, None, 0, 0, f'{{"e":"{self.stream}-{first + i}"}}'.ljust(300).encode()
            )
            for i in range(EVENTS)
        )
        return Arrival(
            project=1,
            stream=self.stream,
            hwm=first + EVENTS - 1,
            fin=False,
            received_at=0,
            rows=rows,
            refused=(),
            losses=(),
            sha256=sha256(f"{self.stream}-{first}".encode()).digest(),
            size=EVENTS * 300,
        )

    def run(self, requests: int) -> None:
        """Send *requests* requests, each when it is admitted; 0 for no end."""
        first, answered = 1, 0
        while not requests or answered < requests:
            arrival = self.arrival(first)
            refusal = self.writer.admit(arrival.size, 1)
            if refusal is not None and refusal.code == "overloaded":
                Event().wait(PAUSE_S)
                continue
            future = None if refusal else self.writer.submit(arrival, key=1)
            if future is None or isinstance(future.exception(), StoreFull):
                # It does not try again: sending the same events would mend a false answer.
                self.full.set()
                return
            upto = future.result().upto
            with self.lock:
                word = "acked" if upto == arrival.hwm else "lost"
                sys.stdout.write(f"{word} {self.stream} {upto}\n")
                sys.stdout.flush()
            first, answered = upto + 1, answered + 1


def producers(writer: Writer, run: str, lock: Lock, group: int) -> list[Producer]:
    """Return producers of new streams, named by run and group."""
    return [
        Producer(writer, f"{int(run):08x}-0000-7000-8000-{group}{number:011x}", lock)
        for number in range(STREAMS)
    ]


def fill(group: list[Producer], limit: int) -> None:
    """Write until every producer has met the full disk, then give the room back."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    for producer in group:
        Thread(target=producer.run, args=(0,)).start()
    for producer in group:
        producer.full.wait()
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    print("full", flush=True)  # noqa: T201 - the parent reads it


def main(directory: str, run: str, limit: int) -> None:
    """Write until killed, or beyond a full disk and to the end."""
    log = SqliteLog.open(Path(directory), ballast=0)
    writer = Writer(log, limits=WriterLimits(probe_s=0.05))
    writer.start()
    lock = Lock()
    if limit:
        fill(producers(writer, run, lock, 1), limit)
    while writer.ready() == "disk_full":
        Event().wait(PAUSE_S)
    requests = AFTER_FULL if limit else 0
    threads = [
        Thread(target=producer.run, args=(requests,))
        for producer in producers(writer, run, lock, 2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    writer.stop()
    log.close()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else 0)
