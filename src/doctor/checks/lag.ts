import { ClientError } from "../../client/mod.ts";
import { countOf } from "../../core/mod.ts";
import { ofEachMarket, type VisitedMarket } from "../by-market.ts";
import { good, type Outcome, skipped, spanInWords, wrong } from "../finding.ts";
import type { Visit } from "../visit.ts";

/** Maximum silence of the exchange, which sends data about every second, in milliseconds. */
const SILENT_MS = 10_000;

/** A minute's close is there seconds later. One that is older than a minute and this, in milliseconds, is late. */
const CLOSE_LATE_MS = 30_000;

/** Whether the server receives data from the exchange, and has the last minute. */
export async function lag(visit: Visit): Promise<Outcome> {
  const { following } = await visit.health();
  return await ofEachMarket(visit, (served) => lagOf(visit, served, following === null ? EXCHANGE : UPSTREAM));
}

/** The other end of a server's feed: what it is called, and what to do while it is silent. */
interface Sender {
  readonly name: string;
  readonly whenSilent: string;
}

const EXCHANGE: Sender = {
  name: "the exchange",
  whenSilent: "see the exchange's status page; if it has no trouble, check the server's network, or restart the server",
};

const UPSTREAM: Sender = {
  name: "the upstream",
  whenSilent:
    "check with `vyx doctor` whether the upstream is well; if it is, check the network between the two servers",
};

async function lagOf(
  visit: Visit,
  { feed, reasons, source, market }: VisitedMarket,
  { name, whenSilent }: Sender,
): Promise<Outcome> {
  const silence = feed.lastEventAgeMs;
  const stand = `the feed is ${feed.state} with ${countOf(feed.connections, "connection")}`;
  const expected = `data every second: ${whenSilent}: docs/runbook.md#vyxfeedstale`;
  if (silence === null) {
    const since = feed.silentForMs === null ? "" : ` for ${spanInWords(feed.silentForMs)}`;
    return wrong(`no data has arrived from ${name}${since}; ${stand}`, expected);
  }
  if (silence > SILENT_MS) {
    return wrong(`no data from ${name} for ${spanInWords(silence)}; ${stand}`, expected);
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
  // Its closes are as old as the recording.
  if (source === "recorded") return good(`${heard}; it is played back, so its age says nothing`);
  if (visit.keysWithheld !== undefined) return skipped(`${heard}; closes not checked: ${visit.keysWithheld}`);
  const answer = await visit.client.closes({ market }).catch((cause: unknown) => refusal(visit, cause));
  if (typeof answer === "string") return skipped(`${heard}; closes not checked: ${answer}`);
  const last = answer.intervals["1m"]?.closeTime;
  if (last === undefined) return skipped(`${heard}; closes not checked: the server has none of 1m`);
  const age = visit.deployment.clock.now() - last;
  if (age > 60_000 + CLOSE_LATE_MS) {
    return wrong(
      `the last minute that closed is ${spanInWords(age)} old, although data arrives`,
      "90 s at most: docs/runbook.md#vyxcloseslate; or one of the clocks is wrong: see clock",
    );
  }
  return good(`${heard}, and the last minute closed ${spanInWords(Math.max(0, age))} ago`);
}

/** Why the server refuses its closes, in words. Any other failure is thrown: it is one of the deployment. */
function refusal(visit: Visit, cause: unknown): string {
  if (!(cause instanceof ClientError) || (cause.status !== 401 && cause.status !== 403)) throw cause;
  return visit.deployment.apiKey === undefined ? "set VYX_API_KEY to a key with the scope read" : "see key";
}
