// Every limit of TMP/1. Generated from sdk-protocol/spec; run `python -m generate` instead of editing.

/** events of one batch (events, TM-ENV-10) */
export const MAX_EVENTS = 2000;
/** request body as sent (bytes, TM-ENV-12) */
export const MAX_BODY = 1048576;
/** request body after decompression (bytes, TM-ENV-12) */
export const MAX_INFLATED = 10485760;
/** inflated bytes per sent byte above RATIO_FREE_BYTES (ratio, TM-ENV-12) */
export const MAX_INFLATE_RATIO = 200;
/** inflated size below which the ratio is not looked at (bytes, TM-ENV-12) */
export const RATIO_FREE_BYTES = 65536;
/** one event as JSON (bytes, TM-EVT-12) */
export const MAX_EVENT = 65536;
/** what an SDK reads of an answer (bytes, TM-ACK-03) */
export const MAX_ANSWER = 1048576;
/** the shared context as JSON (bytes, TM-CTX-01) */
export const MAX_CTX = 16384;
/** keys of a context (keys, TM-CTX-01) */
export const MAX_CTX_KEYS = 100;
/** entries of a loss report (entries, TM-LED-03) */
export const MAX_DROPS = 100;
/** ranges of one entry of a loss report (ranges, TM-LED-03) */
export const MAX_DROP_RANGES = 1000;
/** settled ranges a collector keeps of one stream above upto (ranges, TM-LED-14) */
export const MAX_RANGES = 10000;
/** highest sequence number and highest integer (number, TM-VAL-02) */
export const MAX_SEQ = 9007199254740991;
/** an event name in UTF-8 (bytes, TM-EVT-05) */
export const MAX_NAME = 200;
/** a user, device, session or group id in UTF-8 (bytes, TM-EVT-06) */
export const MAX_ID = 128;
/** group memberships of one event (keys, TM-EVT-07) */
export const MAX_GROUPS = 10;
/** keys of one object among the properties (keys, TM-EVT-08) */
export const MAX_PROPERTIES = 255;
/** a property key in UTF-8 (bytes, TM-EVT-08) */
export const MAX_KEY = 255;
/** nested objects and arrays counting the properties themselves (levels, TM-EVT-08) */
export const MAX_DEPTH = 5;
/** items of one array among the properties (items, TM-EVT-08) */
export const MAX_ITEMS = 255;
/** a property string in UTF-8 (bytes, TM-EVT-08) */
export const MAX_STRING = 8192;
/** items of a profile list; the oldest are trimmed (items, TM-PRF-05) */
export const MAX_LIST = 255;
/** the Tallymark-SDK header (bytes, TM-HDR-04) */
export const MAX_SDK = 64;
/** the URL of GET /v1/e (bytes, TM-IOT-02) */
export const MAX_URL = 2000;
/** how far ahead a time is clamped instead of refused (ms, TM-CLK-04) */
export const MAX_FUTURE_MS = 86400000;
/** how old an event may be outside imports (ms, TM-CLK-04) */
export const MAX_AGE_MS = 2592000000;
/** skew that is not corrected (ms, TM-CLK-02) */
export const SKEW_TOLERANCE_MS = 2000;
/** silence after which a stream without fin is open-ended (ms, TM-LED-08) */
export const OPEN_ENDED_MS = 86400000;
/** events held in memory while consent is unknown (events, TM-CON-01) */
export const MAX_HOLD = 100;
/** bytes in flight when a page is left (bytes, TM-WEB-01) */
export const MAX_UNLOAD = 60000;
/** requests in flight per stream (requests, TM-RTY-03) */
export const MAX_IN_FLIGHT = 4;
/** events of the first batch after an outage (events, TM-RTY-04) */
export const PROBE_EVENTS = 20;
/** size of a resend before which the stream is asked (bytes, TM-LED-06) */
export const QUERY_ABOVE = 262144;
/** body size above which SDKs compress (bytes, TM-HDR-05) */
export const GZIP_ABOVE = 1024;
/** age at which a spooled event expires (ms, TM-RTY-02) */
export const SPOOL_MAX_AGE_MS = 259200000;
/** highest bucket; there is one for each 0.001 % (bucket, TM-BKT-01) */
export const MAX_BUCKET = 99999;
/** 2000-01-01, the earliest time of an import (ms, TM-CLK-07) */
export const IMPORT_EPOCH_MS = 946684800000;
/** version of the spool's format (version, TM-SPL-11) */
export const SPOOL_VERSION = 1;
/** payload of one record of a spool (bytes, TM-SPL-12) */
export const SPOOL_MAX_PAYLOAD = 262144;
/** ranges of one record of a spool (ranges, TM-SPL-16) */
export const SPOOL_MAX_RANGES = 8192;
/** all segments of one destination by default (bytes, TM-SPL-04) */
export const SPOOL_MAX_BYTES = 67108864;
/** size to which segments grow (bytes, TM-SPL-10) */
export const SPOOL_SEGMENT = 1048576;
/** size of the first segment (bytes, TM-SPL-10) */
export const SPOOL_FIRST_SEGMENT = 65536;
/** what a reader reads of one segment (bytes, TM-SPL-10) */
export const SPOOL_READ_MAX = 16777216;
/** age of an unchanged claim without a lock that makes it dead (ms, TM-SPL-32) */
export const SPOOL_SILENT_MS = 604800000;
