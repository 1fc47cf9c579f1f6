"""
Record events of a small device: one file, standard library only, no thread.

Runs under Python 3.8 and later and under MicroPython; it may be copied to a device as it is.

>>> from tallymark.lite import Lite
>>> pump = Lite("tmk_0123456789abcdefghijAB", "http://127.0.0.1:7300", "pump-7")
>>> _ = pump.track("Measured", {"bar": 2.4})
>>> pump.stats()["pending"]
1

`flush` sends, `close` ends. Events have numbers in the stream of (key, device, boot), so that
sending again is safe (TM-IOT-01). A file counts the boots and keeps what was not sent.
"""

import binascii
import hashlib
import json
import math
import os
import random
import sys
import time

try:
    import socket
except ImportError:  # a port without a network of its own: pass `send`
    socket = None  # type: ignore[assignment]

TYPE_CHECKING = False  # there may be no typing module to ask
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    Text = str | None
    Json = dict[str, Any]
    Properties = Mapping[str, Any] | None
    Headers = Mapping[str, str]
    Answer = tuple[int, Headers, bytes]
    Send = Callable[[str, str, Headers, bytes], Answer]

NAME = "tallymark-lite/0.1.0"
_CERTIFICATES, _MAX_INT = sys.implementation.name == "cpython", (1 << 53) - 1
_MAX_EVENT, _MAX_NAME, _MAX_TEXT, _MAX_DEPTH = 65_536, 200, 8_192, 6
_MAX_ANSWER, _MAX_BODY, _MAX_DROPS = 1 << 20, 16_384, 100
_OUTAGE_AFTER, _PROBE, _LONG_AFTER, _PAUSE_MS, _HOUR_S = 3, 20, 10, 900_000, 3_600
_SET_AFTER_MS, _FROM_2000_MS = 1_704_067_200_000, 946_684_800_000
_OK, _REFUSED, _TOO_LARGE, _AUTH = range(200, 300), range(400, 500), 413, (401, 403)
_AGAIN = (402, 404, 405, 407, 408, 410, 415, 421, 425, 429)
# A row waits for its ack: one event, or a range of numbers that were lost (TM-LED-03). WHAT is how
# the event is dated ("t": ms since 1970, "dt": uptime), or the reason of the loss.
_BOOT, _LOW, _HIGH, _WHAT, _TEXT, _SENT = range(6)
_EVENT = ("t", "dt")


class Lite:
    """
    Record the events of one device; `flush` sends them, and nothing else does.

    At most *limit* events wait, later ones are dropped and declared; a request holds at most
    *batch*. *now* returns ms since 1970, or None while the time is not known: events are then
    dated by the uptime (TM-CLK-06). *send(method, path, headers, body)* stands in for sockets: it
    returns status, headers with lower-case names, and body, or raises OSError.

    :raises ValueError: if *url* is no address, or this Python cannot reach it without *send*
    """

    def __init__(
        self,
        key: str,
        url: str,
        device: str,
        *,
        file: "Text" = None,
        limit: int = 500,
        batch: int = 50,
        now: "Callable[[], int | None] | None" = None,
        send: "Send | None" = None,
    ) -> None:
        """Begin a boot; nothing is sent yet."""
        self._key, self._device, self._file = key, device, file
        self._limit, self._batch, self._cap = limit, batch, batch
        self._now, self._uptime = now or _wall_ms, uptime()
        self._send = send or Wire(url).send
        self._offset = None  # type: int | None
        self._rows = []  # type: list[Any]
        self._flight = None  # type: list[Any] | None
        self._failures, self._blocked_until, self._ended = 0, 0, False
        self._boot, self._number = _random_boot(), 0
        self._count = {"assigned": 0, "stored": 0, "pending": 0, "refused": 0}
        self._rejected, self._dropped = {}, {}  # type: dict[str, int], dict[str, int]
        self.trouble = None  # type: str | None
        self._saved = file is not None and self._restore(file)

    def track(self, name: str, properties: "Properties" = None, user: "Text" = None) -> "Text":
        """Record an event; return its id, None if it is none. What cannot be sent is declared."""
        if self._ended or type(name) is not str or not 0 < len(name) <= _MAX_NAME:
            self._count["refused"] += 1
            return None
        self._number += 1
        self._count["assigned"] += 1
        at = self._wall()
        what, moment = ("dt", self._uptime()) if at is None else ("t", at)
        event = {"n": self._number, what: moment, "e": name}
        reason = "queue_overflow" if self._count["pending"] >= self._limit else ""
        try:
            event.update({"u": str(user)} if user is not None else {}, p=dict(properties or {}))
            text = _dumps(plain(event))
        except Exception:  # noqa: BLE001 - a value's own code may raise anything
            text, reason = "", "unserialisable"
        reason = "too_large" if len(text.encode()) > _MAX_EVENT else reason
        if reason:
            self._lose(self._boot, self._number, reason)
        else:
            self._rows.append([self._boot, self._number, self._number, what, text, False])
            self._count["pending"] += 1
        return event_id(self._stream(self._boot), self._number)

    def _lose(self, boot: int, number: int, reason: str) -> None:
        _add(self._dropped, reason, 1)
        last = self._rows[-1] if self._rows else [0] * 6
        if last[_BOOT] == boot and last[_HIGH:] == [number - 1, reason, "", False]:
            last[_HIGH] = number
        else:
            self._rows.append([boot, number, number, reason, "", False])

    def stats(self) -> "Json":
        """Return what became of the events: assigned = stored + rejected + dropped + pending."""
        told = {"rejected": dict(self._rejected), "dropped": dict(self._dropped)}
        return dict(self._count, stream=self._stream(self._boot), **told)

    def flush(self, timeout: float = 10.0) -> bool:
        """Send what waits, for at most about *timeout* seconds; True if nothing is left."""
        end = self._uptime() + int(timeout * 1_000)
        while self._rows and max(self._uptime(), self._blocked_until) < end:
            wait_ms = self._blocked_until - self._uptime()
            if wait_ms > 0:
                time.sleep(wait_ms / 1_000)
            else:
                self._exchange(self._flight or self._cut())
        if self._rows or self._saved:
            self.save()
        return not self._rows

    def close(self, timeout: float = 10.0) -> bool:
        """Send what waits and end; True if nothing is left. With a file the next boot goes on."""
        done = self.flush(timeout)
        if not self._ended and done and self._number:
            # If this is not heard, the stream stays open-ended, as after a loss of power.
            self._exchange(self._cut(fin=True))
        self._ended = True
        if self._file is None and self._count["pending"]:
            _add(self._dropped, "shutdown_deadline", self._count["pending"])
            self._rows, self._count["pending"] = [], 0
        return done

    def _exchange(self, flight: "list[Any]") -> None:
        # The bytes are the same in each attempt, except for the headers (TM-HDR-01).
        self._flight = flight
        flight[2] += 1
        boot, what, attempt, body, _ = flight
        headers = {"authorization": "Bearer " + self._key, "content-type": "application/json"}
        headers.update({"tallymark-sdk": NAME, "tallymark-attempt": str(attempt)})
        # An earlier boot's uptime is over: without a send time the server's time counts.
        since = self._uptime() if boot == self._boot else None
        at = since if what == "dt" else self._wall()
        if at is not None:
            headers["tallymark-sent-at"] = str(at)
        try:
            status, answered, data = self._send("POST", "/v1/batch", headers, body)
        except (OSError, ValueError):
            status, answered, data = 0, {}, b""
        try:
            self._take(status, answered, _object(data), flight)
        except (TypeError, ValueError, AttributeError, KeyError):
            self._failed({})  # a proven answer whose parts are not what they should be

    def _cut(self, *, fin: bool = False) -> "list[Any]":
        # The next request: events of one boot, dated in one way, and its losses.
        boot = self._rows[0][_BOOT] if self._rows else self._boot
        rows = [row for row in self._rows if row[_BOOT] == boot]
        most = min(self._cap, _PROBE) if self._failures >= _OUTAGE_AFTER else self._cap
        size, events = 0, []  # type: int, list[Any]
        for row in rows:
            size += len(row[_TEXT])
            if len(events) == most or (events and size > _MAX_BODY):
                break
            if row[_WHAT] in _EVENT and (not events or row[_WHAT] == events[0][_WHAT]):
                events.append(row)
        losses = [row for row in rows if row[_WHAT] not in _EVENT][:_MAX_DROPS]
        what, mine = events[0][_WHAT] if events else "t", boot == self._boot
        highest = self._number if mine else max(row[_HIGH] for row in rows)
        head = {"v": 1, "stream": self._stream(boot), "hwm": highest, "t0": 0, "fin": fin or None}
        head["seq"] = events[0][_LOW] if events else highest + 1
        head["clock"] = "none" if what == "dt" else None if mine else "wall"
        head["ctx"] = {"device_id": self._device}
        head["drops"] = [{"reason": r[_WHAT], "ranges": [r[_LOW : _HIGH + 1]]} for r in losses]
        for row in events + losses:
            row[_SENT] = True
        text = f'{_dumps(plain(head))[:-1]},"events":[{",".join(row[_TEXT] for row in events)}]}}'
        return [boot, what, 0, text.encode(), events]

    def _take(self, status: int, got: "Headers", said: "Json", flight: "list[Any]") -> None:
        # The retry table (TM-RTY-07).
        if _proves(status, got, said, self._stream(flight[0])):
            self._flight = None
            if self._settle(flight[0], said) or not self._rows:
                self._failures, self.trouble = 0, None
            else:
                self._failed(got)
        elif status in _AUTH:
            self.trouble = "auth_error"
            self._blocked_until = self._uptime() + _PAUSE_MS
        elif said.get("code") == "unsupported_version":
            self.trouble, self._blocked_until = "unsupported_version", _MAX_INT
        elif status in _REFUSED and status not in _AGAIN and flight[4]:
            self._refused("too_large" if status == _TOO_LARGE else "send_rejected", flight[4])
        else:
            self._failed(got)

    def _settle(self, boot: int, said: "Json") -> int:
        # What the ack names is over, whichever request it was in (TM-LED-05), if it was in any.
        over = [(int(low), int(high)) for low, high in said["ack"].get("settled", [])]
        over.append((1, said["ack"]["upto"]))
        bad = {item.get("n"): item["code"] for item in said.get("rejected", [])}
        kept = []
        for row in self._rows:
            ended = any(low <= row[_LOW] and row[_HIGH] <= high for low, high in over)
            if row[_BOOT] != boot or not row[_SENT] or not ended:
                kept.append(row)
            elif row[_WHAT] in _EVENT:
                _add(self._count, "pending", -1)
                code = bad.get(row[_LOW])
                _add(self._rejected if code else self._count, code or "stored", 1)
        freed, self._rows = len(self._rows) - len(kept), kept
        self._cap = min(self._batch, self._cap * 2) if freed else self._cap
        return freed

    def _refused(self, reason: str, events: "list[Any]") -> None:
        # Two smaller requests; a single event is given up.
        self._flight, self._cap = None, (len(events) + 1) // 2
        if len(events) > 1:
            return
        self._rows.remove(events[0])
        self._count["pending"] -= 1
        self._lose(events[0][_BOOT], events[0][_LOW], reason)

    def _failed(self, got: "Headers") -> None:
        # A wait as long as is asked for, or by chance (TM-RTY-01, TM-RTY-08).
        self._failures += 1
        asked = got.get("retry-after", "")
        longest = 60_000 if self._failures <= _LONG_AFTER else 300_000
        most = min(longest, 500 << min(self._failures - 1, 10))
        wait = random.randrange(most + 1)  # noqa: S311 - not for a secret
        if asked.isdigit():
            wait = min(int(asked), _HOUR_S) * (1_000 + 200 * wait // most)
        self._blocked_until = max(self._blocked_until, self._uptime() + wait)
        if self._flight and self._failures >= _OUTAGE_AFTER and len(self._flight[4]) > _PROBE:
            self._flight = None

    def save(self) -> bool:
        """Write what waits to the file, as `flush` does if something is left; False = it failed."""
        if self._file is None:
            return False
        new = self._file + ".new"
        try:
            with open(new, "w") as opened:  # noqa: PTH123 - no pathlib on a device
                opened.write(_dumps({"boot": self._boot, "rows": [r[:_SENT] for r in self._rows]}))
            try:
                os.rename(new, self._file)  # noqa: PTH104
            except OSError:
                # FAT renames nothing over a file; should the power go now, the new one is found.
                os.remove(self._file)  # noqa: PTH107
                os.rename(new, self._file)  # noqa: PTH104
        except OSError:
            return False
        self._saved = bool(self._rows)
        return True

    def _restore(self, file: str) -> bool:
        for name in (file + ".new", file):
            try:
                with open(name) as opened:  # noqa: PTH123
                    state = _object(opened.read().encode())
                self._boot = state["boot"] + 1
                self._rows = [row[:_SENT] + [True] for row in state["rows"]]  # noqa: RUF005
            except (OSError, ValueError, KeyError, TypeError):  # noqa: PERF203
                continue
        for row in self._rows:
            event, many = row[_WHAT] in _EVENT, row[_HIGH] - row[_LOW] + 1
            _add(self._count, "assigned", many)
            _add(self._count if event else self._dropped, "pending" if event else row[_WHAT], many)
        if not self.save():
            # The next start would take the same boot: one by chance is safe.
            self._boot = _random_boot()
        return bool(self._rows)

    def _wall(self) -> "int | None":
        # One anchor, then the uptime (TM-CLK-01); None while the time is not known.
        if self._offset is None and (wall := self._now()) is not None:
            self._offset = wall - self._uptime()
        return None if self._offset is None else self._offset + self._uptime()

    def _stream(self, boot: int) -> str:
        return device_stream(self._key, self._device, boot)


def uptime() -> "Callable[[], int]":
    """Return what counts ms, also where the hardware's counter wraps every few days."""
    ticks = getattr(time, "ticks_ms", None) or (lambda: int(time.monotonic() * 1_000))
    difference = getattr(time, "ticks_diff", None) or int.__sub__
    last, total = ticks(), 0

    def ms() -> int:
        nonlocal last, total
        now = ticks()
        last, total = now, total + difference(now, last)
        return total

    return ms


class Wire:
    """Carry requests over sockets, each on a connection of its own; no redirect is followed."""

    def __init__(self, url: str, timeout_ms: int = 10_000) -> None:
        """Read the address. :raises ValueError: it is none, or cannot be reached by this Python."""
        scheme, _, rest = url.partition("://")
        self._place, _, path = rest.partition("/")
        self._host, _, port = self._place.partition(":")
        if scheme not in ("http", "https") or not self._host or (port and not port.isdigit()):
            raise ValueError("url must be http://host[:port] or https://host[:port], not " + url)
        if not hasattr(socket, "getaddrinfo") or (scheme == "https" and not _CERTIFICATES):
            raise ValueError("this Python has no sockets, or no certificates for https: pass send=")
        self._port, self._timeout_ms = int(port or {"http": 80, "https": 443}[scheme]), timeout_ms
        self._prefix = ("/" + path).rstrip("/")
        self._wrap = None  # type: Callable[..., Any] | None
        if scheme == "https":
            import ssl  # noqa: PLC0415 - large, and few devices need it

            self._wrap = ssl.create_default_context().wrap_socket

    def send(self, method: str, path: str, headers: "Headers", body: bytes) -> "Answer":
        """Make one request. :raises OSError: there was no whole answer in time."""
        elapsed = uptime()
        lines = [f"{method} {self._prefix}{path} HTTP/1.0", f"host: {self._place}"]
        lines += [f"{name}: {headers[name]}" for name in headers] + ["content-length: "]
        request = ("\r\n".join(lines) + f"{len(body)}\r\n\r\n").encode() + body
        error = OSError("no address for " + self._host)
        for address in socket.getaddrinfo(self._host, self._port, 0, socket.SOCK_STREAM):
            sock = socket.socket(address[0], address[1], address[2])  # type: Any
            try:
                sock.settimeout(max(1, self._timeout_ms - elapsed()) / 1_000)
                sock.connect(address[-1])
                sock = self._wrap(sock, server_hostname=self._host) if self._wrap else sock
                (getattr(sock, "sendall", None) or sock.write)(request)
                return self._answer(sock, elapsed)
            except OSError as failure:
                error = failure
            finally:
                sock.close()
        raise error

    def _answer(self, sock: "Any", elapsed: "Callable[[], int]") -> "Answer":  # noqa: ANN401
        read, raw, piece = getattr(sock, "recv", None) or sock.read, b"", b"-"
        while piece:
            left = self._timeout_ms - elapsed()
            if left <= 0 or len(raw) > _MAX_ANSWER:
                raise OSError("the answer is too long, or takes too long")
            if hasattr(sock, "settimeout"):
                sock.settimeout(left / 1_000)
            piece = read(4_096)
            raw += piece
        head, _, body = raw.partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        pairs = [line.partition(":") for line in lines[1:]]
        headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
        status, length = (lines[0] + " ").split(" ")[1], headers.get("content-length", "0")
        if lines[0][:7] != "HTTP/1." or not status.isdigit() or len(body) < int(length):
            raise OSError("the answer is cut off, or no HTTP")
        return int(status), headers, body


def _proves(status: int, got: "Headers", said: "Json", stream: str) -> bool:
    # A 2xx alone is no ack (TM-ACK-01).
    proof = [part.strip() for part in got.get("tallymark-ack", "").split(";")]
    mine = said.get("stream") == stream and "s=" + stream[:8] in proof
    return status in _OK and proof[0] == "1" and mine and isinstance(said["ack"]["upto"], int)


def _object(data: bytes) -> "Json":
    try:
        value = json.loads(data)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _add(counts: "dict[str, int]", name: str, many: int) -> None:
    counts[name] = counts.get(name, 0) + many


def plain(value: "Any", depth: int = 0) -> "Any":  # noqa: ANN401 - any value is the subject
    """Return *value* as JSON can hold it; what has no place there is text, or null if no number."""
    if value is None or isinstance(value, (bool, float)):
        return value if value is None or math.isfinite(value) else None
    if isinstance(value, int) and -_MAX_INT <= value <= _MAX_INT:
        return value
    if depth < _MAX_DEPTH and isinstance(value, dict):
        items = [(plain(str(key)), plain(value[key], depth + 1)) for key in value]
        return {key: item for key, item in items if depth or item not in (None, {}, [])}
    if depth < _MAX_DEPTH and isinstance(value, (list, tuple, set, frozenset)):
        return [plain(item, depth + 1) for item in value]
    if isinstance(value, (bytes, bytearray)):
        value = binascii.b2a_base64(value).decode().strip()
    text = value if isinstance(value, str) else str(value)[:_MAX_TEXT]
    # Lone surrogates are what UTF-8 cannot carry (TM-VAL-03).
    return "".join("\ufffd" if 0xD7FF < ord(char) < 0xE000 else char for char in text)  # noqa: PLR2004


def _dumps(value: "Any") -> str:  # noqa: ANN401 - JSON of any shape
    return json.dumps(value, separators=(",", ":"))


def device_stream(key: str, device: str, boot: int) -> str:
    """Derive the stream of a device's boot (TM-IOT-01)."""
    return _uuid8(hashlib.sha256(f"tm1dev\0{key}\0{device}\0{boot}".encode()).digest())


def event_id(stream: str, number: int) -> str:
    """Derive an event's id, as the collector does (TM-LED-07)."""
    place = binascii.unhexlify(stream.replace("-", "")) + number.to_bytes(8, "big")
    return _uuid8(hashlib.sha256(b"tm1id" + place).digest())


def _uuid8(digest: bytes) -> str:
    raw = bytearray(digest[:16])
    raw[6], raw[8] = raw[6] & 0x0F | 0x80, raw[8] & 0x3F | 0x80
    text = binascii.hexlify(raw).decode()
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def _random_boot() -> int:  # hardly one an earlier boot has had
    drawn = os.urandom(4) if hasattr(os, "urandom") else str(random.random()).encode()  # noqa: S311
    return int.from_bytes(hashlib.sha256(drawn).digest()[:4], "big") >> 1


def _wall_ms() -> "int | None":  # some devices count from 2000
    ms = int(time.time() * 1_000) + (0 if time.gmtime(0)[0] == 1970 else _FROM_2000_MS)  # noqa: PLR2004
    return ms if ms > _SET_AFTER_MS else None
