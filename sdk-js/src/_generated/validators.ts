// Validators of every type on the wire. Generated from sdk-protocol/spec; run `python -m generate` instead of editing.

import { at, dropsFitStream, first, found, hwmCoversEvents, isDenied, isName, isObject, isText, numberHasStream, onePlace, rangeOrdered, size, streamHasNumber, type Issue } from "../checks.js";

const REGEX_0 = /^[0-9a-f]{8}-[0-9a-f]{4}-[78][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/u;
const SET_1: ReadonlySet<string> = new Set(["committed", "queued"]);
const REGEX_2 = /^[A-Za-z0-9-]{8,36}$/u;
const SET_3: ReadonlySet<string> = new Set(["granted", "denied", "unknown"]);
const SET_4: ReadonlySet<string> = new Set(["full", "truncate", "none"]);
const SET_5: ReadonlySet<string> = new Set(["device_id", "user_id", "session_id", "groups", "consent", "gpc", "locale", "tz", "ip"]);
const SET_6: ReadonlySet<string> = new Set(["anchored", "wall", "none"]);
const SET_7: ReadonlySet<string> = new Set(["queue_overflow", "expired", "sampled", "hook", "too_large", "unserialisable", "send_rejected", "storage_error", "shutdown_deadline", "consent_withdrawn", "reset", "sdk_error"]);
const SET_8: ReadonlySet<string> = new Set(["track", "page", "screen", "identify", "profile", "group", "alias", "exposure"]);
const SET_9: ReadonlySet<string> = new Set(["$set", "$set_once", "$add", "$append", "$union", "$remove", "$unset", "$delete"]);
const REGEX_10 = /^[0-9]+\.[0-9]+\.[0-9]+$/u;
const REGEX_11 = /^[0-9a-f]{64}$/u;

export function validateAnswer(o: any): Issue | null {
    let v: any, k: any, issue: Issue | null;
    v = o;
    if (!(isObject(v))) {
        return found("malformed", "");
    }
    issue = object_answer_envelope(v);
    if (!(issue === null)) {
        return at("", issue);
    }
    return null;
}

function object_answer_envelope(o: any, ordered?: [string, any][]): Issue | null {
    let v: any, k: any, issue: Issue | null;
    v = o["v"] ?? null;
    if (!(v === null)) {
        if (!(Number.isInteger(v))) {
            return found("malformed", "v");
        }
        if (v !== 1) {
            return found("malformed", "v");
        }
    }
    else if (v === null) {
        return found("malformed", "v");
    }
    v = o["stream"] ?? null;
    if (!(v === null)) {
        if (!(typeof v === "string")) {
            return found("malformed", "stream");
        }
        if (!REGEX_0.test(v)) {
            return found("malformed", "stream");
        }
    }
    v = o["received"] ?? null;
    if (!(v === null)) {
        if (!(Number.isInteger(v))) {
            return found("malformed", "received");
        }
        if (v < 0) {
            return found("malformed", "received");
        }
        if (v > 9007199254740991) {
            return found("malformed", "received");
        }
    }
    else if (v === null) {
        return found("malformed", "received");
    }
    v = o["stored"] ?? null;
    if (!(v === null)) {
        if (!(Number.isInteger(v))) {
            return found("malformed", "stored");
        }
        if (v < 0) {
            return found("malformed", "stored");
        }
        if (v > 9007199254740991) {
            return found("malformed", "stored");
        }
    }
    else if (v === null) {
        return found("malformed", "stored");
    }
    v = o["duplicate"] ?? null;
    if (!(v === null)) {
        if (!(Number.isInteger(v))) {
            return found("malformed", "duplicate");
        }
        if (v < 0) {
            return found("malformed", "duplicate");
        }
        if (v > 9007199254740991) {
            return found("malformed", "duplicate");
        }
    }
    else if (v === null) {
        return found("malformed", "duplicate");
    }
    v = o["ack"] ?? null;
    if (!(v === null)) {
        if (!(isObject(v))) {
            return found("malformed", "ack");
        }
        issue = object_ack_envelope(v);
        if (!(issue === null)) {
            return at("ack", issue);
        }
    }
    v = o["rejected"] ?? null;
    if (!(v === null)) {
        if (!(Array.isArray(v))) {
            return found("malformed", "rejected");
        }
        issue = array_answer_rejected_envelope(v);
        if (!(issue === null)) {
            return at("rejected", issue);
        }
    }
    v = o["retry"] ?? null;
    if (!(v === null)) {
        if (!(Array.isArray(v))) {
            return found("malformed", "retry");
        }
        issue = array_ranges_envelope(v);
        if (!(issue === null)) {
            return at("retry", issue);
        }
    }
    v = o["warn"] ?? null;
    if (!(v === null)) {
        if (!(Array.isArray(v))) {
            return found("malformed", "warn");
        }
        issue = array_answer_warn_envelope(v);
        if (!(issue === null)) {
            return at("warn", issue);
        }
    }
    v = o["now"] ?? null;
    if (!(v === null)) {
        if (!(Number.isInteger(v))) {
            return found("malformed", "now");
        }
        if (v < -9007199254740991) {
            return found("malformed", "now");
        }
        if (v > 9007199254740991) {
            return found("malformed", "now");
        }
    }
    else if (v === null) {
        return found("malformed", "now");
    }
    v = o["control"] ?? null;
    if (!(v === null)) {
        if (!(isObject(v))) {
            return found("malformed", "control");
        }
        issue = object_control_envelope(v);
        if (!(issue === null)) {
            return at("control", issue);
        }
    }
    v = o["receipt"] ?? null;
    if (!(v === null)) {
        if (!(typeof v === "string")) {
            return found("malformed", "receipt");
        }
    }
    if (!((o["stream"] ?? null) === null)) {
        if ((o["ack"] ?? null) === null) {
            return found("malformed", "ack");
        }
    }
    return null;
}

function object_ack_envelope(o: any, ordered?: [string, any][]): Issue | null {
    let v: any, k: any, issue: Issue | null;
    v = o["upto"] ?? null;
    if (!(v === null)) {
        if (!(Number.isInteger(v))) {
            return found("malformed", "upto");
        }
        if (v < 0) {
            return found("malformed", "upto");
        }
        if (v > 9007199254740991) {
            return found("malformed", "upto");
        }
    }
    else if (v === null) {
        return found("malformed", "upto");
    }
    v = o["settled"] ?? null;
    if (!(v === null)) {
        if (!(Array.isArray(v))) {
            return found("malformed", "settled");
        }
        issue = array_ranges_envelope(v);
        if (!(issue === null)) {
            return at("settled", issue);
        }
    }
    else if (v === null) {
        return found("malformed", "settled");
    }
    v = o["durability"] ?? null;
    if (!(v === null)) {
        if (!(typeof v === "string")) {
            return found("malformed", "durability");
        }
        if (!SET_1.has(v)) {
            return found("malformed", "durability");
        }
    }
    else if (v === null) {
        return found("malformed", "durability");
    }
    return null;
}

function array_ranges_envelope(o: any): Issue | null {
    let v: any, k: any, issue: Issue | null;
    for (const [i, v] of o.entries()) {
        if (!(Array.isArray(v))) {
            return found("malformed", i);
        }
        issue = array_range_envelope(v);
        if (!(issue === null)) {
            return at(i, issue);
        }
    }
    return null;
}

function array_range_envelope(o: any): Issue | null {
    let v: any, k: any, issue: Issue | null;
    if (o.length > 2) {
        return found("malformed", "", 2);
    }
    if (o.length < 2) {
        return found("malformed", "");
    }
    for (const [i, v] of o.entries()) {
        if (!(Number.isInteger(v))) {
            return found("malformed", i);
        }
        if (v < 1) {
            return found("malformed", i);
        }
        if (v > 9007199254740991) {
            return found("malformed", i);
        }
    }
    if (!rangeOrdered(o)) {
        return found("malformed", "");
    }
    return null;
}

function array_answer_rejected_envelope(o: any): Issue | null {
    let v: any, k: any, issue: Issue | null;
    if (o.length > 2000) {
        return found("malformed", "", 2000);
    }
    for (const [i, v] of o.entries()) {
        if (!(isObject(v))) {
            return found("malformed", i);
        }
        issue = object_rejection_envelope(v);
        if (!(issue === null)) {
            return at(i, issue);
        }
    }
    return null;
}

function object_rejection_envelope(o: any, ordered?: [string, any][]): Issue | null {
    let v: any, k: any, issue: Issue | null;
    v = o["n"] ?? null;
    if (!(v === null)) {
        if (!(Number.isInteger(v))) {
            return found("malformed", "n");
        }
        if (v < 1) {
            return found("malformed", "n");
        }
        if (v > 9007199254740991) {
            return found("malformed", "n");
        }
    }
    v = o["id"] ?? null;
    if (!(v === null)) {
        if (!(typeof v === "string")) {
            return found("malformed", "id");
        }
        if (!REGEX_2.test(v)) {
            return found("malformed", "id");
        }
        if (isDenied(v)) {
            return found("malformed", "id");
        }
    }
    v = o["i"] ?? null;
    if (!(v === null)) {
        if (!(Number.isInteger(v))) {
            return found("malformed", "i");
        }
        if (v < 0) {
            return found("malformed", "i");
        }
        if (v > 9007199254740991) {
            return found("malformed", "i");
        }
    }
    v = o["code"] ?? null;
    if (!(v === null)) {
        if (!(typeof v === "string")) {
            return found("malformed", "code");
        }
        if (v === "") {
            return found("malformed", "code");
        }
    }
    else if (v === null) {
        return found("malformed", "code");
    }
    v = o["path"] ?? null;
    if (!(v === null)) {
        if (!(typeof v === "string")) {
            return found("malformed", "path");
        }
    }
    v = o["limit"] ?? null;
    if (!(v === null)) {
        if (!(Number.isInteger(v))) {
            return found("malformed", "limit");
        }
        if (v < 0) {
            return found("malformed", "limit");
        }
        if (v > 9007199254740991) {
            return found("malformed", "limit");
        }
    }
    return null;
}

function array_answer_warn_envelope(o: any): Issue | null {
    let v: any, k: any, issue: Issue | null;
    for (const [i, v] of o.entries()) {
        if (!(isObject(v))) {
            return found("malformed", i);
        }
        issue = object_warning_envelope(v);
        if (!(issue === null)) {
            return at(i, issue);
        }
    }
    return null;
}

function object_warning_envelope(o: any, ordered?: [string, any][]): Issue | null {
    let v: any, k: any, issue: Issue | null;
    v = o["code"] ?? null;
    if (!(v === null)) {
        if (!(typeof v === "string")) {
            return found("malformed", "code");
        }
        if (v === "") {
            return found("malformed", "code");
        }
    }
    else if (v === null) {
        return found("malformed", "code");
    }
    v = o["count"] ?? null;
    if (!(v === null)) {
        if (!(Number.isInteger(v))) {
            return found("malformed", "count");
        }
        if (v < 0) {
            return found("malformed", "count");
        }
        if (v > 9007199254740991) {
            return found("malformed", "count");
        }
    }
    else if (v === null) {
        return found("malformed", "count");
    }
    v = o["n"] ?? null;
    if (!(v === null)) {
        if (!(Number.isInteger(v))) {
            return found("malformed", "n");
        }
        if (v < 1) {
            return found("malformed", "n");
        }
        if (v > 9007199254740991) {
            return found("malformed", "n");
        }
    }
    return null;
}

function object_control_envelope(o: any, ordered?: [string, any][]): Issue | null {
    let v: any, k: any, issue: Issue | null;
    v = o["etag"] ?? null;
    if (!(v === null)) {
        if (!(typeof v === "string")) {
            return found("malformed", "etag");
        }
        if (v === "") {
            return found("malformed", "etag");
        }
        if (size(v) > 64) {
            return found("malformed", "etag", 64);
        }
    }
    v = o["ttl_s"] ?? null;
    if (!(v === null)) {
        if (!(Number.isInteger(v))) {
            return found("malformed", "ttl_s");
        }
        if (v < 1) {
            return found("malformed", "ttl_s");
        }
        if (v > 86400) {
            return found("malformed", "ttl_s");
        }
    }
    v = o["sample"] ?? null;
    if (!(v === null)) {
        if (!(isObject(v))) {
            return found("malformed", "sample");
        }
        issue = object_control_sample_envelope(v);
        if (!(issue === null)) {
            return at("sample", issue);
        }
    }
    v = o["flush_ms"] ?? null;
    if (!(v === null)) {
        if (!(Number.isInteger(v))) {
            return found("malformed", "flush_ms");
        }
        if (v < 100) {
            return found("malformed", "flush_ms");
        }
        if (v > 600000) {
            return found("malformed", "flush_ms");
        }
    }
    v = o["max_batch"] ?? null;
    if (!(v === null)) {
        if (!(Number.isInteger(v))) {
            return found("malformed", "max_batch");
        }
        if (v < 1) {
            return found("malformed", "max_batch");
        }
        if (v > 2000) {
            return found("malformed", "max_batch");
        }
    }
    v = o["pause_ms"] ?? null;
    if (!(v === null)) {
        if (!(Number.isInteger(v))) {
            return found("malformed", "pause_ms");
        }
        if (v < 0) {
            return found("malformed", "pause_ms");
        }
        if (v > 3600000) {
            return found("malformed", "pause_ms");
        }
    }
    v = o["disable_events"] ?? null;
    if (!(v === null)) {
        if (!(Array.isArray(v))) {
            return found("malformed", "disable_events");
        }
        issue = array_control_disable_events_envelope(v);
        if (!(issue === null)) {
            return at("disable_events", issue);
        }
    }
    return null;
}

function object_control_sample_envelope(o: any, ordered?: [string, any][]): Issue | null {
    let v: any, k: any, issue: Issue | null;
    v = o["default"] ?? null;
    if (!(v === null)) {
        if (!(Number.isFinite(v))) {
            return found("malformed", "default");
        }
        if (v < 0.001) {
            return found("malformed", "default");
        }
        if (v > 1) {
            return found("malformed", "default");
        }
    }
    v = o["by_event"] ?? null;
    if (!(v === null)) {
        if (!(isObject(v))) {
            return found("malformed", "by_event");
        }
        issue = object_control_sample_by_event_envelope(v);
        if (!(issue === null)) {
            return at("by_event", issue);
        }
    }
    return null;
}

function object_control_sample_by_event_envelope(o: any, ordered?: [string, any][]): Issue | null {
    let v: any, k: any, issue: Issue | null;
    for (const [key, v] of ordered ?? Object.entries<any>(o)) {
        if (!(Number.isFinite(v))) {
            return first(object_control_sample_by_event_envelope, o, ordered, found("malformed", key));
        }
        if (v < 0.001) {
            return first(object_control_sample_by_event_envelope, o, ordered, found("malformed", key));
        }
        if (v > 1) {
            return first(object_control_sample_by_event_envelope, o, ordered, found("malformed", key));
        }
    }
    return null;
}

function array_control_disable_events_envelope(o: any): Issue | null {
    let v: any, k: any, issue: Issue | null;
    if (o.length > 100) {
        return found("malformed", "", 100);
    }
    for (const [i, v] of o.entries()) {
        if (!(typeof v === "string")) {
            return found("malformed", i);
        }
    }
    return null;
}

export function validateContext(o: any): Issue | null {
    let v: any, k: any, issue: Issue | null;
    v = o;
    if (!(isObject(v))) {
        return found("bad_type", "");
    }
    issue = object_context(v);
    if (!(issue === null)) {
        return at("", issue);
    }
    return null;
}

function object_context(o: any, ordered?: [string, any][]): Issue | null {
    let v: any, k: any, issue: Issue | null;
    if (Object.keys(o).length > 100) {
        return found("too_many_props", "", 100);
    }
    v = o["device_id"] ?? null;
    if (!(v === null)) {
        if (!(typeof v === "string")) {
            return found("bad_type", "device_id");
        }
        if (v === "") {
            return found("bad_id", "device_id");
        }
        if (!isText(v)) {
            return found("bad_id", "device_id");
        }
        if (size(v) > 128) {
            return found("bad_id", "device_id", 128);
        }
        if (isDenied(v)) {
            return found("bad_id", "device_id");
        }
    }
    v = o["user_id"] ?? null;
    if (!(v === null)) {
        if (!(typeof v === "string")) {
            return found("bad_type", "user_id");
        }
        if (v === "") {
            return found("bad_id", "user_id");
        }
        if (!isText(v)) {
            return found("bad_id", "user_id");
        }
        if (size(v) > 128) {
            return found("bad_id", "user_id", 128);
        }
        if (isDenied(v)) {
            return found("bad_id", "user_id");
        }
    }
    v = o["session_id"] ?? null;
    if (!(v === null)) {
        if (!(typeof v === "string")) {
            return found("bad_type", "session_id");
        }
        if (v === "") {
            return found("bad_id", "session_id");
        }
        if (!isText(v)) {
            return found("bad_id", "session_id");
        }
        if (size(v) > 128) {
            return found("bad_id", "session_id", 128);
        }
        if (isDenied(v)) {
            return found("bad_id", "session_id");
        }
    }
    v = o["groups"] ?? null;
    if (!(v === null)) {
        if (!(isObject(v))) {
            return found("bad_type", "groups");
        }
        issue = object_groups(v);
        if (!(issue === null)) {
            return at("groups", issue);
        }
    }
    v = o["consent"] ?? null;
    if (!(v === null)) {
        if (!(isObject(v))) {
            return found("bad_type", "consent");
        }
        issue = object_consent(v);
        if (!(issue === null)) {
            return at("consent", issue);
        }
    }
    v = o["gpc"] ?? null;
    if (!(v === null)) {
        if (!(typeof v === "boolean")) {
            return found("bad_type", "gpc");
        }
    }
    v = o["locale"] ?? null;
    if (!(v === null)) {
        if (!(typeof v === "string")) {
            return found("bad_type", "locale");
        }
        if (!isText(v)) {
            return found("bad_type", "locale");
        }
        if (size(v) > 8192) {
            return found("too_large", "locale", 8192);
        }
    }
    v = o["tz"] ?? null;
    if (!(v === null)) {
        if (!(typeof v === "string")) {
            return found("bad_type", "tz");
        }
        if (!isText(v)) {
            return found("bad_type", "tz");
        }
        if (size(v) > 8192) {
            return found("too_large", "tz", 8192);
        }
    }
    v = o["ip"] ?? null;
    if (!(v === null)) {
        if (!(typeof v === "string")) {
            return found("bad_type", "ip");
        }
        if (!SET_4.has(v)) {
            return found("bad_type", "ip");
        }
    }
    for (const [key, v] of ordered ?? Object.entries<any>(o)) {
        if (!isText(key)) {
            return first(object_context, o, ordered, found("bad_type", ""));
        }
        if (size(key) > 255) {
            return first(object_context, o, ordered, found("name_too_long", "", 255));
        }
        if (SET_5.has(key)) {
            continue;
        }
        if (typeof v === "string") {
            if (!isText(v)) {
                return first(object_context, o, ordered, found("bad_type", key));
            }
            if (size(v) > 8192) {
                return first(object_context, o, ordered, found("too_large", key, 8192));
            }
        }
        else if (Number.isFinite(v)) {
        }
        else if (typeof v === "boolean") {
        }
        else if (v === null) {
        }
        else if (isObject(v)) {
            issue = object_value_1(v);
            if (!(issue === null)) {
                return first(object_context, o, ordered, at(key, issue));
            }
        }
        else if (Array.isArray(v)) {
            issue = array_value_1(v);
            if (!(issue === null)) {
                return first(object_context, o, ordered, at(key, issue));
            }
        }
        else {
            return first(object_context, o, ordered, found("bad_type", key));
        }
    }
    return null;
}

function object_groups(o: any, ordered?: [string, any][]): Issue | null {
    let v: any, k: any, issue: Issue | null;
    if (Object.keys(o).length > 10) {
        return found("too_many_props", "", 10);
    }
    for (const [key, v] of ordered ?? Object.entries<any>(o)) {
        if (!isText(key)) {
            return first(object_groups, o, ordered, found("bad_type", ""));
        }
        if (size(key) > 255) {
            return first(object_groups, o, ordered, found("name_too_long", "", 255));
        }
        if (typeof v === "string") {
            if (v === "") {
                return first(object_groups, o, ordered, found("bad_id", key));
            }
            if (!isText(v)) {
                return first(object_groups, o, ordered, found("bad_id", key));
            }
            if (size(v) > 128) {
                return first(object_groups, o, ordered, found("bad_id", key, 128));
            }
            if (isDenied(v)) {
                return first(object_groups, o, ordered, found("bad_id", key));
            }
        }
        else if (v === null) {
        }
        else {
            return first(object_groups, o, ordered, found("bad_type", key));
        }
    }
    return null;
}

function object_consent(o: any, ordered?: [string, any][]): Issue | null {
    let v: any, k: any, issue: Issue | null;
    v = o["analytics"] ?? null;
    if (!(v === null)) {
        if (!(typeof v === "string")) {
            return found("bad_type", "analytics");
        }
        if (!SET_3.has(v)) {
            return found("bad_type", "analytics");
        }
    }
    v = o["ads"] ?? null;
    if (!(v === null)) {
        if (!(typeof v === "string")) {
            return found("bad_type", "ads");
        }
        if (!SET_3.has(v)) {
            return found("bad_type", "ads");
        }
    }
    v = o["personalization"] ?? null;
    if (!(v === null)) {
        if (!(typeof v === "string")) {
            return found("bad_type", "personalization");
        }
        if (!SET_3.has(v)) {
            return found("bad_type", "personalization");
        }
    }
    return null;
}

function object_value_1(o: any, ordered?: [string, any][]): Issue | null {
    let v: any, k: any, issue: Issue | null;
    if (Object.keys(o).length > 255) {
        return found("too_many_props", "", 255);
    }
    for (const [key, v] of ordered ?? Object.entries<any>(o)) {
        if (!isText(key)) {
            return first(object_value_1, o, ordered, found("bad_type", ""));
        }
        if (size(key) > 255) {
            return first(object_value_1, o, ordered, found("name_too_long", "", 255));
        }
        if (typeof v === "string") {
            if (!isText(v)) {
                return first(object_value_1, o, ordered, found("bad_type", key));
            }
            if (size(v) > 8192) {
                return first(object_value_1, o, ordered, found("too_large", key, 8192));
            }
        }
        else if (Number.isFinite(v)) {
        }
        else if (typeof v === "boolean") {
        }
        else if (v === null) {
        }
        else if (isObject(v)) {
            issue = object_value_2(v);
            if (!(issue === null)) {
                return first(object_value_1, o, ordered, at(key, issue));
            }
        }
        else if (Array.isArray(v)) {
            issue = array_value_2(v);
            if (!(issue === null)) {
                return first(object_value_1, o, ordered, at(key, issue));
            }
        }
        else {
            return first(object_value_1, o, ordered, found("bad_type", key));
        }
    }
    return null;
}

function object_value_2(o: any, ordered?: [string, any][]): Issue | null {
    let v: any, k: any, issue: Issue | null;
    if (Object.keys(o).length > 255) {
        return found("too_many_props", "", 255);
    }
    for (const [key, v] of ordered ?? Object.entries<any>(o)) {
        if (!isText(key)) {
            return first(object_value_2, o, ordered, found("bad_type", ""));
        }
        if (size(key) > 255) {
            return first(object_value_2, o, ordered, found("name_too_long", "", 255));
        }
        if (typeof v === "string") {
            if (!isText(v)) {
                return first(object_value_2, o, ordered, found("bad_type", key));
            }
            if (size(v) > 8192) {
                return first(object_value_2, o, ordered, found("too_large", key, 8192));
            }
        }
        else if (Number.isFinite(v)) {
        }
        else if (typeof v === "boolean") {
        }
        else if (v === null) {
        }
        else if (isObject(v)) {
            issue = object_value_3(v);
            if (!(issue === null)) {
                return first(object_value_2, o, ordered, at(key, issue));
            }
        }
        else if (Array.isArray(v)) {
            issue = array_value_3(v);
            if (!(issue === null)) {
                return first(object_value_2, o, ordered, at(key, issue));
            }
        }
        else {
            return first(object_value_2, o, ordered, found("bad_type", key));
        }
    }
    return null;
}

function object_value_3(o: any, ordered?: [string, any][]): Issue | null {
    let v: any, k: any, issue: Issue | null;
    if (Object.keys(o).length > 255) {
        return found("too_many_props", "", 255);
    }
    for (const [key, v] of ordered ?? Object.entries<any>(o)) {
        if (!isText(key)) {
            return first(object_value_3, o, ordered, found("bad_type", ""));
        }
        if (size(key) > 255) {
            return first(object_value_3, o, ordered, found("name_too_long", "", 255));
        }
        if (typeof v === "string") {
            if (!isText(v)) {
                return first(object_value_3, o, ordered, found("bad_type", key));
            }
            if (size(v) > 8192) {
                return first(object_value_3, o, ordered, found("too_large", key, 8192));
            }
        }
        else if (Number.isFinite(v)) {
        }
        else if (typeof v === "boolean") {
        }
        else if (v === null) {
        }
        else if (isObject(v)) {
            issue = object_value_4(v);
            if (!(issue === null)) {
                return first(object_value_3, o, ordered, at(key, issue));
            }
        }
        else if (Array.isArray(v)) {
            issue = array_value_4(v);
            if (!(issue === null)) {
                return first(object_value_3, o, ordered, at(key, issue));
            }
        }
        else {
            return first(object_value_3, o, ordered, found("bad_type", key));
        }
    }
    return null;
}

function object_value_4(o: any, ordered?: [string, any][]): Issue | null {
    let v: any, k: any, issue: Issue | null;
    if (Object.keys(o).length > 255) {
        return found("too_many_props", "", 255);
    }
    for (const [key, v] of ordered ?? Object.entries<any>(o)) {
        if (!isText(key)) {
            return first(object_value_4, o, ordered, found("bad_type", ""));
        }
        if (size(key) > 255) {
            return first(object_value_4, o, ordered, found("name_too_long", "", 255));
        }
        if (typeof v === "string") {
            if (!isText(v)) {
                return first(object_value_4, o, ordered, found("bad_type", key));
            }
            if (size(v) > 8192) {
                return first(object_value_4, o, ordered, found("too_large", key, 8192));
            }
        }
        else if (Number.isFinite(v)) {
        }
        else if (typeof v === "boolean") {
        }
        else if (v === null) {
        }
        else {
            return first(object_value_4, o, ordered, found("depth", key, 5));
        }
    }
    return null;
}

function array_value_4(o: any): Issue | null {
    let v: any, k: any, issue: Issue | null;
    if (o.length > 255) {
        return found("too_many_props", "", 255);
    }
    for (const [i, v] of o.entries()) {
        if (typeof v === "string") {
            if (!isText(v)) {
                return found("bad_type", i);
            }
            if (size(v) > 8192) {
                return found("too_large", i, 8192);
            }
        }
        else if (Number.isFinite(v)) {
        }
        else if (typeof v === "boolean") {
        }
        else if (v === null) {
        }
        else {
            return found("depth", i, 5);
        }
    }
    return null;
}

function array_value_3(o: any): Issue | null {
    let v: any, k: any, issue: Issue | null;
    if (o.length > 255) {
        return found("too_many_props", "", 255);
    }
    for (const [i, v] of o.entries()) {
        if (typeof v === "string") {
            if (!isText(v)) {
                return found("bad_type", i);
            }
            if (size(v) > 8192) {
                return found("too_large", i, 8192);
            }
        }
        else if (Number.isFinite(v)) {
        }
        else if (typeof v === "boolean") {
        }
        else if (v === null) {
        }
        else if (isObject(v)) {
            issue = object_value_4(v);
            if (!(issue === null)) {
                return at(i, issue);
            }
        }
        else if (Array.isArray(v)) {
            issue = array_value_4(v);
            if (!(issue === null)) {
                return at(i, issue);
            }
        }
        else {
            return found("bad_type", i);
        }
    }
    return null;
}

function array_value_2(o: any): Issue | null {
    let v: any, k: any, issue: Issue | null;
    if (o.length > 255) {
        return found("too_many_props", "", 255);
    }
    for (const [i, v] of o.entries()) {
        if (typeof v === "string") {
            if (!isText(v)) {
                return found("bad_type", i);
            }
            if (size(v) > 8192) {
                return found("too_large", i, 8192);
            }
        }
        else if (Number.isFinite(v)) {
        }
        else if (typeof v === "boolean") {
        }
        else if (v === null) {
        }
        else if (isObject(v)) {
            issue = object_value_3(v);
            if (!(issue === null)) {
                return at(i, issue);
            }
        }
        else if (Array.isArray(v)) {
            issue = array_value_3(v);
            if (!(issue === null)) {
                return at(i, issue);
            }
        }
        else {
            return found("bad_type", i);
        }
    }
    return null;
}

function array_value_1(o: any): Issue | null {
    let v: any, k: any, issue: Issue | null;
    if (o.length > 255) {
        return found("too_many_props", "", 255);
    }
    for (const [i, v] of o.entries()) {
        if (typeof v === "string") {
            if (!isText(v)) {
                return found("bad_type", i);
            }
            if (size(v) > 8192) {
                return found("too_large", i, 8192);
            }
        }
        else if (Number.isFinite(v)) {
        }
        else if (typeof v === "boolean") {
        }
        else if (v === null) {
        }
        else if (isObject(v)) {
            issue = object_value_2(v);
            if (!(issue === null)) {
                return at(i, issue);
            }
        }
        else if (Array.isArray(v)) {
            issue = array_value_2(v);
            if (!(issue === null)) {
                return at(i, issue);
            }
        }
        else {
            return found("bad_type", i);
        }
    }
    return null;
}

export function validateConfig(o: any): Issue | null {
    let v: any, k: any, issue: Issue | null;
    v = o;
    if (!(isObject(v))) {
        return found("malformed", "");
    }
    issue = object_config_envelope(v);
    if (!(issue === null)) {
        return at("", issue);
    }
    return null;
}

function object_config_envelope(o: any, ordered?: [string, any][]): Issue | null {
    let v: any, k: any, issue: Issue | null;
    v = o["v"] ?? null;
    if (!(v === null)) {
        if (!(Number.isInteger(v))) {
            return found("malformed", "v");
        }
        if (v !== 1) {
            return found("malformed", "v");
        }
    }
    else if (v === null) {
        return found("malformed", "v");
    }
    v = o["control"] ?? null;
    if (!(v === null)) {
        if (!(isObject(v))) {
            return found("malformed", "control");
        }
        issue = object_control_envelope(v);
        if (!(issue === null)) {
            return at("control", issue);
        }
    }
    else if (v === null) {
        return found("malformed", "control");
    }
    v = o["flags"] ?? null;
    if (!(v === null)) {
        if (!(isObject(v))) {
            return found("malformed", "flags");
        }
        issue = object_config_flags_envelope(v);
        if (!(issue === null)) {
            return at("flags", issue);
        }
    }
    return null;
}

function object_config_flags_envelope(o: any, ordered?: [string, any][]): Issue | null {
    let v: any, k: any, issue: Issue | null;
    return null;
}

export function validateEnvelope(o: any): Issue | null {
    let v: any, k: any, issue: Issue | null;
    v = o;
    if (!(isObject(v))) {
        return found("malformed", "");
    }
    issue = object_envelope_envelope(v);
    if (!(issue === null)) {
        return at("", issue);
    }
    return null;
}

function object_envelope_envelope(o: any, ordered?: [string, any][]): Issue | null {
    let v: any, k: any, issue: Issue | null;
    v = o["v"] ?? null;
    if (!(v === null)) {
        if (!(Number.isInteger(v))) {
            return found("malformed", "v");
        }
        if (v !== 1) {
            return found("unsupported_version", "v");
        }
    }
    else if (v === null) {
        return found("malformed", "v");
    }
    v = o["stream"] ?? null;
    if (!(v === null)) {
        if (!(typeof v === "string")) {
            return found("malformed", "stream");
        }
        if (!REGEX_0.test(v)) {
            return found("malformed", "stream");
        }
    }
    v = o["seq"] ?? null;
    if (!(v === null)) {
        if (!(Number.isInteger(v))) {
            return found("malformed", "seq");
        }
        if (v < 1) {
            return found("malformed", "seq");
        }
        if (v > 9007199254740991) {
            return found("malformed", "seq");
        }
    }
    v = o["hwm"] ?? null;
    if (!(v === null)) {
        if (!(Number.isInteger(v))) {
            return found("malformed", "hwm");
        }
        if (v < 0) {
            return found("malformed", "hwm");
        }
        if (v > 9007199254740991) {
            return found("malformed", "hwm");
        }
    }
    v = o["fin"] ?? null;
    if (!(v === null)) {
        if (!(typeof v === "boolean")) {
            return found("malformed", "fin");
        }
    }
    v = o["t0"] ?? null;
    if (!(v === null)) {
        if (!(Number.isInteger(v))) {
            return found("malformed", "t0");
        }
        if (v < -9007199254740991) {
            return found("malformed", "t0");
        }
        if (v > 9007199254740991) {
            return found("malformed", "t0");
        }
    }
    else if (v === null) {
        return found("malformed", "t0");
    }
    v = o["clock"] ?? null;
    if (!(v === null)) {
        if (!(typeof v === "string")) {
            return found("malformed", "clock");
        }
        if (!SET_6.has(v)) {
            return found("malformed", "clock");
        }
    }
    v = o["ctx"] ?? null;
    if (!(v === null)) {
        if (!(isObject(v))) {
            return found("malformed", "ctx");
        }
        issue = object_envelope_ctx_envelope(v);
        if (!(issue === null)) {
            return at("ctx", issue);
        }
    }
    v = o["events"] ?? null;
    if (!(v === null)) {
        if (!(Array.isArray(v))) {
            return found("malformed", "events");
        }
        issue = array_envelope_events_envelope(v);
        if (!(issue === null)) {
            return at("events", issue);
        }
    }
    else if (v === null) {
        return found("malformed", "events");
    }
    v = o["drops"] ?? null;
    if (!(v === null)) {
        if (!(Array.isArray(v))) {
            return found("malformed", "drops");
        }
        issue = array_envelope_drops_envelope(v);
        if (!(issue === null)) {
            return at("drops", issue);
        }
    }
    if (!((o["stream"] ?? null) === null)) {
        if ((o["seq"] ?? null) === null) {
            return found("malformed", "seq");
        }
        if ((o["hwm"] ?? null) === null) {
            return found("malformed", "hwm");
        }
    }
    if (!hwmCoversEvents(o)) {
        return found("malformed", "hwm");
    }
    if (!dropsFitStream(o)) {
        return found("malformed", "drops");
    }
    return null;
}

function object_envelope_ctx_envelope(o: any, ordered?: [string, any][]): Issue | null {
    let v: any, k: any, issue: Issue | null;
    return null;
}

function array_envelope_events_envelope(o: any): Issue | null {
    let v: any, k: any, issue: Issue | null;
    if (o.length > 2000) {
        return found("too_many_events", "", 2000);
    }
    return null;
}

function array_envelope_drops_envelope(o: any): Issue | null {
    let v: any, k: any, issue: Issue | null;
    if (o.length > 100) {
        return found("malformed", "", 100);
    }
    for (const [i, v] of o.entries()) {
        if (!(isObject(v))) {
            return found("malformed", i);
        }
        issue = object_drop_envelope(v);
        if (!(issue === null)) {
            return at(i, issue);
        }
    }
    return null;
}

function object_drop_envelope(o: any, ordered?: [string, any][]): Issue | null {
    let v: any, k: any, issue: Issue | null;
    v = o["reason"] ?? null;
    if (!(v === null)) {
        if (!(typeof v === "string")) {
            return found("malformed", "reason");
        }
        if (!SET_7.has(v)) {
            return found("malformed", "reason");
        }
    }
    else if (v === null) {
        return found("malformed", "reason");
    }
    v = o["ranges"] ?? null;
    if (!(v === null)) {
        if (!(Array.isArray(v))) {
            return found("malformed", "ranges");
        }
        issue = array_drop_ranges_envelope(v);
        if (!(issue === null)) {
            return at("ranges", issue);
        }
    }
    v = o["count"] ?? null;
    if (!(v === null)) {
        if (!(Number.isInteger(v))) {
            return found("malformed", "count");
        }
        if (v < 1) {
            return found("malformed", "count");
        }
        if (v > 9007199254740991) {
            return found("malformed", "count");
        }
    }
    return null;
}

function array_drop_ranges_envelope(o: any): Issue | null {
    let v: any, k: any, issue: Issue | null;
    if (o.length > 1000) {
        return found("malformed", "", 1000);
    }
    if (o.length < 1) {
        return found("malformed", "");
    }
    for (const [i, v] of o.entries()) {
        if (!(Array.isArray(v))) {
            return found("malformed", i);
        }
        issue = array_range_envelope(v);
        if (!(issue === null)) {
            return at(i, issue);
        }
    }
    return null;
}

export function validateEvent(o: any): Issue | null {
    let v: any, k: any, issue: Issue | null;
    v = o;
    if (!(isObject(v))) {
        return found("bad_type", "");
    }
    issue = object_event(v);
    if (!(issue === null)) {
        return at("", issue);
    }
    return null;
}

function object_event(o: any, ordered?: [string, any][]): Issue | null {
    let v: any, k: any, issue: Issue | null;
    v = o["k"] ?? null;
    if (!(v === null)) {
        if (!(typeof v === "string")) {
            return found("bad_type", "k");
        }
        if (!SET_8.has(v)) {
            return found("unknown_kind", "k");
        }
    }
    v = o["n"] ?? null;
    if (!(v === null)) {
        if (!(Number.isInteger(v))) {
            return found("bad_type", "n");
        }
        if (v < 1) {
            return found("bad_id", "n");
        }
        if (v > 9007199254740991) {
            return found("bad_id", "n");
        }
    }
    v = o["id"] ?? null;
    if (!(v === null)) {
        if (!(typeof v === "string")) {
            return found("bad_type", "id");
        }
        if (!REGEX_2.test(v)) {
            return found("bad_id", "id");
        }
        if (isDenied(v)) {
            return found("bad_id", "id");
        }
    }
    v = o["t"] ?? null;
    if (!(v === null)) {
        if (!(Number.isInteger(v))) {
            return found("bad_type", "t");
        }
        if (v < -9007199254740991) {
            return found("bad_type", "t");
        }
        if (v > 9007199254740991) {
            return found("bad_type", "t");
        }
    }
    v = o["dt"] ?? null;
    if (!(v === null)) {
        if (!(Number.isInteger(v))) {
            return found("bad_type", "dt");
        }
        if (v < -9007199254740991) {
            return found("bad_type", "dt");
        }
        if (v > 9007199254740991) {
            return found("bad_type", "dt");
        }
    }
    v = o["u"] ?? null;
    if (!(v === null)) {
        if (!(typeof v === "string")) {
            return found("bad_type", "u");
        }
        if (v === "") {
            return found("bad_id", "u");
        }
        if (!isText(v)) {
            return found("bad_id", "u");
        }
        if (size(v) > 128) {
            return found("bad_id", "u", 128);
        }
        if (isDenied(v)) {
            return found("bad_id", "u");
        }
    }
    v = o["d"] ?? null;
    if (!(v === null)) {
        if (!(typeof v === "string")) {
            return found("bad_type", "d");
        }
        if (v === "") {
            return found("bad_id", "d");
        }
        if (!isText(v)) {
            return found("bad_id", "d");
        }
        if (size(v) > 128) {
            return found("bad_id", "d", 128);
        }
        if (isDenied(v)) {
            return found("bad_id", "d");
        }
    }
    v = o["s"] ?? null;
    if (!(v === null)) {
        if (!(typeof v === "string")) {
            return found("bad_type", "s");
        }
        if (v === "") {
            return found("bad_id", "s");
        }
        if (!isText(v)) {
            return found("bad_id", "s");
        }
        if (size(v) > 128) {
            return found("bad_id", "s", 128);
        }
        if (isDenied(v)) {
            return found("bad_id", "s");
        }
    }
    v = o["g"] ?? null;
    if (!(v === null)) {
        if (!(isObject(v))) {
            return found("bad_type", "g");
        }
        issue = object_groups(v);
        if (!(issue === null)) {
            return at("g", issue);
        }
    }
    v = o["sr"] ?? null;
    if (!(v === null)) {
        if (!(Number.isFinite(v))) {
            return found("bad_type", "sr");
        }
        if (v > 1) {
            return found("bad_type", "sr");
        }
        if (v <= 0) {
            return found("bad_type", "sr");
        }
    }
    v = o["ctx"] ?? null;
    if (!(v === null)) {
        if (!(isObject(v))) {
            return found("bad_type", "ctx");
        }
        issue = object_context(v);
        if (!(issue === null)) {
            return at("ctx", issue);
        }
    }
    if (!onePlace(o)) {
        return found("bad_id", "id");
    }
    k = o["k"] ?? null;
    if (k === null || k === "track") {
        return object_track(o);
    }
    if (k === "page") {
        return object_page(o);
    }
    if (k === "screen") {
        return object_page(o);
    }
    if (k === "identify") {
        return object_identify(o);
    }
    if (k === "profile") {
        return object_profile(o);
    }
    if (k === "group") {
        return object_group(o);
    }
    if (k === "alias") {
        return object_alias(o);
    }
    if (k === "exposure") {
        return object_exposure(o);
    }
    return null;
}

function object_track(o: any, ordered?: [string, any][]): Issue | null {
    let v: any, k: any, issue: Issue | null;
    v = o["e"] ?? null;
    if (!(v === null)) {
        if (!(typeof v === "string")) {
            return found("bad_type", "e");
        }
        if (v === "") {
            return found("bad_name", "e");
        }
        if (!isName(v)) {
            return found("bad_name", "e");
        }
        if (size(v) > 200) {
            return found("name_too_long", "e", 200);
        }
        if (v.startsWith("$")) {
            return found("reserved_name", "e");
        }
    }
    else if (v === null) {
        return found("bad_name", "e");
    }
    v = o["p"] ?? null;
    if (!(v === null)) {
        if (!(isObject(v))) {
            return found("bad_type", "p");
        }
        issue = object_properties(v);
        if (!(issue === null)) {
            return at("p", issue);
        }
    }
    return null;
}

function object_properties(o: any, ordered?: [string, any][]): Issue | null {
    let v: any, k: any, issue: Issue | null;
    if (Object.keys(o).length > 255) {
        return found("too_many_props", "", 255);
    }
    for (const [key, v] of ordered ?? Object.entries<any>(o)) {
        if (!isText(key)) {
            return first(object_properties, o, ordered, found("bad_type", ""));
        }
        if (size(key) > 255) {
            return first(object_properties, o, ordered, found("name_too_long", "", 255));
        }
        if (typeof v === "string") {
            if (!isText(v)) {
                return first(object_properties, o, ordered, found("bad_type", key));
            }
            if (size(v) > 8192) {
                return first(object_properties, o, ordered, found("too_large", key, 8192));
            }
        }
        else if (Number.isFinite(v)) {
        }
        else if (typeof v === "boolean") {
        }
        else if (v === null) {
        }
        else if (isObject(v)) {
            issue = object_value_1(v);
            if (!(issue === null)) {
                return first(object_properties, o, ordered, at(key, issue));
            }
        }
        else if (Array.isArray(v)) {
            issue = array_value_1(v);
            if (!(issue === null)) {
                return first(object_properties, o, ordered, at(key, issue));
            }
        }
        else {
            return first(object_properties, o, ordered, found("bad_type", key));
        }
    }
    return null;
}

function object_page(o: any, ordered?: [string, any][]): Issue | null {
    let v: any, k: any, issue: Issue | null;
    v = o["e"] ?? null;
    if (!(v === null)) {
        if (!(typeof v === "string")) {
            return found("bad_type", "e");
        }
        if (v === "") {
            return found("bad_name", "e");
        }
        if (!isName(v)) {
            return found("bad_name", "e");
        }
        if (size(v) > 200) {
            return found("name_too_long", "e", 200);
        }
        if (v.startsWith("$")) {
            return found("reserved_name", "e");
        }
    }
    v = o["p"] ?? null;
    if (!(v === null)) {
        if (!(isObject(v))) {
            return found("bad_type", "p");
        }
        issue = object_properties(v);
        if (!(issue === null)) {
            return at("p", issue);
        }
    }
    return null;
}

function object_identify(o: any, ordered?: [string, any][]): Issue | null {
    let v: any, k: any, issue: Issue | null;
    v = o["u"] ?? null;
    if (!(v === null)) {
        if (!(typeof v === "string")) {
            return found("bad_type", "u");
        }
        if (v === "") {
            return found("bad_id", "u");
        }
        if (!isText(v)) {
            return found("bad_id", "u");
        }
        if (size(v) > 128) {
            return found("bad_id", "u", 128);
        }
        if (isDenied(v)) {
            return found("bad_id", "u");
        }
    }
    else if (v === null) {
        return found("bad_id", "u");
    }
    v = o["ops"] ?? null;
    if (!(v === null)) {
        if (!(isObject(v))) {
            return found("bad_type", "ops");
        }
        issue = object_ops(v);
        if (!(issue === null)) {
            return at("ops", issue);
        }
    }
    return null;
}

function object_ops(o: any, ordered?: [string, any][]): Issue | null {
    let v: any, k: any, issue: Issue | null;
    v = o["$set"] ?? null;
    if (!(v === null)) {
        if (!(isObject(v))) {
            return found("bad_type", "$set");
        }
        issue = object_properties(v);
        if (!(issue === null)) {
            return at("$set", issue);
        }
    }
    v = o["$set_once"] ?? null;
    if (!(v === null)) {
        if (!(isObject(v))) {
            return found("bad_type", "$set_once");
        }
        issue = object_properties(v);
        if (!(issue === null)) {
            return at("$set_once", issue);
        }
    }
    v = o["$add"] ?? null;
    if (!(v === null)) {
        if (!(isObject(v))) {
            return found("bad_type", "$add");
        }
        issue = object_ops_add(v);
        if (!(issue === null)) {
            return at("$add", issue);
        }
    }
    v = o["$append"] ?? null;
    if (!(v === null)) {
        if (!(isObject(v))) {
            return found("bad_type", "$append");
        }
        issue = object_properties(v);
        if (!(issue === null)) {
            return at("$append", issue);
        }
    }
    v = o["$union"] ?? null;
    if (!(v === null)) {
        if (!(isObject(v))) {
            return found("bad_type", "$union");
        }
        issue = object_ops_union(v);
        if (!(issue === null)) {
            return at("$union", issue);
        }
    }
    v = o["$remove"] ?? null;
    if (!(v === null)) {
        if (!(isObject(v))) {
            return found("bad_type", "$remove");
        }
        issue = object_ops_remove(v);
        if (!(issue === null)) {
            return at("$remove", issue);
        }
    }
    v = o["$unset"] ?? null;
    if (!(v === null)) {
        if (!(Array.isArray(v))) {
            return found("bad_type", "$unset");
        }
        issue = array_ops_unset(v);
        if (!(issue === null)) {
            return at("$unset", issue);
        }
    }
    v = o["$delete"] ?? null;
    if (!(v === null)) {
        if (!(typeof v === "boolean")) {
            return found("bad_type", "$delete");
        }
        if (v !== true) {
            return found("bad_type", "$delete");
        }
    }
    for (const [key, v] of ordered ?? Object.entries<any>(o)) {
        if (!isText(key)) {
            return first(object_ops, o, ordered, found("bad_type", ""));
        }
        if (size(key) > 255) {
            return first(object_ops, o, ordered, found("name_too_long", "", 255));
        }
        if (SET_9.has(key)) {
            continue;
        }
        return first(object_ops, o, ordered, found("unknown_op", key));
    }
    return null;
}

function object_ops_add(o: any, ordered?: [string, any][]): Issue | null {
    let v: any, k: any, issue: Issue | null;
    if (Object.keys(o).length > 255) {
        return found("too_many_props", "", 255);
    }
    for (const [key, v] of ordered ?? Object.entries<any>(o)) {
        if (!isText(key)) {
            return first(object_ops_add, o, ordered, found("bad_type", ""));
        }
        if (size(key) > 255) {
            return first(object_ops_add, o, ordered, found("name_too_long", "", 255));
        }
        if (!(Number.isFinite(v))) {
            return first(object_ops_add, o, ordered, found("bad_type", key));
        }
    }
    return null;
}

function object_ops_union(o: any, ordered?: [string, any][]): Issue | null {
    let v: any, k: any, issue: Issue | null;
    if (Object.keys(o).length > 255) {
        return found("too_many_props", "", 255);
    }
    for (const [key, v] of ordered ?? Object.entries<any>(o)) {
        if (!isText(key)) {
            return first(object_ops_union, o, ordered, found("bad_type", ""));
        }
        if (size(key) > 255) {
            return first(object_ops_union, o, ordered, found("name_too_long", "", 255));
        }
        if (!(Array.isArray(v))) {
            return first(object_ops_union, o, ordered, found("bad_type", key));
        }
        issue = array_ops_union_value(v);
        if (!(issue === null)) {
            return first(object_ops_union, o, ordered, at(key, issue));
        }
    }
    return null;
}

function array_ops_union_value(o: any): Issue | null {
    let v: any, k: any, issue: Issue | null;
    if (o.length > 255) {
        return found("too_many_props", "", 255);
    }
    for (const [i, v] of o.entries()) {
        if (typeof v === "string") {
            if (!isText(v)) {
                return found("bad_type", i);
            }
            if (size(v) > 8192) {
                return found("too_large", i, 8192);
            }
        }
        else if (Number.isFinite(v)) {
        }
        else if (typeof v === "boolean") {
        }
        else if (v === null) {
        }
        else {
            return found("bad_type", i);
        }
    }
    return null;
}

function object_ops_remove(o: any, ordered?: [string, any][]): Issue | null {
    let v: any, k: any, issue: Issue | null;
    if (Object.keys(o).length > 255) {
        return found("too_many_props", "", 255);
    }
    for (const [key, v] of ordered ?? Object.entries<any>(o)) {
        if (!isText(key)) {
            return first(object_ops_remove, o, ordered, found("bad_type", ""));
        }
        if (size(key) > 255) {
            return first(object_ops_remove, o, ordered, found("name_too_long", "", 255));
        }
        if (typeof v === "string") {
            if (!isText(v)) {
                return first(object_ops_remove, o, ordered, found("bad_type", key));
            }
            if (size(v) > 8192) {
                return first(object_ops_remove, o, ordered, found("too_large", key, 8192));
            }
        }
        else if (Number.isFinite(v)) {
        }
        else if (typeof v === "boolean") {
        }
        else if (v === null) {
        }
        else {
            return first(object_ops_remove, o, ordered, found("bad_type", key));
        }
    }
    return null;
}

function array_ops_unset(o: any): Issue | null {
    let v: any, k: any, issue: Issue | null;
    if (o.length > 255) {
        return found("too_many_props", "", 255);
    }
    for (const [i, v] of o.entries()) {
        if (!(typeof v === "string")) {
            return found("bad_type", i);
        }
        if (!isText(v)) {
            return found("bad_type", i);
        }
        if (size(v) > 255) {
            return found("name_too_long", i, 255);
        }
    }
    return null;
}

function object_profile(o: any, ordered?: [string, any][]): Issue | null {
    let v: any, k: any, issue: Issue | null;
    v = o["ops"] ?? null;
    if (!(v === null)) {
        if (!(isObject(v))) {
            return found("bad_type", "ops");
        }
        issue = object_ops(v);
        if (!(issue === null)) {
            return at("ops", issue);
        }
    }
    else if (v === null) {
        return found("bad_type", "ops");
    }
    return null;
}

function object_group(o: any, ordered?: [string, any][]): Issue | null {
    let v: any, k: any, issue: Issue | null;
    v = o["gt"] ?? null;
    if (!(v === null)) {
        if (!(typeof v === "string")) {
            return found("bad_type", "gt");
        }
        if (v === "") {
            return found("bad_name", "gt");
        }
        if (!isName(v)) {
            return found("bad_name", "gt");
        }
        if (size(v) > 200) {
            return found("name_too_long", "gt", 200);
        }
    }
    else if (v === null) {
        return found("bad_name", "gt");
    }
    v = o["gi"] ?? null;
    if (!(v === null)) {
        if (!(typeof v === "string")) {
            return found("bad_type", "gi");
        }
        if (v === "") {
            return found("bad_id", "gi");
        }
        if (!isText(v)) {
            return found("bad_id", "gi");
        }
        if (size(v) > 128) {
            return found("bad_id", "gi", 128);
        }
        if (isDenied(v)) {
            return found("bad_id", "gi");
        }
    }
    else if (v === null) {
        return found("bad_id", "gi");
    }
    v = o["ops"] ?? null;
    if (!(v === null)) {
        if (!(isObject(v))) {
            return found("bad_type", "ops");
        }
        issue = object_ops(v);
        if (!(issue === null)) {
            return at("ops", issue);
        }
    }
    return null;
}

function object_alias(o: any, ordered?: [string, any][]): Issue | null {
    let v: any, k: any, issue: Issue | null;
    v = o["from"] ?? null;
    if (!(v === null)) {
        if (!(typeof v === "string")) {
            return found("bad_type", "from");
        }
        if (v === "") {
            return found("bad_id", "from");
        }
        if (!isText(v)) {
            return found("bad_id", "from");
        }
        if (size(v) > 128) {
            return found("bad_id", "from", 128);
        }
        if (isDenied(v)) {
            return found("bad_id", "from");
        }
    }
    else if (v === null) {
        return found("bad_id", "from");
    }
    v = o["to"] ?? null;
    if (!(v === null)) {
        if (!(typeof v === "string")) {
            return found("bad_type", "to");
        }
        if (v === "") {
            return found("bad_id", "to");
        }
        if (!isText(v)) {
            return found("bad_id", "to");
        }
        if (size(v) > 128) {
            return found("bad_id", "to", 128);
        }
        if (isDenied(v)) {
            return found("bad_id", "to");
        }
    }
    else if (v === null) {
        return found("bad_id", "to");
    }
    v = o["undo"] ?? null;
    if (!(v === null)) {
        if (!(typeof v === "boolean")) {
            return found("bad_type", "undo");
        }
    }
    return null;
}

function object_exposure(o: any, ordered?: [string, any][]): Issue | null {
    let v: any, k: any, issue: Issue | null;
    v = o["f"] ?? null;
    if (!(v === null)) {
        if (!(typeof v === "string")) {
            return found("bad_type", "f");
        }
        if (v === "") {
            return found("bad_name", "f");
        }
        if (!isName(v)) {
            return found("bad_name", "f");
        }
        if (size(v) > 200) {
            return found("name_too_long", "f", 200);
        }
    }
    else if (v === null) {
        return found("bad_name", "f");
    }
    v = o["var"] ?? null;
    if (!(v === null)) {
        if (!(typeof v === "string")) {
            return found("bad_type", "var");
        }
        if (v === "") {
            return found("bad_name", "var");
        }
        if (!isName(v)) {
            return found("bad_name", "var");
        }
        if (size(v) > 200) {
            return found("name_too_long", "var", 200);
        }
    }
    else if (v === null) {
        return found("bad_name", "var");
    }
    v = o["rule"] ?? null;
    if (!(v === null)) {
        if (!(typeof v === "string")) {
            return found("bad_type", "rule");
        }
        if (!isText(v)) {
            return found("bad_type", "rule");
        }
        if (size(v) > 8192) {
            return found("too_large", "rule", 8192);
        }
    }
    v = o["bucket"] ?? null;
    if (!(v === null)) {
        if (!(Number.isInteger(v))) {
            return found("bad_type", "bucket");
        }
        if (v < 0) {
            return found("bad_type", "bucket");
        }
        if (v > 99999) {
            return found("bad_type", "bucket");
        }
    }
    return null;
}

export function validateFlat(o: any): Issue | null {
    let v: any, k: any, issue: Issue | null;
    v = o;
    if (!(isObject(v))) {
        return found("bad_type", "");
    }
    issue = object_flat(v);
    if (!(issue === null)) {
        return at("", issue);
    }
    return null;
}

function object_flat(o: any, ordered?: [string, any][]): Issue | null {
    let v: any, k: any, issue: Issue | null;
    v = o["k"] ?? null;
    if (!(v === null)) {
        if (!(typeof v === "string")) {
            return found("bad_type", "k");
        }
        if (!SET_8.has(v)) {
            return found("unknown_kind", "k");
        }
    }
    v = o["n"] ?? null;
    if (!(v === null)) {
        if (!(Number.isInteger(v))) {
            return found("bad_type", "n");
        }
        if (v < 1) {
            return found("bad_id", "n");
        }
        if (v > 9007199254740991) {
            return found("bad_id", "n");
        }
    }
    v = o["id"] ?? null;
    if (!(v === null)) {
        if (!(typeof v === "string")) {
            return found("bad_type", "id");
        }
        if (!REGEX_2.test(v)) {
            return found("bad_id", "id");
        }
        if (isDenied(v)) {
            return found("bad_id", "id");
        }
    }
    v = o["t"] ?? null;
    if (!(v === null)) {
        if (!(Number.isInteger(v))) {
            return found("bad_type", "t");
        }
        if (v < -9007199254740991) {
            return found("bad_type", "t");
        }
        if (v > 9007199254740991) {
            return found("bad_type", "t");
        }
    }
    v = o["dt"] ?? null;
    if (!(v === null)) {
        if (!(Number.isInteger(v))) {
            return found("bad_type", "dt");
        }
        if (v < -9007199254740991) {
            return found("bad_type", "dt");
        }
        if (v > 9007199254740991) {
            return found("bad_type", "dt");
        }
    }
    v = o["u"] ?? null;
    if (!(v === null)) {
        if (!(typeof v === "string")) {
            return found("bad_type", "u");
        }
        if (v === "") {
            return found("bad_id", "u");
        }
        if (!isText(v)) {
            return found("bad_id", "u");
        }
        if (size(v) > 128) {
            return found("bad_id", "u", 128);
        }
        if (isDenied(v)) {
            return found("bad_id", "u");
        }
    }
    v = o["d"] ?? null;
    if (!(v === null)) {
        if (!(typeof v === "string")) {
            return found("bad_type", "d");
        }
        if (v === "") {
            return found("bad_id", "d");
        }
        if (!isText(v)) {
            return found("bad_id", "d");
        }
        if (size(v) > 128) {
            return found("bad_id", "d", 128);
        }
        if (isDenied(v)) {
            return found("bad_id", "d");
        }
    }
    v = o["s"] ?? null;
    if (!(v === null)) {
        if (!(typeof v === "string")) {
            return found("bad_type", "s");
        }
        if (v === "") {
            return found("bad_id", "s");
        }
        if (!isText(v)) {
            return found("bad_id", "s");
        }
        if (size(v) > 128) {
            return found("bad_id", "s", 128);
        }
        if (isDenied(v)) {
            return found("bad_id", "s");
        }
    }
    v = o["g"] ?? null;
    if (!(v === null)) {
        if (!(isObject(v))) {
            return found("bad_type", "g");
        }
        issue = object_groups(v);
        if (!(issue === null)) {
            return at("g", issue);
        }
    }
    v = o["sr"] ?? null;
    if (!(v === null)) {
        if (!(Number.isFinite(v))) {
            return found("bad_type", "sr");
        }
        if (v > 1) {
            return found("bad_type", "sr");
        }
        if (v <= 0) {
            return found("bad_type", "sr");
        }
    }
    v = o["ctx"] ?? null;
    if (!(v === null)) {
        if (!(isObject(v))) {
            return found("bad_type", "ctx");
        }
        issue = object_context(v);
        if (!(issue === null)) {
            return at("ctx", issue);
        }
    }
    v = o["v"] ?? null;
    if (!(v === null)) {
        if (!(Number.isInteger(v))) {
            return found("bad_type", "v");
        }
        if (v !== 1) {
            return found("unsupported_version", "v");
        }
    }
    v = o["stream"] ?? null;
    if (!(v === null)) {
        if (!(typeof v === "string")) {
            return found("bad_type", "stream");
        }
        if (!REGEX_0.test(v)) {
            return found("bad_id", "stream");
        }
    }
    v = o["b"] ?? null;
    if (!(v === null)) {
        if (!(Number.isInteger(v))) {
            return found("bad_type", "b");
        }
        if (v < 0) {
            return found("bad_id", "b");
        }
        if (v > 9007199254740991) {
            return found("bad_id", "b");
        }
    }
    if (!onePlace(o)) {
        return found("bad_id", "id");
    }
    if (!streamHasNumber(o)) {
        return found("bad_id", "n");
    }
    if (!numberHasStream(o)) {
        return found("bad_id", "d");
    }
    k = o["k"] ?? null;
    if (k === null || k === "track") {
        return object_track(o);
    }
    if (k === "page") {
        return object_page(o);
    }
    if (k === "screen") {
        return object_page(o);
    }
    if (k === "identify") {
        return object_identify(o);
    }
    if (k === "profile") {
        return object_profile(o);
    }
    if (k === "group") {
        return object_group(o);
    }
    if (k === "alias") {
        return object_alias(o);
    }
    if (k === "exposure") {
        return object_exposure(o);
    }
    return null;
}

export function validateProblem(o: any): Issue | null {
    let v: any, k: any, issue: Issue | null;
    v = o;
    if (!(isObject(v))) {
        return found("malformed", "");
    }
    issue = object_problem_envelope(v);
    if (!(issue === null)) {
        return at("", issue);
    }
    return null;
}

function object_problem_envelope(o: any, ordered?: [string, any][]): Issue | null {
    let v: any, k: any, issue: Issue | null;
    v = o["type"] ?? null;
    if (!(v === null)) {
        if (!(typeof v === "string")) {
            return found("malformed", "type");
        }
    }
    else if (v === null) {
        return found("malformed", "type");
    }
    v = o["title"] ?? null;
    if (!(v === null)) {
        if (!(typeof v === "string")) {
            return found("malformed", "title");
        }
    }
    else if (v === null) {
        return found("malformed", "title");
    }
    v = o["status"] ?? null;
    if (!(v === null)) {
        if (!(Number.isInteger(v))) {
            return found("malformed", "status");
        }
        if (v < 400) {
            return found("malformed", "status");
        }
        if (v > 599) {
            return found("malformed", "status");
        }
    }
    else if (v === null) {
        return found("malformed", "status");
    }
    v = o["code"] ?? null;
    if (!(v === null)) {
        if (!(typeof v === "string")) {
            return found("malformed", "code");
        }
        if (v === "") {
            return found("malformed", "code");
        }
    }
    else if (v === null) {
        return found("malformed", "code");
    }
    v = o["retryable"] ?? null;
    if (!(v === null)) {
        if (!(typeof v === "boolean")) {
            return found("malformed", "retryable");
        }
    }
    else if (v === null) {
        return found("malformed", "retryable");
    }
    v = o["retry_after_ms"] ?? null;
    if (!(v === null)) {
        if (!(Number.isInteger(v))) {
            return found("malformed", "retry_after_ms");
        }
        if (v < 0) {
            return found("malformed", "retry_after_ms");
        }
        if (v > 9007199254740991) {
            return found("malformed", "retry_after_ms");
        }
    }
    v = o["detail"] ?? null;
    if (!(v === null)) {
        if (!(typeof v === "string")) {
            return found("malformed", "detail");
        }
    }
    v = o["path"] ?? null;
    if (!(v === null)) {
        if (!(typeof v === "string")) {
            return found("malformed", "path");
        }
    }
    v = o["errors"] ?? null;
    if (!(v === null)) {
        if (!(Array.isArray(v))) {
            return found("malformed", "errors");
        }
        issue = array_problem_errors_envelope(v);
        if (!(issue === null)) {
            return at("errors", issue);
        }
    }
    return null;
}

function array_problem_errors_envelope(o: any): Issue | null {
    let v: any, k: any, issue: Issue | null;
    for (const [i, v] of o.entries()) {
        if (!(isObject(v))) {
            return found("malformed", i);
        }
        issue = object_error_envelope(v);
        if (!(issue === null)) {
            return at(i, issue);
        }
    }
    return null;
}

function object_error_envelope(o: any, ordered?: [string, any][]): Issue | null {
    let v: any, k: any, issue: Issue | null;
    v = o["code"] ?? null;
    if (!(v === null)) {
        if (!(typeof v === "string")) {
            return found("malformed", "code");
        }
        if (v === "") {
            return found("malformed", "code");
        }
    }
    else if (v === null) {
        return found("malformed", "code");
    }
    v = o["path"] ?? null;
    if (!(v === null)) {
        if (!(typeof v === "string")) {
            return found("malformed", "path");
        }
    }
    else if (v === null) {
        return found("malformed", "path");
    }
    v = o["limit"] ?? null;
    if (!(v === null)) {
        if (!(Number.isInteger(v))) {
            return found("malformed", "limit");
        }
        if (v < 0) {
            return found("malformed", "limit");
        }
        if (v > 9007199254740991) {
            return found("malformed", "limit");
        }
    }
    return null;
}

export function validateSpec(o: any): Issue | null {
    let v: any, k: any, issue: Issue | null;
    v = o;
    if (!(isObject(v))) {
        return found("malformed", "");
    }
    issue = object_spec_envelope(v);
    if (!(issue === null)) {
        return at("", issue);
    }
    return null;
}

function object_spec_envelope(o: any, ordered?: [string, any][]): Issue | null {
    let v: any, k: any, issue: Issue | null;
    v = o["version"] ?? null;
    if (!(v === null)) {
        if (!(typeof v === "string")) {
            return found("malformed", "version");
        }
        if (!REGEX_10.test(v)) {
            return found("malformed", "version");
        }
    }
    else if (v === null) {
        return found("malformed", "version");
    }
    v = o["sha256"] ?? null;
    if (!(v === null)) {
        if (!(typeof v === "string")) {
            return found("malformed", "sha256");
        }
        if (!REGEX_11.test(v)) {
            return found("malformed", "sha256");
        }
    }
    else if (v === null) {
        return found("malformed", "sha256");
    }
    v = o["limits"] ?? null;
    if (!(v === null)) {
        if (!(isObject(v))) {
            return found("malformed", "limits");
        }
        issue = object_spec_limits_envelope(v);
        if (!(issue === null)) {
            return at("limits", issue);
        }
    }
    else if (v === null) {
        return found("malformed", "limits");
    }
    v = o["codes"] ?? null;
    if (!(v === null)) {
        if (!(isObject(v))) {
            return found("malformed", "codes");
        }
        issue = object_spec_codes_envelope(v);
        if (!(issue === null)) {
            return at("codes", issue);
        }
    }
    else if (v === null) {
        return found("malformed", "codes");
    }
    v = o["features"] ?? null;
    if (!(v === null)) {
        if (!(Array.isArray(v))) {
            return found("malformed", "features");
        }
        issue = array_spec_features_envelope(v);
        if (!(issue === null)) {
            return at("features", issue);
        }
    }
    else if (v === null) {
        return found("malformed", "features");
    }
    return null;
}

function object_spec_limits_envelope(o: any, ordered?: [string, any][]): Issue | null {
    let v: any, k: any, issue: Issue | null;
    for (const [key, v] of ordered ?? Object.entries<any>(o)) {
        if (!(Number.isInteger(v))) {
            return first(object_spec_limits_envelope, o, ordered, found("malformed", key));
        }
        if (v < 0) {
            return first(object_spec_limits_envelope, o, ordered, found("malformed", key));
        }
        if (v > 9007199254740991) {
            return first(object_spec_limits_envelope, o, ordered, found("malformed", key));
        }
    }
    return null;
}

function object_spec_codes_envelope(o: any, ordered?: [string, any][]): Issue | null {
    let v: any, k: any, issue: Issue | null;
    return null;
}

function array_spec_features_envelope(o: any): Issue | null {
    let v: any, k: any, issue: Issue | null;
    for (const [i, v] of o.entries()) {
        if (!(typeof v === "string")) {
            return found("malformed", i);
        }
    }
    return null;
}

export function validateStreamState(o: any): Issue | null {
    let v: any, k: any, issue: Issue | null;
    v = o;
    if (!(isObject(v))) {
        return found("malformed", "");
    }
    issue = object_stream_state_envelope(v);
    if (!(issue === null)) {
        return at("", issue);
    }
    return null;
}

function object_stream_state_envelope(o: any, ordered?: [string, any][]): Issue | null {
    let v: any, k: any, issue: Issue | null;
    v = o["v"] ?? null;
    if (!(v === null)) {
        if (!(Number.isInteger(v))) {
            return found("malformed", "v");
        }
        if (v !== 1) {
            return found("malformed", "v");
        }
    }
    else if (v === null) {
        return found("malformed", "v");
    }
    v = o["stream"] ?? null;
    if (!(v === null)) {
        if (!(typeof v === "string")) {
            return found("malformed", "stream");
        }
        if (!REGEX_0.test(v)) {
            return found("malformed", "stream");
        }
    }
    else if (v === null) {
        return found("malformed", "stream");
    }
    v = o["known"] ?? null;
    if (!(v === null)) {
        if (!(typeof v === "boolean")) {
            return found("malformed", "known");
        }
    }
    else if (v === null) {
        return found("malformed", "known");
    }
    v = o["ack"] ?? null;
    if (!(v === null)) {
        if (!(isObject(v))) {
            return found("malformed", "ack");
        }
        issue = object_ack_envelope(v);
        if (!(issue === null)) {
            return at("ack", issue);
        }
    }
    else if (v === null) {
        return found("malformed", "ack");
    }
    v = o["hwm"] ?? null;
    if (!(v === null)) {
        if (!(Number.isInteger(v))) {
            return found("malformed", "hwm");
        }
        if (v < 0) {
            return found("malformed", "hwm");
        }
        if (v > 9007199254740991) {
            return found("malformed", "hwm");
        }
    }
    else if (v === null) {
        return found("malformed", "hwm");
    }
    v = o["fin"] ?? null;
    if (!(v === null)) {
        if (!(typeof v === "boolean")) {
            return found("malformed", "fin");
        }
    }
    else if (v === null) {
        return found("malformed", "fin");
    }
    v = o["open_ended"] ?? null;
    if (!(v === null)) {
        if (!(typeof v === "boolean")) {
            return found("malformed", "open_ended");
        }
    }
    else if (v === null) {
        return found("malformed", "open_ended");
    }
    v = o["stored"] ?? null;
    if (!(v === null)) {
        if (!(Number.isInteger(v))) {
            return found("malformed", "stored");
        }
        if (v < 0) {
            return found("malformed", "stored");
        }
        if (v > 9007199254740991) {
            return found("malformed", "stored");
        }
    }
    else if (v === null) {
        return found("malformed", "stored");
    }
    v = o["rejected"] ?? null;
    if (!(v === null)) {
        if (!(isObject(v))) {
            return found("malformed", "rejected");
        }
        issue = object_stream_state_rejected_envelope(v);
        if (!(issue === null)) {
            return at("rejected", issue);
        }
    }
    else if (v === null) {
        return found("malformed", "rejected");
    }
    v = o["dropped"] ?? null;
    if (!(v === null)) {
        if (!(isObject(v))) {
            return found("malformed", "dropped");
        }
        issue = object_stream_state_dropped_envelope(v);
        if (!(issue === null)) {
            return at("dropped", issue);
        }
    }
    else if (v === null) {
        return found("malformed", "dropped");
    }
    v = o["unaccounted"] ?? null;
    if (!(v === null)) {
        if (!(Number.isInteger(v))) {
            return found("malformed", "unaccounted");
        }
        if (v < 0) {
            return found("malformed", "unaccounted");
        }
        if (v > 9007199254740991) {
            return found("malformed", "unaccounted");
        }
    }
    else if (v === null) {
        return found("malformed", "unaccounted");
    }
    v = o["first_seen"] ?? null;
    if (!(v === null)) {
        if (!(Number.isInteger(v))) {
            return found("malformed", "first_seen");
        }
        if (v < -9007199254740991) {
            return found("malformed", "first_seen");
        }
        if (v > 9007199254740991) {
            return found("malformed", "first_seen");
        }
    }
    v = o["last_seen"] ?? null;
    if (!(v === null)) {
        if (!(Number.isInteger(v))) {
            return found("malformed", "last_seen");
        }
        if (v < -9007199254740991) {
            return found("malformed", "last_seen");
        }
        if (v > 9007199254740991) {
            return found("malformed", "last_seen");
        }
    }
    v = o["now"] ?? null;
    if (!(v === null)) {
        if (!(Number.isInteger(v))) {
            return found("malformed", "now");
        }
        if (v < -9007199254740991) {
            return found("malformed", "now");
        }
        if (v > 9007199254740991) {
            return found("malformed", "now");
        }
    }
    else if (v === null) {
        return found("malformed", "now");
    }
    return null;
}

function object_stream_state_rejected_envelope(o: any, ordered?: [string, any][]): Issue | null {
    let v: any, k: any, issue: Issue | null;
    for (const [key, v] of ordered ?? Object.entries<any>(o)) {
        if (!(Number.isInteger(v))) {
            return first(object_stream_state_rejected_envelope, o, ordered, found("malformed", key));
        }
        if (v < 0) {
            return first(object_stream_state_rejected_envelope, o, ordered, found("malformed", key));
        }
        if (v > 9007199254740991) {
            return first(object_stream_state_rejected_envelope, o, ordered, found("malformed", key));
        }
    }
    return null;
}

function object_stream_state_dropped_envelope(o: any, ordered?: [string, any][]): Issue | null {
    let v: any, k: any, issue: Issue | null;
    for (const [key, v] of ordered ?? Object.entries<any>(o)) {
        if (!(Number.isInteger(v))) {
            return first(object_stream_state_dropped_envelope, o, ordered, found("malformed", key));
        }
        if (v < 0) {
            return first(object_stream_state_dropped_envelope, o, ordered, found("malformed", key));
        }
        if (v > 9007199254740991) {
            return first(object_stream_state_dropped_envelope, o, ordered, found("malformed", key));
        }
    }
    return null;
}
