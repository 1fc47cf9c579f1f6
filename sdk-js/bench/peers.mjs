/**
 * The SDKs that are compared, each with the source of its page script: `start(url)` begins to record,
 * `track(marker)` records one event. What else an SDK would send by itself is turned off.
 *
 * `speak` answers a request of the peer's wire: [status, type, body].
 */

const JSON_TYPE = "application/json";
const ok = (body = "{}", type = JSON_TYPE) => () => [200, type, body];
const KEY = "0123456789abcdef0123456789abcdef";

/** What stands in front of a peer's own settings service. */
const RUDDER_CONFIG = JSON.stringify({
  source: {
    id: "source",
    name: "bench",
    writeKey: KEY,
    enabled: true,
    workspaceId: "workspace",
    config: { statsCollection: { errors: { enabled: false }, metrics: { enabled: false } } },
    connections: [],
    destinations: [],
    dataplanes: {},
  },
  updatedAt: "2026-01-01T00:00:00.000Z",
});

export const PEERS = [
  {
    name: "mixpanel-browser",
    source: `
      // Its lightest build: without the recorder of screens.
      import mixpanel from "mixpanel-browser/src/loaders/loader-module-core";
      export const start = (url) => mixpanel.init("${KEY}", { api_host: url, autocapture: false, track_pageview: false });
      export const track = (marker) => mixpanel.track("Bench", { marker });`,
    speak: ok('{"status":1,"error":null}'),
  },
  {
    name: "posthog-js",
    source: `
      import posthog from "posthog-js";
      export const start = (url) => posthog.init("phc_${KEY}", { api_host: url, autocapture: false, capture_pageview: false, capture_pageleave: false, disable_session_recording: true, disable_external_dependency_loading: true, disable_surveys: true, advanced_disable_flags: true });
      export const track = (marker) => posthog.capture("Bench", { marker });`,
    speak: ok('{"status":1}'),
  },
  {
    name: "@amplitude/analytics-browser",
    source: `
      import * as amplitude from "@amplitude/analytics-browser";
      export const start = (url) => amplitude.init("${KEY}", undefined, { serverUrl: url + "/2/httpapi", autocapture: false, fetchRemoteConfig: false, remoteConfig: { fetchRemoteConfig: false } });
      export const track = (marker) => amplitude.track("Bench", { marker });`,
    speak: ok('{"code":200,"events_ingested":1,"payload_size_bytes":1,"server_upload_time":1}'),
  },
  {
    name: "@segment/analytics-next",
    source: `
      import { AnalyticsBrowser } from "@segment/analytics-next";
      let analytics;
      export const start = (url) => { analytics = AnalyticsBrowser.load({ writeKey: "${KEY}", cdnURL: url }); };
      export const track = (marker) => analytics.track("Bench", { marker });`,
    speak: ({ path, host }) =>
      path.endsWith("/settings")
        ? [200, JSON_TYPE, JSON.stringify({ integrations: { "Segment.io": { apiKey: KEY, apiHost: `${host}/v1`, protocol: "http", versionSettings: {} } }, plan: { track: { __default: { enabled: true } } }, enabledMiddleware: {}, metrics: { sampleRate: 0 } })]
        : [200, JSON_TYPE, '{"success":true}'],
  },
  {
    name: "@snowplow/browser-tracker",
    source: `
      import { newTracker, trackStructEvent } from "@snowplow/browser-tracker";
      export const start = (url) => newTracker("bench", url, { appId: "bench" });
      export const track = (marker) => trackStructEvent({ category: "bench", action: "Bench", label: marker });`,
    speak: ok("ok", "text/plain"),
  },
  {
    name: "@rudderstack/analytics-js",
    source: `
      import { RudderAnalytics } from "@rudderstack/analytics-js/bundled";
      const analytics = new RudderAnalytics();
      export const start = (url) => analytics.load("${KEY}", url, { configUrl: url });
      export const track = (marker) => analytics.track("Bench", { marker });`,
    speak: ({ path }) => [200, JSON_TYPE, path.includes("sourceConfig") ? RUDDER_CONFIG : '"OK"'],
  },
  {
    name: "@plausible-analytics/tracker",
    source: `
      import { init, track as record } from "@plausible-analytics/tracker";
      export const start = (url) => init({ domain: "bench.example", endpoint: url + "/api/event", autoCapturePageviews: false, captureOnLocalhost: true, logging: false });
      export const track = (marker) => record("Bench", { props: { marker } });`,
    speak: () => [202, "text/plain", "ok"],
  },
  {
    name: "countly-sdk-web",
    source: `
      import Countly from "countly-sdk-web";
      export const start = (url) => { Countly.init({ app_key: "${KEY}", url }); };
      export const track = (marker) => Countly.add_event({ key: "Bench", count: 1, segmentation: { marker } });`,
    speak: ok('{"result":"Success"}'),
  },
  {
    name: "@openpanel/web",
    source: `
      import { OpenPanel } from "@openpanel/web";
      let client;
      export const start = (url) => { client = new OpenPanel({ clientId: "${KEY}", apiUrl: url, trackScreenViews: false, trackOutgoingLinks: false, trackAttributes: false }); };
      export const track = (marker) => client.track("Bench", { marker });`,
    speak: ok('{"deviceId":"device","sessionId":"session"}'),
  },
];
