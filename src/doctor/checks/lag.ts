import { good, type Outcome, spanInWords, wrong } from "../finding.ts";
import type { Visit } from "../visit.ts";

/** Maximum silence of the exchange, which sends data about every second, in milliseconds. */
const SILENT_MS = 10_000;

/** A minute's close is there seconds later. One that is older than a minute and this, in milliseconds, is late. */
const CLOSE_LATE_MS = 30_000;

/** Whether the server receives data from the exchange, and has the last minute. */
export async function lag(visit: Visit): Promise<Outcome> {
  const { feed, reasons } = await visit.health();
  const silence = feed.lastEventAgeMs;
  const stand = `the feed is ${feed.state} with ${feed.connections} connections`;
  const expected = "data every second: docs/runbook.md#vyxfeedstale";
  if (silence === null) {
    const since = feed.silentForMs === null ? "" : ` for ${spanInWords(feed.silentForMs)}`;
    return wrong(`no data has arrived from the exchange${since}; ${stand}`, expected);
  }
  if (silence > SILENT_MS) {
    return wrong(`no data from the exchange for ${spanInWords(silence)}; ${stand}`, expected);
  }
  if (feed.marketLagMs !== null && feed.marketLagMs > SILENT_MS) {
    return wrong(
      `data arrives, but is ${spanInWords(feed.marketLagMs)} old by the exchange's own clock; ${stand}`,
      expected,
    );
  }
  if (feed.state === "silent") {
    return wrong(`part of the data doesn't arrive: ${reasons.join("; ")}; ${stand}`, expected);
  }
  const heard = `the last data arrived ${spanInWords(silence)} ago`;
  if (visit.keysWithheld !== undefined) return good(`${heard}; closes not checked: ${visit.keysWithheld}`);
  const answer = await visit.client.closes().catch(() => undefined);
  const last = answer?.intervals["1m"]?.closeTime;
  if (last === undefined) return good(`${heard}; no closes of 1m to check`);
  const age = visit.deployment.clock.now() - last;
  if (age > 60_000 + CLOSE_LATE_MS) {
    return wrong(
      `the last minute that closed is ${spanInWords(age)} old, although data arrives`,
      "90 s at most: docs/runbook.md#vyxcloseslate; or one of the clocks is wrong: see clock",
    );
  }
  return good(`${heard}, and the last minute closed ${spanInWords(Math.max(0, age))} ago`);
}
