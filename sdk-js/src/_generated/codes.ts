// Codes, kinds and operations. Generated from sdk-protocol/spec; run `python -m generate` instead of editing.

export const VERDICTS = {
  "bad_id": {"code": "bad_id", "retryable": false, "loss": true, "text": "an id is missing, malformed, too long or on the deny list"},
  "bad_name": {"code": "bad_name", "retryable": false, "loss": true, "text": "the name is missing, empty or holds control characters"},
  "name_too_long": {"code": "name_too_long", "retryable": false, "loss": true, "text": "a name or a property key is longer than its limit"},
  "bad_time": {"code": "bad_time", "retryable": false, "loss": true, "text": "the time lies more than a day ahead"},
  "too_old": {"code": "too_old", "retryable": false, "loss": true, "text": "the time lies further back than this endpoint takes"},
  "too_large": {"code": "too_large", "retryable": false, "loss": true, "text": "the event, its context or one of its strings is larger than its limit"},
  "too_many_props": {"code": "too_many_props", "retryable": false, "loss": true, "text": "an object or array has more members than its limit"},
  "depth": {"code": "depth", "retryable": false, "loss": true, "text": "objects and arrays are nested too deeply"},
  "bad_type": {"code": "bad_type", "retryable": false, "loss": true, "text": "a value has the wrong JSON type or cannot be stored"},
  "unknown_kind": {"code": "unknown_kind", "retryable": false, "loss": true, "text": "this server does not know the kind of event"},
  "unknown_op": {"code": "unknown_op", "retryable": false, "loss": true, "text": "this server does not know the profile operation"},
  "reserved_name": {"code": "reserved_name", "retryable": false, "loss": true, "text": "event names that begin with $ are reserved"},
  "consent_missing": {"code": "consent_missing", "retryable": false, "loss": false, "text": "the person denied analytics"},
  "key_policy": {"code": "key_policy", "retryable": false, "loss": true, "text": "the key may not send this kind of event"},
  "schema_mismatch": {"code": "schema_mismatch", "retryable": false, "loss": true, "text": "the event does not fit the project's tracking plan"},
  "quota": {"code": "quota", "retryable": true, "loss": false, "text": "the project's quota is used up, send it again later"},
  "conflict": {"code": "conflict", "retryable": false, "loss": true, "text": "the same sequence number or id is stored with other content, the first write stays"},
  "internal": {"code": "internal", "retryable": true, "loss": false, "text": "the server failed on this event, send it again later"},
} as const;

export const WARNINGS = {
  "time_clamped": {"code": "time_clamped", "text": "the time lay ahead of the arrival by at most a day and was set to it"},
} as const;

export const PROBLEMS = {
  "malformed": {"code": "malformed", "status": 400, "retryable": false, "title": "The body is not a valid envelope", "text": "the body is not JSON or a field of the envelope is wrong; errors names it"},
  "unsupported_version": {"code": "unsupported_version", "status": 400, "retryable": false, "title": "Unsupported protocol version", "text": "this server speaks other major versions than the one in v"},
  "auth_conflict": {"code": "auth_conflict", "status": 400, "retryable": false, "title": "Two different keys", "text": "the Authorization header and k name different keys"},
  "bad_parameter": {"code": "bad_parameter", "status": 400, "retryable": false, "title": "A parameter is wrong", "text": "a query parameter or path segment is malformed"},
  "key_missing": {"code": "key_missing", "status": 401, "retryable": false, "title": "No key", "text": "the request carries no key"},
  "key_unknown": {"code": "key_unknown", "status": 401, "retryable": false, "title": "Unknown key", "text": "the key does not exist, is malformed or was revoked"},
  "secret_in_browser": {"code": "secret_in_browser", "status": 401, "retryable": false, "title": "Secret key in a browser", "text": "a secret key came with an Origin header; revoke it"},
  "quota_exceeded": {"code": "quota_exceeded", "status": 402, "retryable": true, "title": "Quota used up", "text": "the project's quota is used up"},
  "forbidden": {"code": "forbidden", "status": 403, "retryable": false, "title": "The key may not do this", "text": "this kind of key has no access to the endpoint"},
  "origin_denied": {"code": "origin_denied", "status": 403, "retryable": false, "title": "Origin not allowed", "text": "the key's policy does not list the page's origin"},
  "not_found": {"code": "not_found", "status": 404, "retryable": false, "title": "No such resource", "text": "there is nothing at this path"},
  "method_not_allowed": {"code": "method_not_allowed", "status": 405, "retryable": false, "title": "Method not allowed", "text": "the path exists but not for this method"},
  "request_timeout": {"code": "request_timeout", "status": 408, "retryable": true, "title": "The request took too long", "text": "the body did not arrive in time"},
  "too_large": {"code": "too_large", "status": 413, "retryable": false, "title": "The body is too large", "text": "the body, inflated or not, is above its limit; send it in halves"},
  "too_many_events": {"code": "too_many_events", "status": 413, "retryable": false, "title": "Too many events", "text": "the batch has more events than the limit; send it in halves"},
  "url_too_long": {"code": "url_too_long", "status": 414, "retryable": false, "title": "The URL is too long", "text": "the URL of a single event is above its limit"},
  "unsupported_media_type": {"code": "unsupported_media_type", "status": 415, "retryable": false, "title": "Unsupported content type or encoding", "text": "send application/json, text/plain or application/x-ndjson, as identity or gzip"},
  "event_rejected": {"code": "event_rejected", "status": 422, "retryable": false, "title": "The event was rejected", "text": "the single event got a verdict; errors holds it"},
  "bad_question": {"code": "bad_question", "status": 422, "retryable": false, "title": "The question cannot be answered", "text": "a field of the report's question is wrong; errors names it"},
  "rate_limited": {"code": "rate_limited", "status": 429, "retryable": true, "title": "Too many requests", "text": "the key's rate is used up, send again after Retry-After"},
  "quota": {"code": "quota", "status": 429, "retryable": true, "title": "Quota used up", "text": "the project's quota is used up, send again after Retry-After"},
  "headers_too_large": {"code": "headers_too_large", "status": 431, "retryable": false, "title": "The headers are too large", "text": "the request's headers are above the server's limit"},
  "internal": {"code": "internal", "status": 500, "retryable": true, "title": "Internal error", "text": "the server failed; the request id finds the reason in its log"},
  "not_implemented": {"code": "not_implemented", "status": 501, "retryable": false, "title": "Not built yet", "text": "this profile of the protocol is specified but not part of this server"},
  "overloaded": {"code": "overloaded", "status": 503, "retryable": true, "title": "Overloaded", "text": "the server takes no more work now, send again after Retry-After"},
  "disk_full": {"code": "disk_full", "status": 503, "retryable": true, "title": "Disk full", "text": "the server cannot write"},
  "store_busy": {"code": "store_busy", "status": 503, "retryable": true, "title": "Store busy", "text": "the database cannot take the write now"},
  "stopping": {"code": "stopping", "status": 503, "retryable": true, "title": "Stopping", "text": "the server is being stopped"},
  "not_ready": {"code": "not_ready", "status": 503, "retryable": true, "title": "Not ready", "text": "the server is starting or cannot reach its store"},
  "query_timeout": {"code": "query_timeout", "status": 504, "retryable": true, "title": "The report took too long", "text": "the question ran into the time limit for reports"},
} as const;

export const DROPS = {
  "queue_overflow": {"reason": "queue_overflow", "text": "the queue or spool was full"},
  "expired": {"reason": "expired", "text": "the event grew older than max_age before it could be sent"},
  "sampled": {"reason": "sampled", "text": "the control block's sampling left it out"},
  "hook": {"reason": "hook", "text": "the application's before-send hook returned nothing"},
  "too_large": {"reason": "too_large", "text": "the event is above its size limit"},
  "unserialisable": {"reason": "unserialisable", "text": "the event could not be written as JSON"},
  "send_rejected": {"reason": "send_rejected", "text": "the server refused the batch that held only this event"},
  "storage_error": {"reason": "storage_error", "text": "the spool lost or could not write it"},
  "shutdown_deadline": {"reason": "shutdown_deadline", "text": "the process ended before it could be sent or spooled"},
  "consent_withdrawn": {"reason": "consent_withdrawn", "text": "consent was withdrawn before it was sent"},
  "reset": {"reason": "reset", "text": "the client was reset before it was sent"},
  "sdk_error": {"reason": "sdk_error", "text": "the SDK failed on it"},
} as const;

export const KINDS = {
  "track": {"kind": "track", "public": true, "fields": ["e", "p"], "text": "something happened"},
  "page": {"kind": "page", "public": true, "fields": ["e", "p"], "text": "a page was seen, stored as $page"},
  "screen": {"kind": "screen", "public": true, "fields": ["e", "p"], "text": "a screen of an app was seen, stored as $screen"},
  "identify": {"kind": "identify", "public": true, "fields": ["u", "d", "ops"], "text": "links the device to the user from that time on"},
  "profile": {"kind": "profile", "public": true, "fields": ["u", "d", "ops"], "text": "changes a user's or device's profile"},
  "group": {"kind": "group", "public": true, "fields": ["gt", "gi", "ops"], "text": "changes a group's profile"},
  "alias": {"kind": "alias", "public": false, "fields": ["from", "to", "undo"], "text": "declares two user ids the same, or with undo no longer"},
  "exposure": {"kind": "exposure", "public": true, "fields": ["f", "var", "rule", "bucket"], "text": "a unit met a variant of a flag"},
} as const;

export const OPS = {
  "$set": {"op": "$set", "public": true, "value": "object", "rule": "last writer per key"},
  "$set_once": {"op": "$set_once", "public": true, "value": "object", "rule": "only where the key has no value"},
  "$add": {"op": "$add", "public": true, "value": "object of finite numbers", "rule": "sum; a value that is no number stays"},
  "$append": {"op": "$append", "public": true, "value": "object", "rule": "added to the end of the list, at most 255, oldest trimmed"},
  "$union": {"op": "$union", "public": true, "value": "object of arrays of scalars", "rule": "added where the list does not hold it"},
  "$remove": {"op": "$remove", "public": true, "value": "object of scalars", "rule": "removed from the list"},
  "$unset": {"op": "$unset", "public": true, "value": "array of keys", "rule": "the key has no value"},
  "$delete": {"op": "$delete", "public": false, "value": "true", "rule": "the profile has no values"},
} as const;

export const HEADERS = {
  "Authorization": {"header": "Authorization", "direction": "request", "query": "k", "exposed": false, "rule": "TM-AUTH-01", "text": "Bearer and the key"},
  "Content-Type": {"header": "Content-Type", "direction": "request", "query": null, "exposed": false, "rule": "TM-HDR-06", "text": "application/json, text/plain or none for JSON, application/x-ndjson for lines"},
  "Content-Encoding": {"header": "Content-Encoding", "direction": "request", "query": null, "exposed": false, "rule": "TM-HDR-05", "text": "identity or gzip"},
  "Tallymark-Sent-At": {"header": "Tallymark-Sent-At", "direction": "request", "query": "st", "exposed": false, "rule": "TM-HDR-03", "text": "ms since 1970 of this attempt, from the client's clock"},
  "Tallymark-SDK": {"header": "Tallymark-SDK", "direction": "request", "query": null, "exposed": false, "rule": "TM-HDR-04", "text": "name/semver, at most 64 bytes"},
  "Tallymark-Attempt": {"header": "Tallymark-Attempt", "direction": "request", "query": null, "exposed": false, "rule": "TM-HDR-04", "text": "1 for the first attempt of these bytes"},
  "Prefer": {"header": "Prefer", "direction": "request", "query": null, "exposed": false, "rule": "TM-EPT-03", "text": "return=representation (single events), receipt"},
  "If-None-Match": {"header": "If-None-Match", "direction": "request", "query": "etag", "exposed": false, "rule": "TM-EPT-08", "text": "the control block or the definitions the client has"},
  "Sec-GPC": {"header": "Sec-GPC", "direction": "request", "query": null, "exposed": false, "rule": "TM-CON-02", "text": "1 denies ads and personalization"},
  "Origin": {"header": "Origin", "direction": "request", "query": null, "exposed": false, "rule": "TM-AUTH-02", "text": "sent by browsers, checked against the key's policy"},
  "Tallymark-Ack": {"header": "Tallymark-Ack", "direction": "answer", "query": null, "exposed": true, "rule": "TM-ACK-01", "text": "1; s=<first 8 of stream>; upto=<n>, or * for both without a stream"},
  "Tallymark-Request-Id": {"header": "Tallymark-Request-Id", "direction": "answer", "query": null, "exposed": true, "rule": "TM-ERR-02", "text": "found in the server's log"},
  "Retry-After": {"header": "Retry-After", "direction": "answer", "query": null, "exposed": true, "rule": "TM-ERR-03", "text": "seconds or an HTTP date"},
  "Date": {"header": "Date", "direction": "answer", "query": null, "exposed": true, "rule": "TM-HDR-02", "text": "the server's clock"},
  "ETag": {"header": "ETag", "direction": "answer", "query": null, "exposed": false, "rule": "TM-EPT-08", "text": "names the control block"},
  "Allow": {"header": "Allow", "direction": "answer", "query": null, "exposed": false, "rule": "TM-EPT-11", "text": "the methods a path has"},
  "WWW-Authenticate": {"header": "WWW-Authenticate", "direction": "answer", "query": null, "exposed": false, "rule": "TM-AUTH-01", "text": "Bearer, with 401"},
} as const;

export const CONTROL = {
  "etag": {"field": "etag", "type": "string", "min": 1, "max": 64, "default": null, "text": "names this version of the block"},
  "ttl_s": {"field": "ttl_s", "type": "integer", "min": 1, "max": 86400, "default": 3600, "text": "seconds after which the defaults hold again"},
  "sample": {"field": "sample", "type": "object", "min": 0.001, "max": 1, "default": 1, "text": "rates under default and, by name of event, by_event"},
  "flush_ms": {"field": "flush_ms", "type": "integer", "min": 100, "max": 600000, "default": 5000, "text": "time between flushes"},
  "max_batch": {"field": "max_batch", "type": "integer", "min": 1, "max": 2000, "default": 500, "text": "events of one batch"},
  "pause_ms": {"field": "pause_ms", "type": "integer", "min": 0, "max": 3600000, "default": 0, "text": "nothing is sent for that long"},
  "disable_events": {"field": "disable_events", "type": "array", "min": 0, "max": 100, "default": null, "text": "names the SDK does not record: each call is declared as sampled"},
} as const;

