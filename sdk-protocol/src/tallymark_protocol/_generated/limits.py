"""Every limit of TMP/1. Generated from spec/; run `python -m generate` instead of editing."""

from __future__ import annotations

from typing import Final

MAX_EVENTS: Final = 2_000
"""events of one batch (events, TM-ENV-10)"""
MAX_BODY: Final = 1_048_576
"""request body as sent (bytes, TM-ENV-12)"""
MAX_INFLATED: Final = 10_485_760
"""request body after decompression (bytes, TM-ENV-12)"""
MAX_INFLATE_RATIO: Final = 200
"""inflated bytes per sent byte above RATIO_FREE_BYTES (ratio, TM-ENV-12)"""
RATIO_FREE_BYTES: Final = 65_536
"""inflated size below which the ratio is not looked at (bytes, TM-ENV-12)"""
MAX_EVENT: Final = 65_536
"""one event as JSON (bytes, TM-EVT-12)"""
MAX_ANSWER: Final = 1_048_576
"""what an SDK reads of an answer (bytes, TM-ACK-03)"""
MAX_CTX: Final = 16_384
"""the shared context as JSON (bytes, TM-CTX-01)"""
MAX_CTX_KEYS: Final = 100
"""keys of a context (keys, TM-CTX-01)"""
MAX_DROPS: Final = 100
"""entries of a loss report (entries, TM-LED-03)"""
MAX_DROP_RANGES: Final = 1_000
"""ranges of one entry of a loss report (ranges, TM-LED-03)"""
MAX_RANGES: Final = 10_000
"""settled ranges a collector keeps of one stream above upto (ranges, TM-LED-14)"""
MAX_SEQ: Final = 9_007_199_254_740_991
"""highest sequence number and highest integer (number, TM-VAL-02)"""
MAX_NAME: Final = 200
"""an event name in UTF-8 (bytes, TM-EVT-05)"""
MAX_ID: Final = 128
"""a user, device, session or group id in UTF-8 (bytes, TM-EVT-06)"""
MAX_GROUPS: Final = 10
"""group memberships of one event (keys, TM-EVT-07)"""
MAX_PROPERTIES: Final = 255
"""keys of one object among the properties (keys, TM-EVT-08)"""
MAX_KEY: Final = 255
"""a property key in UTF-8 (bytes, TM-EVT-08)"""
MAX_DEPTH: Final = 5
"""nested objects and arrays counting the properties themselves (levels, TM-EVT-08)"""
MAX_ITEMS: Final = 255
"""items of one array among the properties (items, TM-EVT-08)"""
MAX_STRING: Final = 8_192
"""a property string in UTF-8 (bytes, TM-EVT-08)"""
MAX_LIST: Final = 255
"""items of a profile list; the oldest are trimmed (items, TM-PRF-05)"""
MAX_SDK: Final = 64
"""the Tallymark-SDK header (bytes, TM-HDR-04)"""
MAX_URL: Final = 2_000
"""the URL of GET /v1/e (bytes, TM-IOT-02)"""
MAX_FUTURE_MS: Final = 86_400_000
"""how far ahead a time is clamped instead of refused (ms, TM-CLK-04)"""
MAX_AGE_MS: Final = 2_592_000_000
"""how old an event may be outside imports (ms, TM-CLK-04)"""
SKEW_TOLERANCE_MS: Final = 2_000
"""skew that is not corrected (ms, TM-CLK-02)"""
OPEN_ENDED_MS: Final = 86_400_000
"""silence after which a stream without fin is open-ended (ms, TM-LED-08)"""
MAX_HOLD: Final = 100
"""events held in memory while consent is unknown (events, TM-CON-01)"""
MAX_UNLOAD: Final = 60_000
"""bytes in flight when a page is left (bytes, TM-WEB-01)"""
MAX_IN_FLIGHT: Final = 4
"""requests in flight per stream (requests, TM-RTY-03)"""
PROBE_EVENTS: Final = 20
"""events of the first batch after an outage (events, TM-RTY-04)"""
QUERY_ABOVE: Final = 262_144
"""size of a resend before which the stream is asked (bytes, TM-LED-06)"""
GZIP_ABOVE: Final = 1_024
"""body size above which SDKs compress (bytes, TM-HDR-05)"""
SPOOL_MAX_AGE_MS: Final = 259_200_000
"""age at which a spooled event expires (ms, TM-RTY-02)"""
MAX_BUCKET: Final = 99_999
"""highest bucket; there is one for each 0.001 % (bucket, TM-BKT-01)"""
IMPORT_EPOCH_MS: Final = 946_684_800_000
"""2000-01-01, the earliest time of an import (ms, TM-CLK-07)"""
SPOOL_VERSION: Final = 1
"""version of the spool's format (version, TM-SPL-11)"""
SPOOL_MAX_PAYLOAD: Final = 262_144
"""payload of one record of a spool (bytes, TM-SPL-12)"""
SPOOL_MAX_RANGES: Final = 8_192
"""ranges of one record of a spool (ranges, TM-SPL-16)"""
SPOOL_MAX_BYTES: Final = 67_108_864
"""all segments of one destination by default (bytes, TM-SPL-04)"""
SPOOL_SEGMENT: Final = 1_048_576
"""size to which segments grow (bytes, TM-SPL-10)"""
SPOOL_FIRST_SEGMENT: Final = 65_536
"""size of the first segment (bytes, TM-SPL-10)"""
SPOOL_READ_MAX: Final = 16_777_216
"""what a reader reads of one segment (bytes, TM-SPL-10)"""
SPOOL_SILENT_MS: Final = 604_800_000
"""age of an unchanged claim without a lock that makes it dead (ms, TM-SPL-32)"""
