"""Codes, kinds, operations and headers. Generated from spec/; run `python -m generate` instead of editing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True)
class VerdictCode:
    """What can be wrong with one event."""

    code: str
    retryable: bool
    loss: bool
    text: str


VERDICTS: Final[Mapping[str, VerdictCode]] = MappingProxyType({
    'bad_id': VerdictCode('bad_id', False, True, 'an id is missing, malformed, too long or on the deny list'),
    'bad_name': VerdictCode('bad_name', False, True, 'the name is missing, empty or holds control characters'),
    'name_too_long': VerdictCode('name_too_long', False, True, 'a name or a property key is longer than its limit'),
    'bad_time': VerdictCode('bad_time', False, True, 'the time lies more than a day ahead'),
    'too_old': VerdictCode('too_old', False, True, 'the time lies further back than this endpoint takes'),
    'too_large': VerdictCode('too_large', False, True, 'the event, its context or one of its strings is larger than its limit'),
    'too_many_props': VerdictCode('too_many_props', False, True, 'an object or array has more members than its limit'),
    'depth': VerdictCode('depth', False, True, 'objects and arrays are nested too deeply'),
    'bad_type': VerdictCode('bad_type', False, True, 'a value has the wrong JSON type or cannot be stored'),
    'unknown_kind': VerdictCode('unknown_kind', False, True, 'this server does not know the kind of event'),
    'unknown_op': VerdictCode('unknown_op', False, True, 'this server does not know the profile operation'),
    'reserved_name': VerdictCode('reserved_name', False, True, 'event names that begin with $ are reserved'),
    'consent_missing': VerdictCode('consent_missing', False, False, 'the person denied analytics'),
    'key_policy': VerdictCode('key_policy', False, True, 'the key may not send this kind of event'),
    'schema_mismatch': VerdictCode('schema_mismatch', False, True, "the event does not fit the project's tracking plan"),
    'quota': VerdictCode('quota', True, False, "the project's quota is used up, send it again later"),
    'conflict': VerdictCode('conflict', False, True, 'the same sequence number or id is stored with other content, the first write stays'),
    'internal': VerdictCode('internal', True, False, 'the server failed on this event, send it again later'),
})

@dataclass(frozen=True, slots=True)
class WarningCode:
    """What can be odd about a stored event."""

    code: str
    text: str


WARNINGS: Final[Mapping[str, WarningCode]] = MappingProxyType({
    'time_clamped': WarningCode('time_clamped', 'the time lay ahead of the arrival by at most a day and was set to it'),
})

@dataclass(frozen=True, slots=True)
class ProblemCode:
    """What can be wrong with a request."""

    code: str
    status: int
    retryable: bool
    title: str
    text: str


PROBLEMS: Final[Mapping[str, ProblemCode]] = MappingProxyType({
    'malformed': ProblemCode('malformed', 400, False, 'The body is not a valid envelope', 'the body is not JSON or a field of the envelope is wrong; errors names it'),
    'unsupported_version': ProblemCode('unsupported_version', 400, False, 'Unsupported protocol version', 'this server speaks other major versions than the one in v'),
    'auth_conflict': ProblemCode('auth_conflict', 400, False, 'Two different keys', 'the Authorization header and k name different keys'),
    'bad_parameter': ProblemCode('bad_parameter', 400, False, 'A parameter is wrong', 'a query parameter or path segment is malformed'),
    'key_missing': ProblemCode('key_missing', 401, False, 'No key', 'the request carries no key'),
    'key_unknown': ProblemCode('key_unknown', 401, False, 'Unknown key', 'the key does not exist, is malformed or was revoked'),
    'secret_in_browser': ProblemCode('secret_in_browser', 401, False, 'Secret key in a browser', 'a secret key came with an Origin header; revoke it'),
    'quota_exceeded': ProblemCode('quota_exceeded', 402, True, 'Quota used up', "the project's quota is used up"),
    'forbidden': ProblemCode('forbidden', 403, False, 'The key may not do this', 'this kind of key has no access to the endpoint'),
    'origin_denied': ProblemCode('origin_denied', 403, False, 'Origin not allowed', "the key's policy does not list the page's origin"),
    'not_found': ProblemCode('not_found', 404, False, 'No such resource', 'there is nothing at this path'),
    'method_not_allowed': ProblemCode('method_not_allowed', 405, False, 'Method not allowed', 'the path exists but not for this method'),
    'request_timeout': ProblemCode('request_timeout', 408, True, 'The request took too long', 'the body did not arrive in time'),
    'too_large': ProblemCode('too_large', 413, False, 'The body is too large', 'the body, inflated or not, is above its limit; send it in halves'),
    'too_many_events': ProblemCode('too_many_events', 413, False, 'Too many events', 'the batch has more events than the limit; send it in halves'),
    'url_too_long': ProblemCode('url_too_long', 414, False, 'The URL is too long', 'the URL of a single event is above its limit'),
    'unsupported_media_type': ProblemCode('unsupported_media_type', 415, False, 'Unsupported content type or encoding', 'send application/json, text/plain or application/x-ndjson, as identity or gzip'),
    'event_rejected': ProblemCode('event_rejected', 422, False, 'The event was rejected', 'the single event got a verdict; errors holds it'),
    'bad_question': ProblemCode('bad_question', 422, False, 'The question cannot be answered', "a field of the report's question is wrong; errors names it"),
    'rate_limited': ProblemCode('rate_limited', 429, True, 'Too many requests', "the key's rate is used up, send again after Retry-After"),
    'quota': ProblemCode('quota', 429, True, 'Quota used up', "the project's quota is used up, send again after Retry-After"),
    'headers_too_large': ProblemCode('headers_too_large', 431, False, 'The headers are too large', "the request's headers are above the server's limit"),
    'internal': ProblemCode('internal', 500, True, 'Internal error', 'the server failed; the request id finds the reason in its log'),
    'not_implemented': ProblemCode('not_implemented', 501, False, 'Not built yet', 'this profile of the protocol is specified but not part of this server'),
    'overloaded': ProblemCode('overloaded', 503, True, 'Overloaded', 'the server takes no more work now, send again after Retry-After'),
    'disk_full': ProblemCode('disk_full', 503, True, 'Disk full', 'the server cannot write'),
    'store_busy': ProblemCode('store_busy', 503, True, 'Store busy', 'the database cannot take the write now'),
    'stopping': ProblemCode('stopping', 503, True, 'Stopping', 'the server is being stopped'),
    'not_ready': ProblemCode('not_ready', 503, True, 'Not ready', 'the server is starting or cannot reach its store'),
    'query_timeout': ProblemCode('query_timeout', 504, True, 'The report took too long', 'the question ran into the time limit for reports'),
})

@dataclass(frozen=True, slots=True)
class DropReason:
    """Why a producer gave an event up."""

    reason: str
    text: str


DROPS: Final[Mapping[str, DropReason]] = MappingProxyType({
    'queue_overflow': DropReason('queue_overflow', 'the queue or spool was full'),
    'expired': DropReason('expired', 'the event grew older than max_age before it could be sent'),
    'sampled': DropReason('sampled', "the control block's sampling left it out"),
    'hook': DropReason('hook', "the application's before-send hook returned nothing"),
    'too_large': DropReason('too_large', 'the event is above its size limit'),
    'unserialisable': DropReason('unserialisable', 'the event could not be written as JSON'),
    'send_rejected': DropReason('send_rejected', 'the server refused the batch that held only this event'),
    'storage_error': DropReason('storage_error', 'the spool lost or could not write it'),
    'shutdown_deadline': DropReason('shutdown_deadline', 'the process ended before it could be sent or spooled'),
    'consent_withdrawn': DropReason('consent_withdrawn', 'consent was withdrawn before it was sent'),
    'reset': DropReason('reset', 'the client was reset before it was sent'),
    'sdk_error': DropReason('sdk_error', 'the SDK failed on it'),
})

@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of event."""

    kind: str
    public: bool
    fields: tuple[str, ...]
    text: str


KINDS: Final[Mapping[str, Kind]] = MappingProxyType({
    'track': Kind('track', True, ('e', 'p'), 'something happened'),
    'page': Kind('page', True, ('e', 'p'), 'a page was seen, stored as $page'),
    'screen': Kind('screen', True, ('e', 'p'), 'a screen of an app was seen, stored as $screen'),
    'identify': Kind('identify', True, ('u', 'd', 'ops'), 'links the device to the user from that time on'),
    'profile': Kind('profile', True, ('u', 'd', 'ops'), "changes a user's or device's profile"),
    'group': Kind('group', True, ('gt', 'gi', 'ops'), "changes a group's profile"),
    'alias': Kind('alias', False, ('from', 'to', 'undo'), 'declares two user ids the same, or with undo no longer'),
    'exposure': Kind('exposure', True, ('f', 'var', 'rule', 'bucket'), 'a unit met a variant of a flag'),
})

@dataclass(frozen=True, slots=True)
class Op:
    """A profile operation."""

    op: str
    public: bool
    value: str
    rule: str


OPS: Final[Mapping[str, Op]] = MappingProxyType({
    '$set': Op('$set', True, 'object', 'last writer per key'),
    '$set_once': Op('$set_once', True, 'object', 'only where the key has no value'),
    '$add': Op('$add', True, 'object of finite numbers', 'sum; a value that is no number stays'),
    '$append': Op('$append', True, 'object', 'added to the end of the list, at most 255, oldest trimmed'),
    '$union': Op('$union', True, 'object of arrays of scalars', 'added where the list does not hold it'),
    '$remove': Op('$remove', True, 'object of scalars', 'removed from the list'),
    '$unset': Op('$unset', True, 'array of keys', 'the key has no value'),
    '$delete': Op('$delete', False, 'true', 'the profile has no values'),
})

@dataclass(frozen=True, slots=True)
class Header:
    """A header of requests or answers."""

    header: str
    direction: str
    query: None | str
    exposed: bool
    rule: str
    text: str


HEADERS: Final[Mapping[str, Header]] = MappingProxyType({
    'Authorization': Header('Authorization', 'request', 'k', False, 'TM-AUTH-01', 'Bearer and the key'),
    'Content-Type': Header('Content-Type', 'request', None, False, 'TM-HDR-06', 'application/json, text/plain or none for JSON, application/x-ndjson for lines'),
    'Content-Encoding': Header('Content-Encoding', 'request', None, False, 'TM-HDR-05', 'identity or gzip'),
    'Tallymark-Sent-At': Header('Tallymark-Sent-At', 'request', 'st', False, 'TM-HDR-03', "ms since 1970 of this attempt, from the client's clock"),
    'Tallymark-SDK': Header('Tallymark-SDK', 'request', None, False, 'TM-HDR-04', 'name/semver, at most 64 bytes'),
    'Tallymark-Attempt': Header('Tallymark-Attempt', 'request', None, False, 'TM-HDR-04', '1 for the first attempt of these bytes'),
    'Prefer': Header('Prefer', 'request', None, False, 'TM-EPT-03', 'return=representation (single events), receipt'),
    'If-None-Match': Header('If-None-Match', 'request', 'etag', False, 'TM-EPT-08', 'the control block or the definitions the client has'),
    'Sec-GPC': Header('Sec-GPC', 'request', None, False, 'TM-CON-02', '1 denies ads and personalization'),
    'Origin': Header('Origin', 'request', None, False, 'TM-AUTH-02', "sent by browsers, checked against the key's policy"),
    'Tallymark-Ack': Header('Tallymark-Ack', 'answer', None, True, 'TM-ACK-01', '1; s=<first 8 of stream>; upto=<n>, or * for both without a stream'),
    'Tallymark-Request-Id': Header('Tallymark-Request-Id', 'answer', None, True, 'TM-ERR-02', "found in the server's log"),
    'Retry-After': Header('Retry-After', 'answer', None, True, 'TM-ERR-03', 'seconds or an HTTP date'),
    'Date': Header('Date', 'answer', None, True, 'TM-HDR-02', "the server's clock"),
    'ETag': Header('ETag', 'answer', None, False, 'TM-EPT-08', 'names the control block'),
    'Allow': Header('Allow', 'answer', None, False, 'TM-EPT-11', 'the methods a path has'),
    'WWW-Authenticate': Header('WWW-Authenticate', 'answer', None, False, 'TM-AUTH-01', 'Bearer, with 401'),
})

@dataclass(frozen=True, slots=True)
class ControlField:
    """A field of the control block."""

    field: str
    type: str
    min: float | int
    max: int
    default: int | None
    text: str


CONTROL: Final[Mapping[str, ControlField]] = MappingProxyType({
    'etag': ControlField('etag', 'string', 1, 64, None, 'names this version of the block'),
    'ttl_s': ControlField('ttl_s', 'integer', 1, 86400, 3600, 'seconds after which the defaults hold again'),
    'sample': ControlField('sample', 'object', 0.001, 1, 1, 'rates under default and, by name of event, by_event'),
    'flush_ms': ControlField('flush_ms', 'integer', 100, 600000, 5000, 'time between flushes'),
    'max_batch': ControlField('max_batch', 'integer', 1, 2000, 500, 'events of one batch'),
    'pause_ms': ControlField('pause_ms', 'integer', 0, 3600000, 0, 'nothing is sent for that long'),
    'disable_events': ControlField('disable_events', 'array', 0, 100, None, 'names the SDK does not record: each call is declared as sampled'),
})

DROP_REASONS: Final[tuple[str, ...]] = tuple(DROPS)
