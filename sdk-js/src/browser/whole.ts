/** The rest of the client, fetched by a page's first script when it is needed: `/tm-client.js`. */

import { settings as completed } from "../options.js";
import { Pipeline } from "../pipeline.js";
import { VERSION } from "../version.js";
import type { Whole } from "./handed.js";
import { BOUNDS, follow, platformOf } from "./platform.js";
import { BrowserBuffers } from "./spool.js";
import { Visitor } from "./visitor.js";

/** Go on with everything the first script has; null = that is of another version. */
export const whole: Whole = ({ version, key, lanes, ids, gpc, clock, transport, database, ...resumed }) => {
  if (version !== VERSION) return null;
  const settings = completed({ batching: BOUNDS, privacy: { ...resumed.consent, gpc } });
  const buffers = new BrowserBuffers(key, settings, () => pipeline.worker.wake(), database);
  const platform = platformOf(clock, new Visitor(ids), transport, buffers);
  const pipeline: Pipeline = new Pipeline(settings, platform, {
    ...resumed,
    lanes: lanes.map((lane) => ({ buffer: buffers.resume(lane), held: lane.held, made: lane.made })),
  });
  follow(pipeline, buffers);
  return pipeline;
};
