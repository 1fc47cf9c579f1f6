"""Buckets, ids and sampling by exact fractions and the standard `uuid` module."""

from __future__ import annotations

import hashlib
import random
import uuid
from fractions import Fraction
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

GIVEN_BUCKETS = (
    ("exp-1", "user-1", "f203e0d107e2cc3e", 94537),
    ("exp-1", "user-2", "3414042b6596d592", 20343),
    ("exp-2", "user-1", "2117540812776788", 12926),
    ("", "", "e11b41bd14399e71", 87932),
    ("é", "日本語", "ff87df30140b3366", 99816),
    ("exp-1", "😀", "11349fdec0b2ee35", 6720),
)
STREAM = "0197a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"
GIVEN_IDS = (
    (STREAM, 1, "0a232a8f-d1f6-8452-813d-85f7ecad12ca"),
    (STREAM, 2, "aabf93f8-68b2-8758-88ce-cfcd105fbde4"),
    (STREAM, 2**53 - 1, "dbffa330-4275-8ff5-b926-e14cc5ef69fa"),
)
UNITS = ("", "a\0b", "ß", "İ", "𝒳", "user 1", "日本", "\U0010ffff", "-1", "x" * 200)
Vector = dict[str, Any]


def buckets() -> Iterator[Vector]:
    """Yield the given seeds, then 994 drawn ones."""
    for seed, unit, x, bucket in GIVEN_BUCKETS:
        if (_number(seed, unit), _bucket(seed, unit)) != (int(x, 16), bucket):
            raise AssertionError(f"the bucket of {seed!r}, {unit!r} is given as {bucket}")
        yield _vector("TM-BKT-01", {"seed": seed, "unit": unit}, bucket)
    draw = random.Random(1)
    for n in range(994):
        seed = f"{draw.choice(('exp', 'flag', 'é', 'sample'))}-{draw.randrange(50)}"
        unit = UNITS[n] if n < len(UNITS) else f"user-{draw.getrandbits(48):x}"
        yield _vector("TM-BKT-01", {"seed": seed, "unit": unit}, _bucket(seed, unit))


def event_ids() -> Iterator[Vector]:
    """Yield the given ids, then 197 drawn ones."""
    for stream, seq, event_id in GIVEN_IDS:
        if _id(stream, seq) != event_id:
            raise AssertionError(f"the id of {stream}, {seq} is given as {event_id}")
        yield _vector("TM-LED-07", {"stream": stream, "seq": seq}, event_id)
    draw = random.Random(2)
    for n in range(197):
        stream = str(uuid.UUID(int=draw.getrandbits(128), version=4))
        stream = f"{stream[:14]}7{stream[15:]}"
        seq = (
            2 ** draw.randrange(53) + draw.choice((-1, 0, 1)) if n % 2 else draw.randrange(1, 9999)
        )
        seq = min(max(seq, 1), 2**53 - 1)
        yield _vector("TM-LED-07", {"stream": stream, "seq": seq}, _id(stream, seq))


def device_streams() -> Iterator[Vector]:
    """Yield the streams of devices: by key, device and boot, each of many forms."""
    draw = random.Random(3)
    for n in range(60):
        key = f"tmk_{draw.getrandbits(128):022x}"[:26]
        device = UNITS[n] if n < len(UNITS) and UNITS[n] else f"dev-{draw.randrange(10**6):06}"
        boot = (0, 1, 2**53 - 1)[n] if n < 3 else draw.randrange(2 ** draw.randrange(1, 40))
        digest = hashlib.sha256("\0".join(("tm1dev", key, device, str(boot))).encode()).digest()
        given = {"key": key, "device": device, "boot": boot}
        yield _vector("TM-IOT-01", given, str(_uuid8(digest)))


def sampling() -> Iterator[Vector]:
    """Yield 50 units at the bounds of the rates that just keep and just lose them."""
    for n in range(25):
        unit = f"unit-{n}"
        at = _bucket("sample", unit)
        yield _vector("TM-CTL-02", {"unit": unit, "rate": (at + 1) / 100_000}, expect=True)
        yield _vector("TM-CTL-02", {"unit": unit, "rate": at / 100_000}, expect=False)


def _number(seed: str, unit: str) -> int:
    digest = hashlib.sha256(b"\0".join((b"tm1", seed.encode(), unit.encode()))).hexdigest()
    return int(digest[:16], 16)


def _bucket(seed: str, unit: str) -> int:
    return int(Fraction(_number(seed, unit) // 2048, 2**53) * 100_000)


def _id(stream: str, seq: int) -> str:
    digest = hashlib.sha256(b"tm1id" + uuid.UUID(stream).bytes + bytes.fromhex(f"{seq:016x}"))
    return str(_uuid8(digest.digest()))


def _uuid8(digest: bytes) -> uuid.UUID:
    raw = bytearray(digest[:16])
    raw[6] = raw[6] % 16 + 0x80
    raw[8] = raw[8] % 64 + 0x80
    return uuid.UUID(bytes=bytes(raw))


def _vector(requirement: str, given: Vector, expect: object) -> Vector:
    return {"requirement": requirement, "input": given, "expect": expect}
