"""Validators of every type on the wire. Generated from spec/; run `python -m generate` instead of editing."""

from __future__ import annotations

import re
from typing import Any, Final

from tallymark_protocol.checks import (
    SAFE,
    Issue,
    at,
    drops_fit_stream,
    first,
    found,
    hwm_covers_events,
    is_denied,
    is_integer,
    is_name,
    is_number,
    is_text,
    number_has_stream,
    one_place,
    range_ordered,
    size,
    stream_has_number,
)

REGEX_0: Final = re.compile(r'^[0-9a-f]{8}-[0-9a-f]{4}-[78][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\Z')
SET_1: Final = frozenset(["committed", "queued"])
REGEX_2: Final = re.compile(r'^[A-Za-z0-9-]{8,36}\Z')
SET_3: Final = frozenset(["granted", "denied", "unknown"])
SET_4: Final = frozenset(["full", "truncate", "none"])
SET_5: Final = frozenset(["device_id", "user_id", "session_id", "groups", "consent", "gpc", "locale", "tz", "ip"])
SET_6: Final = frozenset(["anchored", "wall", "none"])
SET_7: Final = frozenset(["queue_overflow", "expired", "sampled", "hook", "too_large", "unserialisable", "send_rejected", "storage_error", "shutdown_deadline", "consent_withdrawn", "reset", "sdk_error"])
SET_8: Final = frozenset(["track", "page", "screen", "identify", "profile", "group", "alias", "exposure"])
SET_9: Final = frozenset(["$set", "$set_once", "$add", "$append", "$union", "$remove", "$unset", "$delete"])
REGEX_10: Final = re.compile(r'^[0-9]+\.[0-9]+\.[0-9]+\Z')
REGEX_11: Final = re.compile(r'^[0-9a-f]{64}\Z')

def validate_answer(o: Any) -> Issue | None:
    v = o
    if not (type(v) is dict):
        return found("malformed", "")
    issue = object_answer_envelope(v)
    if not (issue is None):
        return at("", issue)
    return None

def object_answer_envelope(o: Any, ordered: Any = None) -> Issue | None:
    v = o.get("v")
    if not (v is None):
        if not ((type(v) is int and -SAFE < v < SAFE or is_integer(v))):
            return found("malformed", "v")
        if v != 1:
            return found("malformed", "v")
    elif v is None:
        return found("malformed", "v")
    v = o.get("stream")
    if not (v is None):
        if not (type(v) is str):
            return found("malformed", "stream")
        if not REGEX_0.match(v):
            return found("malformed", "stream")
    v = o.get("received")
    if not (v is None):
        if not ((type(v) is int and -SAFE < v < SAFE or is_integer(v))):
            return found("malformed", "received")
        if v < 0:
            return found("malformed", "received")
        if v > 9007199254740991:
            return found("malformed", "received")
    elif v is None:
        return found("malformed", "received")
    v = o.get("stored")
    if not (v is None):
        if not ((type(v) is int and -SAFE < v < SAFE or is_integer(v))):
            return found("malformed", "stored")
        if v < 0:
            return found("malformed", "stored")
        if v > 9007199254740991:
            return found("malformed", "stored")
    elif v is None:
        return found("malformed", "stored")
    v = o.get("duplicate")
    if not (v is None):
        if not ((type(v) is int and -SAFE < v < SAFE or is_integer(v))):
            return found("malformed", "duplicate")
        if v < 0:
            return found("malformed", "duplicate")
        if v > 9007199254740991:
            return found("malformed", "duplicate")
    elif v is None:
        return found("malformed", "duplicate")
    v = o.get("ack")
    if not (v is None):
        if not (type(v) is dict):
            return found("malformed", "ack")
        issue = object_ack_envelope(v)
        if not (issue is None):
            return at("ack", issue)
    v = o.get("rejected")
    if not (v is None):
        if not (type(v) is list):
            return found("malformed", "rejected")
        issue = array_answer_rejected_envelope(v)
        if not (issue is None):
            return at("rejected", issue)
    v = o.get("retry")
    if not (v is None):
        if not (type(v) is list):
            return found("malformed", "retry")
        issue = array_ranges_envelope(v)
        if not (issue is None):
            return at("retry", issue)
    v = o.get("warn")
    if not (v is None):
        if not (type(v) is list):
            return found("malformed", "warn")
        issue = array_answer_warn_envelope(v)
        if not (issue is None):
            return at("warn", issue)
    v = o.get("now")
    if not (v is None):
        if not ((type(v) is int and -SAFE < v < SAFE or is_integer(v))):
            return found("malformed", "now")
        if v < -9007199254740991:
            return found("malformed", "now")
        if v > 9007199254740991:
            return found("malformed", "now")
    elif v is None:
        return found("malformed", "now")
    v = o.get("control")
    if not (v is None):
        if not (type(v) is dict):
            return found("malformed", "control")
        issue = object_control_envelope(v)
        if not (issue is None):
            return at("control", issue)
    v = o.get("receipt")
    if not (v is None):
        if not (type(v) is str):
            return found("malformed", "receipt")
    if not (o.get("stream") is None):
        if o.get("ack") is None:
            return found("malformed", "ack")
    return None

def object_ack_envelope(o: Any, ordered: Any = None) -> Issue | None:
    v = o.get("upto")
    if not (v is None):
        if not ((type(v) is int and -SAFE < v < SAFE or is_integer(v))):
            return found("malformed", "upto")
        if v < 0:
            return found("malformed", "upto")
        if v > 9007199254740991:
            return found("malformed", "upto")
    elif v is None:
        return found("malformed", "upto")
    v = o.get("settled")
    if not (v is None):
        if not (type(v) is list):
            return found("malformed", "settled")
        issue = array_ranges_envelope(v)
        if not (issue is None):
            return at("settled", issue)
    elif v is None:
        return found("malformed", "settled")
    v = o.get("durability")
    if not (v is None):
        if not (type(v) is str):
            return found("malformed", "durability")
        if v not in SET_1:
            return found("malformed", "durability")
    elif v is None:
        return found("malformed", "durability")
    return None

def array_ranges_envelope(o: Any) -> Issue | None:
    for i, v in enumerate(o):
        if not (type(v) is list):
            return found("malformed", i)
        issue = array_range_envelope(v)
        if not (issue is None):
            return at(i, issue)
    return None

def array_range_envelope(o: Any) -> Issue | None:
    if len(o) > 2:
        return found("malformed", "", 2)
    if len(o) < 2:
        return found("malformed", "")
    for i, v in enumerate(o):
        if not ((type(v) is int and -SAFE < v < SAFE or is_integer(v))):
            return found("malformed", i)
        if v < 1:
            return found("malformed", i)
        if v > 9007199254740991:
            return found("malformed", i)
    if not range_ordered(o):
        return found("malformed", "")
    return None

def array_answer_rejected_envelope(o: Any) -> Issue | None:
    if len(o) > 2000:
        return found("malformed", "", 2000)
    for i, v in enumerate(o):
        if not (type(v) is dict):
            return found("malformed", i)
        issue = object_rejection_envelope(v)
        if not (issue is None):
            return at(i, issue)
    return None

def object_rejection_envelope(o: Any, ordered: Any = None) -> Issue | None:
    v = o.get("n")
    if not (v is None):
        if not ((type(v) is int and -SAFE < v < SAFE or is_integer(v))):
            return found("malformed", "n")
        if v < 1:
            return found("malformed", "n")
        if v > 9007199254740991:
            return found("malformed", "n")
    v = o.get("id")
    if not (v is None):
        if not (type(v) is str):
            return found("malformed", "id")
        if not REGEX_2.match(v):
            return found("malformed", "id")
        if is_denied(v):
            return found("malformed", "id")
    v = o.get("i")
    if not (v is None):
        if not ((type(v) is int and -SAFE < v < SAFE or is_integer(v))):
            return found("malformed", "i")
        if v < 0:
            return found("malformed", "i")
        if v > 9007199254740991:
            return found("malformed", "i")
    v = o.get("code")
    if not (v is None):
        if not (type(v) is str):
            return found("malformed", "code")
        if not v:
            return found("malformed", "code")
    elif v is None:
        return found("malformed", "code")
    v = o.get("path")
    if not (v is None):
        if not (type(v) is str):
            return found("malformed", "path")
    v = o.get("limit")
    if not (v is None):
        if not ((type(v) is int and -SAFE < v < SAFE or is_integer(v))):
            return found("malformed", "limit")
        if v < 0:
            return found("malformed", "limit")
        if v > 9007199254740991:
            return found("malformed", "limit")
    return None

def array_answer_warn_envelope(o: Any) -> Issue | None:
    for i, v in enumerate(o):
        if not (type(v) is dict):
            return found("malformed", i)
        issue = object_warning_envelope(v)
        if not (issue is None):
            return at(i, issue)
    return None

def object_warning_envelope(o: Any, ordered: Any = None) -> Issue | None:
    v = o.get("code")
    if not (v is None):
        if not (type(v) is str):
            return found("malformed", "code")
        if not v:
            return found("malformed", "code")
    elif v is None:
        return found("malformed", "code")
    v = o.get("count")
    if not (v is None):
        if not ((type(v) is int and -SAFE < v < SAFE or is_integer(v))):
            return found("malformed", "count")
        if v < 0:
            return found("malformed", "count")
        if v > 9007199254740991:
            return found("malformed", "count")
    elif v is None:
        return found("malformed", "count")
    v = o.get("n")
    if not (v is None):
        if not ((type(v) is int and -SAFE < v < SAFE or is_integer(v))):
            return found("malformed", "n")
        if v < 1:
            return found("malformed", "n")
        if v > 9007199254740991:
            return found("malformed", "n")
    return None

def object_control_envelope(o: Any, ordered: Any = None) -> Issue | None:
    v = o.get("etag")
    if not (v is None):
        if not (type(v) is str):
            return found("malformed", "etag")
        if not v:
            return found("malformed", "etag")
        if (len(v) if v.isascii() else size(v)) > 64:
            return found("malformed", "etag", 64)
    v = o.get("ttl_s")
    if not (v is None):
        if not ((type(v) is int and -SAFE < v < SAFE or is_integer(v))):
            return found("malformed", "ttl_s")
        if v < 1:
            return found("malformed", "ttl_s")
        if v > 86400:
            return found("malformed", "ttl_s")
    v = o.get("sample")
    if not (v is None):
        if not (type(v) is dict):
            return found("malformed", "sample")
        issue = object_control_sample_envelope(v)
        if not (issue is None):
            return at("sample", issue)
    v = o.get("flush_ms")
    if not (v is None):
        if not ((type(v) is int and -SAFE < v < SAFE or is_integer(v))):
            return found("malformed", "flush_ms")
        if v < 100:
            return found("malformed", "flush_ms")
        if v > 600000:
            return found("malformed", "flush_ms")
    v = o.get("max_batch")
    if not (v is None):
        if not ((type(v) is int and -SAFE < v < SAFE or is_integer(v))):
            return found("malformed", "max_batch")
        if v < 1:
            return found("malformed", "max_batch")
        if v > 2000:
            return found("malformed", "max_batch")
    v = o.get("pause_ms")
    if not (v is None):
        if not ((type(v) is int and -SAFE < v < SAFE or is_integer(v))):
            return found("malformed", "pause_ms")
        if v < 0:
            return found("malformed", "pause_ms")
        if v > 3600000:
            return found("malformed", "pause_ms")
    v = o.get("disable_events")
    if not (v is None):
        if not (type(v) is list):
            return found("malformed", "disable_events")
        issue = array_control_disable_events_envelope(v)
        if not (issue is None):
            return at("disable_events", issue)
    return None

def object_control_sample_envelope(o: Any, ordered: Any = None) -> Issue | None:
    v = o.get("default")
    if not (v is None):
        if not ((type(v) is int and -SAFE < v < SAFE or is_number(v))):
            return found("malformed", "default")
        if v < 0.001:
            return found("malformed", "default")
        if v > 1:
            return found("malformed", "default")
    v = o.get("by_event")
    if not (v is None):
        if not (type(v) is dict):
            return found("malformed", "by_event")
        issue = object_control_sample_by_event_envelope(v)
        if not (issue is None):
            return at("by_event", issue)
    return None

def object_control_sample_by_event_envelope(o: Any, ordered: Any = None) -> Issue | None:
    for key, v in o.items() if ordered is None else ordered:
        if not ((type(v) is int and -SAFE < v < SAFE or is_number(v))):
            return first(object_control_sample_by_event_envelope, o, ordered, found("malformed", key))
        if v < 0.001:
            return first(object_control_sample_by_event_envelope, o, ordered, found("malformed", key))
        if v > 1:
            return first(object_control_sample_by_event_envelope, o, ordered, found("malformed", key))
    return None

def array_control_disable_events_envelope(o: Any) -> Issue | None:
    if len(o) > 100:
        return found("malformed", "", 100)
    for i, v in enumerate(o):
        if not (type(v) is str):
            return found("malformed", i)
    return None

def validate_context(o: Any) -> Issue | None:
    v = o
    if not (type(v) is dict):
        return found("bad_type", "")
    issue = object_context(v)
    if not (issue is None):
        return at("", issue)
    return None

def object_context(o: Any, ordered: Any = None) -> Issue | None:
    if len(o) > 100:
        return found("too_many_props", "", 100)
    v = o.get("device_id")
    if not (v is None):
        if not (type(v) is str):
            return found("bad_type", "device_id")
        if not v:
            return found("bad_id", "device_id")
        if not (v.isascii() and '\0' not in v or is_text(v)):
            return found("bad_id", "device_id")
        if (len(v) if v.isascii() else size(v)) > 128:
            return found("bad_id", "device_id", 128)
        if is_denied(v):
            return found("bad_id", "device_id")
    v = o.get("user_id")
    if not (v is None):
        if not (type(v) is str):
            return found("bad_type", "user_id")
        if not v:
            return found("bad_id", "user_id")
        if not (v.isascii() and '\0' not in v or is_text(v)):
            return found("bad_id", "user_id")
        if (len(v) if v.isascii() else size(v)) > 128:
            return found("bad_id", "user_id", 128)
        if is_denied(v):
            return found("bad_id", "user_id")
    v = o.get("session_id")
    if not (v is None):
        if not (type(v) is str):
            return found("bad_type", "session_id")
        if not v:
            return found("bad_id", "session_id")
        if not (v.isascii() and '\0' not in v or is_text(v)):
            return found("bad_id", "session_id")
        if (len(v) if v.isascii() else size(v)) > 128:
            return found("bad_id", "session_id", 128)
        if is_denied(v):
            return found("bad_id", "session_id")
    v = o.get("groups")
    if not (v is None):
        if not (type(v) is dict):
            return found("bad_type", "groups")
        issue = object_groups(v)
        if not (issue is None):
            return at("groups", issue)
    v = o.get("consent")
    if not (v is None):
        if not (type(v) is dict):
            return found("bad_type", "consent")
        issue = object_consent(v)
        if not (issue is None):
            return at("consent", issue)
    v = o.get("gpc")
    if not (v is None):
        if not (type(v) is bool):
            return found("bad_type", "gpc")
    v = o.get("locale")
    if not (v is None):
        if not (type(v) is str):
            return found("bad_type", "locale")
        if not (v.isascii() and '\0' not in v or is_text(v)):
            return found("bad_type", "locale")
        if (len(v) if v.isascii() else size(v)) > 8192:
            return found("too_large", "locale", 8192)
    v = o.get("tz")
    if not (v is None):
        if not (type(v) is str):
            return found("bad_type", "tz")
        if not (v.isascii() and '\0' not in v or is_text(v)):
            return found("bad_type", "tz")
        if (len(v) if v.isascii() else size(v)) > 8192:
            return found("too_large", "tz", 8192)
    v = o.get("ip")
    if not (v is None):
        if not (type(v) is str):
            return found("bad_type", "ip")
        if v not in SET_4:
            return found("bad_type", "ip")
    for key, v in o.items() if ordered is None else ordered:
        if not (key.isascii() and '\0' not in key or is_text(key)):
            return first(object_context, o, ordered, found("bad_type", ""))
        if (len(key) if key.isascii() else size(key)) > 255:
            return first(object_context, o, ordered, found("name_too_long", "", 255))
        if key in SET_5:
            continue
        if type(v) is str:
            if not (v.isascii() and '\0' not in v or is_text(v)):
                return first(object_context, o, ordered, found("bad_type", key))
            if (len(v) if v.isascii() else size(v)) > 8192:
                return first(object_context, o, ordered, found("too_large", key, 8192))
            pass
        elif (type(v) is int and -SAFE < v < SAFE or is_number(v)):
            pass
        elif type(v) is bool:
            pass
        elif v is None:
            pass
        elif type(v) is dict:
            issue = object_value_1(v)
            if not (issue is None):
                return first(object_context, o, ordered, at(key, issue))
            pass
        elif type(v) is list:
            issue = array_value_1(v)
            if not (issue is None):
                return first(object_context, o, ordered, at(key, issue))
            pass
        else:
            return first(object_context, o, ordered, found("bad_type", key))
    return None

def object_groups(o: Any, ordered: Any = None) -> Issue | None:
    if len(o) > 10:
        return found("too_many_props", "", 10)
    for key, v in o.items() if ordered is None else ordered:
        if not (key.isascii() and '\0' not in key or is_text(key)):
            return first(object_groups, o, ordered, found("bad_type", ""))
        if (len(key) if key.isascii() else size(key)) > 255:
            return first(object_groups, o, ordered, found("name_too_long", "", 255))
        if type(v) is str:
            if not v:
                return first(object_groups, o, ordered, found("bad_id", key))
            if not (v.isascii() and '\0' not in v or is_text(v)):
                return first(object_groups, o, ordered, found("bad_id", key))
            if (len(v) if v.isascii() else size(v)) > 128:
                return first(object_groups, o, ordered, found("bad_id", key, 128))
            if is_denied(v):
                return first(object_groups, o, ordered, found("bad_id", key))
            pass
        elif v is None:
            pass
        else:
            return first(object_groups, o, ordered, found("bad_type", key))
    return None

def object_consent(o: Any, ordered: Any = None) -> Issue | None:
    v = o.get("analytics")
    if not (v is None):
        if not (type(v) is str):
            return found("bad_type", "analytics")
        if v not in SET_3:
            return found("bad_type", "analytics")
    v = o.get("ads")
    if not (v is None):
        if not (type(v) is str):
            return found("bad_type", "ads")
        if v not in SET_3:
            return found("bad_type", "ads")
    v = o.get("personalization")
    if not (v is None):
        if not (type(v) is str):
            return found("bad_type", "personalization")
        if v not in SET_3:
            return found("bad_type", "personalization")
    return None

def object_value_1(o: Any, ordered: Any = None) -> Issue | None:
    if len(o) > 255:
        return found("too_many_props", "", 255)
    for key, v in o.items() if ordered is None else ordered:
        if not (key.isascii() and '\0' not in key or is_text(key)):
            return first(object_value_1, o, ordered, found("bad_type", ""))
        if (len(key) if key.isascii() else size(key)) > 255:
            return first(object_value_1, o, ordered, found("name_too_long", "", 255))
        if type(v) is str:
            if not (v.isascii() and '\0' not in v or is_text(v)):
                return first(object_value_1, o, ordered, found("bad_type", key))
            if (len(v) if v.isascii() else size(v)) > 8192:
                return first(object_value_1, o, ordered, found("too_large", key, 8192))
            pass
        elif (type(v) is int and -SAFE < v < SAFE or is_number(v)):
            pass
        elif type(v) is bool:
            pass
        elif v is None:
            pass
        elif type(v) is dict:
            issue = object_value_2(v)
            if not (issue is None):
                return first(object_value_1, o, ordered, at(key, issue))
            pass
        elif type(v) is list:
            issue = array_value_2(v)
            if not (issue is None):
                return first(object_value_1, o, ordered, at(key, issue))
            pass
        else:
            return first(object_value_1, o, ordered, found("bad_type", key))
    return None

def object_value_2(o: Any, ordered: Any = None) -> Issue | None:
    if len(o) > 255:
        return found("too_many_props", "", 255)
    for key, v in o.items() if ordered is None else ordered:
        if not (key.isascii() and '\0' not in key or is_text(key)):
            return first(object_value_2, o, ordered, found("bad_type", ""))
        if (len(key) if key.isascii() else size(key)) > 255:
            return first(object_value_2, o, ordered, found("name_too_long", "", 255))
        if type(v) is str:
            if not (v.isascii() and '\0' not in v or is_text(v)):
                return first(object_value_2, o, ordered, found("bad_type", key))
            if (len(v) if v.isascii() else size(v)) > 8192:
                return first(object_value_2, o, ordered, found("too_large", key, 8192))
            pass
        elif (type(v) is int and -SAFE < v < SAFE or is_number(v)):
            pass
        elif type(v) is bool:
            pass
        elif v is None:
            pass
        elif type(v) is dict:
            issue = object_value_3(v)
            if not (issue is None):
                return first(object_value_2, o, ordered, at(key, issue))
            pass
        elif type(v) is list:
            issue = array_value_3(v)
            if not (issue is None):
                return first(object_value_2, o, ordered, at(key, issue))
            pass
        else:
            return first(object_value_2, o, ordered, found("bad_type", key))
    return None

def object_value_3(o: Any, ordered: Any = None) -> Issue | None:
    if len(o) > 255:
        return found("too_many_props", "", 255)
    for key, v in o.items() if ordered is None else ordered:
        if not (key.isascii() and '\0' not in key or is_text(key)):
            return first(object_value_3, o, ordered, found("bad_type", ""))
        if (len(key) if key.isascii() else size(key)) > 255:
            return first(object_value_3, o, ordered, found("name_too_long", "", 255))
        if type(v) is str:
            if not (v.isascii() and '\0' not in v or is_text(v)):
                return first(object_value_3, o, ordered, found("bad_type", key))
            if (len(v) if v.isascii() else size(v)) > 8192:
                return first(object_value_3, o, ordered, found("too_large", key, 8192))
            pass
        elif (type(v) is int and -SAFE < v < SAFE or is_number(v)):
            pass
        elif type(v) is bool:
            pass
        elif v is None:
            pass
        elif type(v) is dict:
            issue = object_value_4(v)
            if not (issue is None):
                return first(object_value_3, o, ordered, at(key, issue))
            pass
        elif type(v) is list:
            issue = array_value_4(v)
            if not (issue is None):
                return first(object_value_3, o, ordered, at(key, issue))
            pass
        else:
            return first(object_value_3, o, ordered, found("bad_type", key))
    return None

def object_value_4(o: Any, ordered: Any = None) -> Issue | None:
    if len(o) > 255:
        return found("too_many_props", "", 255)
    for key, v in o.items() if ordered is None else ordered:
        if not (key.isascii() and '\0' not in key or is_text(key)):
            return first(object_value_4, o, ordered, found("bad_type", ""))
        if (len(key) if key.isascii() else size(key)) > 255:
            return first(object_value_4, o, ordered, found("name_too_long", "", 255))
        if type(v) is str:
            if not (v.isascii() and '\0' not in v or is_text(v)):
                return first(object_value_4, o, ordered, found("bad_type", key))
            if (len(v) if v.isascii() else size(v)) > 8192:
                return first(object_value_4, o, ordered, found("too_large", key, 8192))
            pass
        elif (type(v) is int and -SAFE < v < SAFE or is_number(v)):
            pass
        elif type(v) is bool:
            pass
        elif v is None:
            pass
        else:
            return first(object_value_4, o, ordered, found("depth", key, 5))
    return None

def array_value_4(o: Any) -> Issue | None:
    if len(o) > 255:
        return found("too_many_props", "", 255)
    for i, v in enumerate(o):
        if type(v) is str:
            if not (v.isascii() and '\0' not in v or is_text(v)):
                return found("bad_type", i)
            if (len(v) if v.isascii() else size(v)) > 8192:
                return found("too_large", i, 8192)
            pass
        elif (type(v) is int and -SAFE < v < SAFE or is_number(v)):
            pass
        elif type(v) is bool:
            pass
        elif v is None:
            pass
        else:
            return found("depth", i, 5)
    return None

def array_value_3(o: Any) -> Issue | None:
    if len(o) > 255:
        return found("too_many_props", "", 255)
    for i, v in enumerate(o):
        if type(v) is str:
            if not (v.isascii() and '\0' not in v or is_text(v)):
                return found("bad_type", i)
            if (len(v) if v.isascii() else size(v)) > 8192:
                return found("too_large", i, 8192)
            pass
        elif (type(v) is int and -SAFE < v < SAFE or is_number(v)):
            pass
        elif type(v) is bool:
            pass
        elif v is None:
            pass
        elif type(v) is dict:
            issue = object_value_4(v)
            if not (issue is None):
                return at(i, issue)
            pass
        elif type(v) is list:
            issue = array_value_4(v)
            if not (issue is None):
                return at(i, issue)
            pass
        else:
            return found("bad_type", i)
    return None

def array_value_2(o: Any) -> Issue | None:
    if len(o) > 255:
        return found("too_many_props", "", 255)
    for i, v in enumerate(o):
        if type(v) is str:
            if not (v.isascii() and '\0' not in v or is_text(v)):
                return found("bad_type", i)
            if (len(v) if v.isascii() else size(v)) > 8192:
                return found("too_large", i, 8192)
            pass
        elif (type(v) is int and -SAFE < v < SAFE or is_number(v)):
            pass
        elif type(v) is bool:
            pass
        elif v is None:
            pass
        elif type(v) is dict:
            issue = object_value_3(v)
            if not (issue is None):
                return at(i, issue)
            pass
        elif type(v) is list:
            issue = array_value_3(v)
            if not (issue is None):
                return at(i, issue)
            pass
        else:
            return found("bad_type", i)
    return None

def array_value_1(o: Any) -> Issue | None:
    if len(o) > 255:
        return found("too_many_props", "", 255)
    for i, v in enumerate(o):
        if type(v) is str:
            if not (v.isascii() and '\0' not in v or is_text(v)):
                return found("bad_type", i)
            if (len(v) if v.isascii() else size(v)) > 8192:
                return found("too_large", i, 8192)
            pass
        elif (type(v) is int and -SAFE < v < SAFE or is_number(v)):
            pass
        elif type(v) is bool:
            pass
        elif v is None:
            pass
        elif type(v) is dict:
            issue = object_value_2(v)
            if not (issue is None):
                return at(i, issue)
            pass
        elif type(v) is list:
            issue = array_value_2(v)
            if not (issue is None):
                return at(i, issue)
            pass
        else:
            return found("bad_type", i)
    return None

def validate_config(o: Any) -> Issue | None:
    v = o
    if not (type(v) is dict):
        return found("malformed", "")
    issue = object_config_envelope(v)
    if not (issue is None):
        return at("", issue)
    return None

def object_config_envelope(o: Any, ordered: Any = None) -> Issue | None:
    v = o.get("v")
    if not (v is None):
        if not ((type(v) is int and -SAFE < v < SAFE or is_integer(v))):
            return found("malformed", "v")
        if v != 1:
            return found("malformed", "v")
    elif v is None:
        return found("malformed", "v")
    v = o.get("control")
    if not (v is None):
        if not (type(v) is dict):
            return found("malformed", "control")
        issue = object_control_envelope(v)
        if not (issue is None):
            return at("control", issue)
    elif v is None:
        return found("malformed", "control")
    v = o.get("flags")
    if not (v is None):
        if not (type(v) is dict):
            return found("malformed", "flags")
        issue = object_config_flags_envelope(v)
        if not (issue is None):
            return at("flags", issue)
    return None

def object_config_flags_envelope(o: Any, ordered: Any = None) -> Issue | None:
    return None

def validate_envelope(o: Any) -> Issue | None:
    v = o
    if not (type(v) is dict):
        return found("malformed", "")
    issue = object_envelope_envelope(v)
    if not (issue is None):
        return at("", issue)
    return None

def object_envelope_envelope(o: Any, ordered: Any = None) -> Issue | None:
    v = o.get("v")
    if not (v is None):
        if not ((type(v) is int and -SAFE < v < SAFE or is_integer(v))):
            return found("malformed", "v")
        if v != 1:
            return found("unsupported_version", "v")
    elif v is None:
        return found("malformed", "v")
    v = o.get("stream")
    if not (v is None):
        if not (type(v) is str):
            return found("malformed", "stream")
        if not REGEX_0.match(v):
            return found("malformed", "stream")
    v = o.get("seq")
    if not (v is None):
        if not ((type(v) is int and -SAFE < v < SAFE or is_integer(v))):
            return found("malformed", "seq")
        if v < 1:
            return found("malformed", "seq")
        if v > 9007199254740991:
            return found("malformed", "seq")
    v = o.get("hwm")
    if not (v is None):
        if not ((type(v) is int and -SAFE < v < SAFE or is_integer(v))):
            return found("malformed", "hwm")
        if v < 0:
            return found("malformed", "hwm")
        if v > 9007199254740991:
            return found("malformed", "hwm")
    v = o.get("fin")
    if not (v is None):
        if not (type(v) is bool):
            return found("malformed", "fin")
    v = o.get("t0")
    if not (v is None):
        if not ((type(v) is int and -SAFE < v < SAFE or is_integer(v))):
            return found("malformed", "t0")
        if v < -9007199254740991:
            return found("malformed", "t0")
        if v > 9007199254740991:
            return found("malformed", "t0")
    elif v is None:
        return found("malformed", "t0")
    v = o.get("clock")
    if not (v is None):
        if not (type(v) is str):
            return found("malformed", "clock")
        if v not in SET_6:
            return found("malformed", "clock")
    v = o.get("ctx")
    if not (v is None):
        if not (type(v) is dict):
            return found("malformed", "ctx")
        issue = object_envelope_ctx_envelope(v)
        if not (issue is None):
            return at("ctx", issue)
    v = o.get("events")
    if not (v is None):
        if not (type(v) is list):
            return found("malformed", "events")
        issue = array_envelope_events_envelope(v)
        if not (issue is None):
            return at("events", issue)
    elif v is None:
        return found("malformed", "events")
    v = o.get("drops")
    if not (v is None):
        if not (type(v) is list):
            return found("malformed", "drops")
        issue = array_envelope_drops_envelope(v)
        if not (issue is None):
            return at("drops", issue)
    if not (o.get("stream") is None):
        if o.get("seq") is None:
            return found("malformed", "seq")
        if o.get("hwm") is None:
            return found("malformed", "hwm")
    if not hwm_covers_events(o):
        return found("malformed", "hwm")
    if not drops_fit_stream(o):
        return found("malformed", "drops")
    return None

def object_envelope_ctx_envelope(o: Any, ordered: Any = None) -> Issue | None:
    return None

def array_envelope_events_envelope(o: Any) -> Issue | None:
    if len(o) > 2000:
        return found("too_many_events", "", 2000)
    return None

def array_envelope_drops_envelope(o: Any) -> Issue | None:
    if len(o) > 100:
        return found("malformed", "", 100)
    for i, v in enumerate(o):
        if not (type(v) is dict):
            return found("malformed", i)
        issue = object_drop_envelope(v)
        if not (issue is None):
            return at(i, issue)
    return None

def object_drop_envelope(o: Any, ordered: Any = None) -> Issue | None:
    v = o.get("reason")
    if not (v is None):
        if not (type(v) is str):
            return found("malformed", "reason")
        if v not in SET_7:
            return found("malformed", "reason")
    elif v is None:
        return found("malformed", "reason")
    v = o.get("ranges")
    if not (v is None):
        if not (type(v) is list):
            return found("malformed", "ranges")
        issue = array_drop_ranges_envelope(v)
        if not (issue is None):
            return at("ranges", issue)
    v = o.get("count")
    if not (v is None):
        if not ((type(v) is int and -SAFE < v < SAFE or is_integer(v))):
            return found("malformed", "count")
        if v < 1:
            return found("malformed", "count")
        if v > 9007199254740991:
            return found("malformed", "count")
    return None

def array_drop_ranges_envelope(o: Any) -> Issue | None:
    if len(o) > 1000:
        return found("malformed", "", 1000)
    if len(o) < 1:
        return found("malformed", "")
    for i, v in enumerate(o):
        if not (type(v) is list):
            return found("malformed", i)
        issue = array_range_envelope(v)
        if not (issue is None):
            return at(i, issue)
    return None

def validate_event(o: Any) -> Issue | None:
    v = o
    if not (type(v) is dict):
        return found("bad_type", "")
    issue = object_event(v)
    if not (issue is None):
        return at("", issue)
    return None

def object_event(o: Any, ordered: Any = None) -> Issue | None:
    v = o.get("k")
    if not (v is None):
        if not (type(v) is str):
            return found("bad_type", "k")
        if v not in SET_8:
            return found("unknown_kind", "k")
    v = o.get("n")
    if not (v is None):
        if not ((type(v) is int and -SAFE < v < SAFE or is_integer(v))):
            return found("bad_type", "n")
        if v < 1:
            return found("bad_id", "n")
        if v > 9007199254740991:
            return found("bad_id", "n")
    v = o.get("id")
    if not (v is None):
        if not (type(v) is str):
            return found("bad_type", "id")
        if not REGEX_2.match(v):
            return found("bad_id", "id")
        if is_denied(v):
            return found("bad_id", "id")
    v = o.get("t")
    if not (v is None):
        if not ((type(v) is int and -SAFE < v < SAFE or is_integer(v))):
            return found("bad_type", "t")
        if v < -9007199254740991:
            return found("bad_type", "t")
        if v > 9007199254740991:
            return found("bad_type", "t")
    v = o.get("dt")
    if not (v is None):
        if not ((type(v) is int and -SAFE < v < SAFE or is_integer(v))):
            return found("bad_type", "dt")
        if v < -9007199254740991:
            return found("bad_type", "dt")
        if v > 9007199254740991:
            return found("bad_type", "dt")
    v = o.get("u")
    if not (v is None):
        if not (type(v) is str):
            return found("bad_type", "u")
        if not v:
            return found("bad_id", "u")
        if not (v.isascii() and '\0' not in v or is_text(v)):
            return found("bad_id", "u")
        if (len(v) if v.isascii() else size(v)) > 128:
            return found("bad_id", "u", 128)
        if is_denied(v):
            return found("bad_id", "u")
    v = o.get("d")
    if not (v is None):
        if not (type(v) is str):
            return found("bad_type", "d")
        if not v:
            return found("bad_id", "d")
        if not (v.isascii() and '\0' not in v or is_text(v)):
            return found("bad_id", "d")
        if (len(v) if v.isascii() else size(v)) > 128:
            return found("bad_id", "d", 128)
        if is_denied(v):
            return found("bad_id", "d")
    v = o.get("s")
    if not (v is None):
        if not (type(v) is str):
            return found("bad_type", "s")
        if not v:
            return found("bad_id", "s")
        if not (v.isascii() and '\0' not in v or is_text(v)):
            return found("bad_id", "s")
        if (len(v) if v.isascii() else size(v)) > 128:
            return found("bad_id", "s", 128)
        if is_denied(v):
            return found("bad_id", "s")
    v = o.get("g")
    if not (v is None):
        if not (type(v) is dict):
            return found("bad_type", "g")
        issue = object_groups(v)
        if not (issue is None):
            return at("g", issue)
    v = o.get("sr")
    if not (v is None):
        if not ((type(v) is int and -SAFE < v < SAFE or is_number(v))):
            return found("bad_type", "sr")
        if v > 1:
            return found("bad_type", "sr")
        if v <= 0:
            return found("bad_type", "sr")
    v = o.get("ctx")
    if not (v is None):
        if not (type(v) is dict):
            return found("bad_type", "ctx")
        issue = object_context(v)
        if not (issue is None):
            return at("ctx", issue)
    if not one_place(o):
        return found("bad_id", "id")
    k = o.get("k")
    if k is None or k == "track":
        return object_track(o)
    if k == "page":
        return object_page(o)
    if k == "screen":
        return object_page(o)
    if k == "identify":
        return object_identify(o)
    if k == "profile":
        return object_profile(o)
    if k == "group":
        return object_group(o)
    if k == "alias":
        return object_alias(o)
    if k == "exposure":
        return object_exposure(o)
    return None

def object_track(o: Any, ordered: Any = None) -> Issue | None:
    v = o.get("e")
    if not (v is None):
        if not (type(v) is str):
            return found("bad_type", "e")
        if not v:
            return found("bad_name", "e")
        if not (v.isprintable() or is_name(v)):
            return found("bad_name", "e")
        if (len(v) if v.isascii() else size(v)) > 200:
            return found("name_too_long", "e", 200)
        if v.startswith('$'):
            return found("reserved_name", "e")
    elif v is None:
        return found("bad_name", "e")
    v = o.get("p")
    if not (v is None):
        if not (type(v) is dict):
            return found("bad_type", "p")
        issue = object_properties(v)
        if not (issue is None):
            return at("p", issue)
    return None

def object_properties(o: Any, ordered: Any = None) -> Issue | None:
    if len(o) > 255:
        return found("too_many_props", "", 255)
    for key, v in o.items() if ordered is None else ordered:
        if not (key.isascii() and '\0' not in key or is_text(key)):
            return first(object_properties, o, ordered, found("bad_type", ""))
        if (len(key) if key.isascii() else size(key)) > 255:
            return first(object_properties, o, ordered, found("name_too_long", "", 255))
        if type(v) is str:
            if not (v.isascii() and '\0' not in v or is_text(v)):
                return first(object_properties, o, ordered, found("bad_type", key))
            if (len(v) if v.isascii() else size(v)) > 8192:
                return first(object_properties, o, ordered, found("too_large", key, 8192))
            pass
        elif (type(v) is int and -SAFE < v < SAFE or is_number(v)):
            pass
        elif type(v) is bool:
            pass
        elif v is None:
            pass
        elif type(v) is dict:
            issue = object_value_1(v)
            if not (issue is None):
                return first(object_properties, o, ordered, at(key, issue))
            pass
        elif type(v) is list:
            issue = array_value_1(v)
            if not (issue is None):
                return first(object_properties, o, ordered, at(key, issue))
            pass
        else:
            return first(object_properties, o, ordered, found("bad_type", key))
    return None

def object_page(o: Any, ordered: Any = None) -> Issue | None:
    v = o.get("e")
    if not (v is None):
        if not (type(v) is str):
            return found("bad_type", "e")
        if not v:
            return found("bad_name", "e")
        if not (v.isprintable() or is_name(v)):
            return found("bad_name", "e")
        if (len(v) if v.isascii() else size(v)) > 200:
            return found("name_too_long", "e", 200)
        if v.startswith('$'):
            return found("reserved_name", "e")
    v = o.get("p")
    if not (v is None):
        if not (type(v) is dict):
            return found("bad_type", "p")
        issue = object_properties(v)
        if not (issue is None):
            return at("p", issue)
    return None

def object_identify(o: Any, ordered: Any = None) -> Issue | None:
    v = o.get("u")
    if not (v is None):
        if not (type(v) is str):
            return found("bad_type", "u")
        if not v:
            return found("bad_id", "u")
        if not (v.isascii() and '\0' not in v or is_text(v)):
            return found("bad_id", "u")
        if (len(v) if v.isascii() else size(v)) > 128:
            return found("bad_id", "u", 128)
        if is_denied(v):
            return found("bad_id", "u")
    elif v is None:
        return found("bad_id", "u")
    v = o.get("ops")
    if not (v is None):
        if not (type(v) is dict):
            return found("bad_type", "ops")
        issue = object_ops(v)
        if not (issue is None):
            return at("ops", issue)
    return None

def object_ops(o: Any, ordered: Any = None) -> Issue | None:
    v = o.get("$set")
    if not (v is None):
        if not (type(v) is dict):
            return found("bad_type", "$set")
        issue = object_properties(v)
        if not (issue is None):
            return at("$set", issue)
    v = o.get("$set_once")
    if not (v is None):
        if not (type(v) is dict):
            return found("bad_type", "$set_once")
        issue = object_properties(v)
        if not (issue is None):
            return at("$set_once", issue)
    v = o.get("$add")
    if not (v is None):
        if not (type(v) is dict):
            return found("bad_type", "$add")
        issue = object_ops_add(v)
        if not (issue is None):
            return at("$add", issue)
    v = o.get("$append")
    if not (v is None):
        if not (type(v) is dict):
            return found("bad_type", "$append")
        issue = object_properties(v)
        if not (issue is None):
            return at("$append", issue)
    v = o.get("$union")
    if not (v is None):
        if not (type(v) is dict):
            return found("bad_type", "$union")
        issue = object_ops_union(v)
        if not (issue is None):
            return at("$union", issue)
    v = o.get("$remove")
    if not (v is None):
        if not (type(v) is dict):
            return found("bad_type", "$remove")
        issue = object_ops_remove(v)
        if not (issue is None):
            return at("$remove", issue)
    v = o.get("$unset")
    if not (v is None):
        if not (type(v) is list):
            return found("bad_type", "$unset")
        issue = array_ops_unset(v)
        if not (issue is None):
            return at("$unset", issue)
    v = o.get("$delete")
    if not (v is None):
        if not (type(v) is bool):
            return found("bad_type", "$delete")
        if v != True:
            return found("bad_type", "$delete")
    for key, v in o.items() if ordered is None else ordered:
        if not (key.isascii() and '\0' not in key or is_text(key)):
            return first(object_ops, o, ordered, found("bad_type", ""))
        if (len(key) if key.isascii() else size(key)) > 255:
            return first(object_ops, o, ordered, found("name_too_long", "", 255))
        if key in SET_9:
            continue
        return first(object_ops, o, ordered, found("unknown_op", key))
    return None

def object_ops_add(o: Any, ordered: Any = None) -> Issue | None:
    if len(o) > 255:
        return found("too_many_props", "", 255)
    for key, v in o.items() if ordered is None else ordered:
        if not (key.isascii() and '\0' not in key or is_text(key)):
            return first(object_ops_add, o, ordered, found("bad_type", ""))
        if (len(key) if key.isascii() else size(key)) > 255:
            return first(object_ops_add, o, ordered, found("name_too_long", "", 255))
        if not ((type(v) is int and -SAFE < v < SAFE or is_number(v))):
            return first(object_ops_add, o, ordered, found("bad_type", key))
    return None

def object_ops_union(o: Any, ordered: Any = None) -> Issue | None:
    if len(o) > 255:
        return found("too_many_props", "", 255)
    for key, v in o.items() if ordered is None else ordered:
        if not (key.isascii() and '\0' not in key or is_text(key)):
            return first(object_ops_union, o, ordered, found("bad_type", ""))
        if (len(key) if key.isascii() else size(key)) > 255:
            return first(object_ops_union, o, ordered, found("name_too_long", "", 255))
        if not (type(v) is list):
            return first(object_ops_union, o, ordered, found("bad_type", key))
        issue = array_ops_union_value(v)
        if not (issue is None):
            return first(object_ops_union, o, ordered, at(key, issue))
    return None

def array_ops_union_value(o: Any) -> Issue | None:
    if len(o) > 255:
        return found("too_many_props", "", 255)
    for i, v in enumerate(o):
        if type(v) is str:
            if not (v.isascii() and '\0' not in v or is_text(v)):
                return found("bad_type", i)
            if (len(v) if v.isascii() else size(v)) > 8192:
                return found("too_large", i, 8192)
            pass
        elif (type(v) is int and -SAFE < v < SAFE or is_number(v)):
            pass
        elif type(v) is bool:
            pass
        elif v is None:
            pass
        else:
            return found("bad_type", i)
    return None

def object_ops_remove(o: Any, ordered: Any = None) -> Issue | None:
    if len(o) > 255:
        return found("too_many_props", "", 255)
    for key, v in o.items() if ordered is None else ordered:
        if not (key.isascii() and '\0' not in key or is_text(key)):
            return first(object_ops_remove, o, ordered, found("bad_type", ""))
        if (len(key) if key.isascii() else size(key)) > 255:
            return first(object_ops_remove, o, ordered, found("name_too_long", "", 255))
        if type(v) is str:
            if not (v.isascii() and '\0' not in v or is_text(v)):
                return first(object_ops_remove, o, ordered, found("bad_type", key))
            if (len(v) if v.isascii() else size(v)) > 8192:
                return first(object_ops_remove, o, ordered, found("too_large", key, 8192))
            pass
        elif (type(v) is int and -SAFE < v < SAFE or is_number(v)):
            pass
        elif type(v) is bool:
            pass
        elif v is None:
            pass
        else:
            return first(object_ops_remove, o, ordered, found("bad_type", key))
    return None

def array_ops_unset(o: Any) -> Issue | None:
    if len(o) > 255:
        return found("too_many_props", "", 255)
    for i, v in enumerate(o):
        if not (type(v) is str):
            return found("bad_type", i)
        if not (v.isascii() and '\0' not in v or is_text(v)):
            return found("bad_type", i)
        if (len(v) if v.isascii() else size(v)) > 255:
            return found("name_too_long", i, 255)
    return None

def object_profile(o: Any, ordered: Any = None) -> Issue | None:
    v = o.get("ops")
    if not (v is None):
        if not (type(v) is dict):
            return found("bad_type", "ops")
        issue = object_ops(v)
        if not (issue is None):
            return at("ops", issue)
    elif v is None:
        return found("bad_type", "ops")
    return None

def object_group(o: Any, ordered: Any = None) -> Issue | None:
    v = o.get("gt")
    if not (v is None):
        if not (type(v) is str):
            return found("bad_type", "gt")
        if not v:
            return found("bad_name", "gt")
        if not (v.isprintable() or is_name(v)):
            return found("bad_name", "gt")
        if (len(v) if v.isascii() else size(v)) > 200:
            return found("name_too_long", "gt", 200)
    elif v is None:
        return found("bad_name", "gt")
    v = o.get("gi")
    if not (v is None):
        if not (type(v) is str):
            return found("bad_type", "gi")
        if not v:
            return found("bad_id", "gi")
        if not (v.isascii() and '\0' not in v or is_text(v)):
            return found("bad_id", "gi")
        if (len(v) if v.isascii() else size(v)) > 128:
            return found("bad_id", "gi", 128)
        if is_denied(v):
            return found("bad_id", "gi")
    elif v is None:
        return found("bad_id", "gi")
    v = o.get("ops")
    if not (v is None):
        if not (type(v) is dict):
            return found("bad_type", "ops")
        issue = object_ops(v)
        if not (issue is None):
            return at("ops", issue)
    return None

def object_alias(o: Any, ordered: Any = None) -> Issue | None:
    v = o.get("from")
    if not (v is None):
        if not (type(v) is str):
            return found("bad_type", "from")
        if not v:
            return found("bad_id", "from")
        if not (v.isascii() and '\0' not in v or is_text(v)):
            return found("bad_id", "from")
        if (len(v) if v.isascii() else size(v)) > 128:
            return found("bad_id", "from", 128)
        if is_denied(v):
            return found("bad_id", "from")
    elif v is None:
        return found("bad_id", "from")
    v = o.get("to")
    if not (v is None):
        if not (type(v) is str):
            return found("bad_type", "to")
        if not v:
            return found("bad_id", "to")
        if not (v.isascii() and '\0' not in v or is_text(v)):
            return found("bad_id", "to")
        if (len(v) if v.isascii() else size(v)) > 128:
            return found("bad_id", "to", 128)
        if is_denied(v):
            return found("bad_id", "to")
    elif v is None:
        return found("bad_id", "to")
    v = o.get("undo")
    if not (v is None):
        if not (type(v) is bool):
            return found("bad_type", "undo")
    return None

def object_exposure(o: Any, ordered: Any = None) -> Issue | None:
    v = o.get("f")
    if not (v is None):
        if not (type(v) is str):
            return found("bad_type", "f")
        if not v:
            return found("bad_name", "f")
        if not (v.isprintable() or is_name(v)):
            return found("bad_name", "f")
        if (len(v) if v.isascii() else size(v)) > 200:
            return found("name_too_long", "f", 200)
    elif v is None:
        return found("bad_name", "f")
    v = o.get("var")
    if not (v is None):
        if not (type(v) is str):
            return found("bad_type", "var")
        if not v:
            return found("bad_name", "var")
        if not (v.isprintable() or is_name(v)):
            return found("bad_name", "var")
        if (len(v) if v.isascii() else size(v)) > 200:
            return found("name_too_long", "var", 200)
    elif v is None:
        return found("bad_name", "var")
    v = o.get("rule")
    if not (v is None):
        if not (type(v) is str):
            return found("bad_type", "rule")
        if not (v.isascii() and '\0' not in v or is_text(v)):
            return found("bad_type", "rule")
        if (len(v) if v.isascii() else size(v)) > 8192:
            return found("too_large", "rule", 8192)
    v = o.get("bucket")
    if not (v is None):
        if not ((type(v) is int and -SAFE < v < SAFE or is_integer(v))):
            return found("bad_type", "bucket")
        if v < 0:
            return found("bad_type", "bucket")
        if v > 99999:
            return found("bad_type", "bucket")
    return None

def validate_flat(o: Any) -> Issue | None:
    v = o
    if not (type(v) is dict):
        return found("bad_type", "")
    issue = object_flat(v)
    if not (issue is None):
        return at("", issue)
    return None

def object_flat(o: Any, ordered: Any = None) -> Issue | None:
    v = o.get("k")
    if not (v is None):
        if not (type(v) is str):
            return found("bad_type", "k")
        if v not in SET_8:
            return found("unknown_kind", "k")
    v = o.get("n")
    if not (v is None):
        if not ((type(v) is int and -SAFE < v < SAFE or is_integer(v))):
            return found("bad_type", "n")
        if v < 1:
            return found("bad_id", "n")
        if v > 9007199254740991:
            return found("bad_id", "n")
    v = o.get("id")
    if not (v is None):
        if not (type(v) is str):
            return found("bad_type", "id")
        if not REGEX_2.match(v):
            return found("bad_id", "id")
        if is_denied(v):
            return found("bad_id", "id")
    v = o.get("t")
    if not (v is None):
        if not ((type(v) is int and -SAFE < v < SAFE or is_integer(v))):
            return found("bad_type", "t")
        if v < -9007199254740991:
            return found("bad_type", "t")
        if v > 9007199254740991:
            return found("bad_type", "t")
    v = o.get("dt")
    if not (v is None):
        if not ((type(v) is int and -SAFE < v < SAFE or is_integer(v))):
            return found("bad_type", "dt")
        if v < -9007199254740991:
            return found("bad_type", "dt")
        if v > 9007199254740991:
            return found("bad_type", "dt")
    v = o.get("u")
    if not (v is None):
        if not (type(v) is str):
            return found("bad_type", "u")
        if not v:
            return found("bad_id", "u")
        if not (v.isascii() and '\0' not in v or is_text(v)):
            return found("bad_id", "u")
        if (len(v) if v.isascii() else size(v)) > 128:
            return found("bad_id", "u", 128)
        if is_denied(v):
            return found("bad_id", "u")
    v = o.get("d")
    if not (v is None):
        if not (type(v) is str):
            return found("bad_type", "d")
        if not v:
            return found("bad_id", "d")
        if not (v.isascii() and '\0' not in v or is_text(v)):
            return found("bad_id", "d")
        if (len(v) if v.isascii() else size(v)) > 128:
            return found("bad_id", "d", 128)
        if is_denied(v):
            return found("bad_id", "d")
    v = o.get("s")
    if not (v is None):
        if not (type(v) is str):
            return found("bad_type", "s")
        if not v:
            return found("bad_id", "s")
        if not (v.isascii() and '\0' not in v or is_text(v)):
            return found("bad_id", "s")
        if (len(v) if v.isascii() else size(v)) > 128:
            return found("bad_id", "s", 128)
        if is_denied(v):
            return found("bad_id", "s")
    v = o.get("g")
    if not (v is None):
        if not (type(v) is dict):
            return found("bad_type", "g")
        issue = object_groups(v)
        if not (issue is None):
            return at("g", issue)
    v = o.get("sr")
    if not (v is None):
        if not ((type(v) is int and -SAFE < v < SAFE or is_number(v))):
            return found("bad_type", "sr")
        if v > 1:
            return found("bad_type", "sr")
        if v <= 0:
            return found("bad_type", "sr")
    v = o.get("ctx")
    if not (v is None):
        if not (type(v) is dict):
            return found("bad_type", "ctx")
        issue = object_context(v)
        if not (issue is None):
            return at("ctx", issue)
    v = o.get("v")
    if not (v is None):
        if not ((type(v) is int and -SAFE < v < SAFE or is_integer(v))):
            return found("bad_type", "v")
        if v != 1:
            return found("unsupported_version", "v")
    v = o.get("stream")
    if not (v is None):
        if not (type(v) is str):
            return found("bad_type", "stream")
        if not REGEX_0.match(v):
            return found("bad_id", "stream")
    v = o.get("b")
    if not (v is None):
        if not ((type(v) is int and -SAFE < v < SAFE or is_integer(v))):
            return found("bad_type", "b")
        if v < 0:
            return found("bad_id", "b")
        if v > 9007199254740991:
            return found("bad_id", "b")
    if not one_place(o):
        return found("bad_id", "id")
    if not stream_has_number(o):
        return found("bad_id", "n")
    if not number_has_stream(o):
        return found("bad_id", "d")
    k = o.get("k")
    if k is None or k == "track":
        return object_track(o)
    if k == "page":
        return object_page(o)
    if k == "screen":
        return object_page(o)
    if k == "identify":
        return object_identify(o)
    if k == "profile":
        return object_profile(o)
    if k == "group":
        return object_group(o)
    if k == "alias":
        return object_alias(o)
    if k == "exposure":
        return object_exposure(o)
    return None

def validate_problem(o: Any) -> Issue | None:
    v = o
    if not (type(v) is dict):
        return found("malformed", "")
    issue = object_problem_envelope(v)
    if not (issue is None):
        return at("", issue)
    return None

def object_problem_envelope(o: Any, ordered: Any = None) -> Issue | None:
    v = o.get("type")
    if not (v is None):
        if not (type(v) is str):
            return found("malformed", "type")
    elif v is None:
        return found("malformed", "type")
    v = o.get("title")
    if not (v is None):
        if not (type(v) is str):
            return found("malformed", "title")
    elif v is None:
        return found("malformed", "title")
    v = o.get("status")
    if not (v is None):
        if not ((type(v) is int and -SAFE < v < SAFE or is_integer(v))):
            return found("malformed", "status")
        if v < 400:
            return found("malformed", "status")
        if v > 599:
            return found("malformed", "status")
    elif v is None:
        return found("malformed", "status")
    v = o.get("code")
    if not (v is None):
        if not (type(v) is str):
            return found("malformed", "code")
        if not v:
            return found("malformed", "code")
    elif v is None:
        return found("malformed", "code")
    v = o.get("retryable")
    if not (v is None):
        if not (type(v) is bool):
            return found("malformed", "retryable")
    elif v is None:
        return found("malformed", "retryable")
    v = o.get("retry_after_ms")
    if not (v is None):
        if not ((type(v) is int and -SAFE < v < SAFE or is_integer(v))):
            return found("malformed", "retry_after_ms")
        if v < 0:
            return found("malformed", "retry_after_ms")
        if v > 9007199254740991:
            return found("malformed", "retry_after_ms")
    v = o.get("detail")
    if not (v is None):
        if not (type(v) is str):
            return found("malformed", "detail")
    v = o.get("path")
    if not (v is None):
        if not (type(v) is str):
            return found("malformed", "path")
    v = o.get("errors")
    if not (v is None):
        if not (type(v) is list):
            return found("malformed", "errors")
        issue = array_problem_errors_envelope(v)
        if not (issue is None):
            return at("errors", issue)
    return None

def array_problem_errors_envelope(o: Any) -> Issue | None:
    for i, v in enumerate(o):
        if not (type(v) is dict):
            return found("malformed", i)
        issue = object_error_envelope(v)
        if not (issue is None):
            return at(i, issue)
    return None

def object_error_envelope(o: Any, ordered: Any = None) -> Issue | None:
    v = o.get("code")
    if not (v is None):
        if not (type(v) is str):
            return found("malformed", "code")
        if not v:
            return found("malformed", "code")
    elif v is None:
        return found("malformed", "code")
    v = o.get("path")
    if not (v is None):
        if not (type(v) is str):
            return found("malformed", "path")
    elif v is None:
        return found("malformed", "path")
    v = o.get("limit")
    if not (v is None):
        if not ((type(v) is int and -SAFE < v < SAFE or is_integer(v))):
            return found("malformed", "limit")
        if v < 0:
            return found("malformed", "limit")
        if v > 9007199254740991:
            return found("malformed", "limit")
    return None

def validate_spec(o: Any) -> Issue | None:
    v = o
    if not (type(v) is dict):
        return found("malformed", "")
    issue = object_spec_envelope(v)
    if not (issue is None):
        return at("", issue)
    return None

def object_spec_envelope(o: Any, ordered: Any = None) -> Issue | None:
    v = o.get("version")
    if not (v is None):
        if not (type(v) is str):
            return found("malformed", "version")
        if not REGEX_10.match(v):
            return found("malformed", "version")
    elif v is None:
        return found("malformed", "version")
    v = o.get("sha256")
    if not (v is None):
        if not (type(v) is str):
            return found("malformed", "sha256")
        if not REGEX_11.match(v):
            return found("malformed", "sha256")
    elif v is None:
        return found("malformed", "sha256")
    v = o.get("limits")
    if not (v is None):
        if not (type(v) is dict):
            return found("malformed", "limits")
        issue = object_spec_limits_envelope(v)
        if not (issue is None):
            return at("limits", issue)
    elif v is None:
        return found("malformed", "limits")
    v = o.get("codes")
    if not (v is None):
        if not (type(v) is dict):
            return found("malformed", "codes")
        issue = object_spec_codes_envelope(v)
        if not (issue is None):
            return at("codes", issue)
    elif v is None:
        return found("malformed", "codes")
    v = o.get("features")
    if not (v is None):
        if not (type(v) is list):
            return found("malformed", "features")
        issue = array_spec_features_envelope(v)
        if not (issue is None):
            return at("features", issue)
    elif v is None:
        return found("malformed", "features")
    return None

def object_spec_limits_envelope(o: Any, ordered: Any = None) -> Issue | None:
    for key, v in o.items() if ordered is None else ordered:
        if not ((type(v) is int and -SAFE < v < SAFE or is_integer(v))):
            return first(object_spec_limits_envelope, o, ordered, found("malformed", key))
        if v < 0:
            return first(object_spec_limits_envelope, o, ordered, found("malformed", key))
        if v > 9007199254740991:
            return first(object_spec_limits_envelope, o, ordered, found("malformed", key))
    return None

def object_spec_codes_envelope(o: Any, ordered: Any = None) -> Issue | None:
    return None

def array_spec_features_envelope(o: Any) -> Issue | None:
    for i, v in enumerate(o):
        if not (type(v) is str):
            return found("malformed", i)
    return None

def validate_stream_state(o: Any) -> Issue | None:
    v = o
    if not (type(v) is dict):
        return found("malformed", "")
    issue = object_stream_state_envelope(v)
    if not (issue is None):
        return at("", issue)
    return None

def object_stream_state_envelope(o: Any, ordered: Any = None) -> Issue | None:
    v = o.get("v")
    if not (v is None):
        if not ((type(v) is int and -SAFE < v < SAFE or is_integer(v))):
            return found("malformed", "v")
        if v != 1:
            return found("malformed", "v")
    elif v is None:
        return found("malformed", "v")
    v = o.get("stream")
    if not (v is None):
        if not (type(v) is str):
            return found("malformed", "stream")
        if not REGEX_0.match(v):
            return found("malformed", "stream")
    elif v is None:
        return found("malformed", "stream")
    v = o.get("known")
    if not (v is None):
        if not (type(v) is bool):
            return found("malformed", "known")
    elif v is None:
        return found("malformed", "known")
    v = o.get("ack")
    if not (v is None):
        if not (type(v) is dict):
            return found("malformed", "ack")
        issue = object_ack_envelope(v)
        if not (issue is None):
            return at("ack", issue)
    elif v is None:
        return found("malformed", "ack")
    v = o.get("hwm")
    if not (v is None):
        if not ((type(v) is int and -SAFE < v < SAFE or is_integer(v))):
            return found("malformed", "hwm")
        if v < 0:
            return found("malformed", "hwm")
        if v > 9007199254740991:
            return found("malformed", "hwm")
    elif v is None:
        return found("malformed", "hwm")
    v = o.get("fin")
    if not (v is None):
        if not (type(v) is bool):
            return found("malformed", "fin")
    elif v is None:
        return found("malformed", "fin")
    v = o.get("open_ended")
    if not (v is None):
        if not (type(v) is bool):
            return found("malformed", "open_ended")
    elif v is None:
        return found("malformed", "open_ended")
    v = o.get("stored")
    if not (v is None):
        if not ((type(v) is int and -SAFE < v < SAFE or is_integer(v))):
            return found("malformed", "stored")
        if v < 0:
            return found("malformed", "stored")
        if v > 9007199254740991:
            return found("malformed", "stored")
    elif v is None:
        return found("malformed", "stored")
    v = o.get("rejected")
    if not (v is None):
        if not (type(v) is dict):
            return found("malformed", "rejected")
        issue = object_stream_state_rejected_envelope(v)
        if not (issue is None):
            return at("rejected", issue)
    elif v is None:
        return found("malformed", "rejected")
    v = o.get("dropped")
    if not (v is None):
        if not (type(v) is dict):
            return found("malformed", "dropped")
        issue = object_stream_state_dropped_envelope(v)
        if not (issue is None):
            return at("dropped", issue)
    elif v is None:
        return found("malformed", "dropped")
    v = o.get("unaccounted")
    if not (v is None):
        if not ((type(v) is int and -SAFE < v < SAFE or is_integer(v))):
            return found("malformed", "unaccounted")
        if v < 0:
            return found("malformed", "unaccounted")
        if v > 9007199254740991:
            return found("malformed", "unaccounted")
    elif v is None:
        return found("malformed", "unaccounted")
    v = o.get("first_seen")
    if not (v is None):
        if not ((type(v) is int and -SAFE < v < SAFE or is_integer(v))):
            return found("malformed", "first_seen")
        if v < -9007199254740991:
            return found("malformed", "first_seen")
        if v > 9007199254740991:
            return found("malformed", "first_seen")
    v = o.get("last_seen")
    if not (v is None):
        if not ((type(v) is int and -SAFE < v < SAFE or is_integer(v))):
            return found("malformed", "last_seen")
        if v < -9007199254740991:
            return found("malformed", "last_seen")
        if v > 9007199254740991:
            return found("malformed", "last_seen")
    v = o.get("now")
    if not (v is None):
        if not ((type(v) is int and -SAFE < v < SAFE or is_integer(v))):
            return found("malformed", "now")
        if v < -9007199254740991:
            return found("malformed", "now")
        if v > 9007199254740991:
            return found("malformed", "now")
    elif v is None:
        return found("malformed", "now")
    return None

def object_stream_state_rejected_envelope(o: Any, ordered: Any = None) -> Issue | None:
    for key, v in o.items() if ordered is None else ordered:
        if not ((type(v) is int and -SAFE < v < SAFE or is_integer(v))):
            return first(object_stream_state_rejected_envelope, o, ordered, found("malformed", key))
        if v < 0:
            return first(object_stream_state_rejected_envelope, o, ordered, found("malformed", key))
        if v > 9007199254740991:
            return first(object_stream_state_rejected_envelope, o, ordered, found("malformed", key))
    return None

def object_stream_state_dropped_envelope(o: Any, ordered: Any = None) -> Issue | None:
    for key, v in o.items() if ordered is None else ordered:
        if not ((type(v) is int and -SAFE < v < SAFE or is_integer(v))):
            return first(object_stream_state_dropped_envelope, o, ordered, found("malformed", key))
        if v < 0:
            return first(object_stream_state_dropped_envelope, o, ordered, found("malformed", key))
        if v > 9007199254740991:
            return first(object_stream_state_dropped_envelope, o, ordered, found("malformed", key))
    return None
