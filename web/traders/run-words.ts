import { countOf } from "../../src/core/mod.ts";
import type { PastExecution } from "../../src/wire/mod.ts";
import { said } from "./trouble-words.ts";

const MINUTE_MS = 60_000;

/** How long a run took: "38 ms", "1.2 s", "2 min 5 s"; a dash where its beginning wasn't noted. */
export function tookText({ startedAt, finishedAt }: Pick<PastExecution, "startedAt" | "finishedAt">): string {
  if (startedAt === null) return "–";
  const tookMs = Math.max(0, finishedAt - startedAt);
  if (tookMs < 1_000) return `${Math.round(tookMs)} ms`;
  if (tookMs < MINUTE_MS) return `${(tookMs / 1_000).toFixed(1)} s`;
  const seconds = Math.floor(tookMs / 1_000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** What else there is to say of a run, in sentences: why it failed, what was left out, and what it still waits for. */
export function runNotes({ status, error, errors, skipped, attempts, pending }: PastExecution): readonly string[] {
  const failed = status === "failed" ? "The run failed" : errors > 0 ? `Failed for ${countOf(errors, "symbol")}` : "";
  const what = failed !== "" ? failed : error === null ? "" : `Skipped ${countOf(skipped, "symbol")}`;
  return [
    ...(what === "" ? [] : [error === null ? `${what}.` : said(what, error)]),
    ...(pending > 0 ? [`${countOf(pending, "symbol")} will run as soon as the candle is certain.`] : []),
    ...(attempts > 1 ? [`It took ${attempts} attempts.`] : []),
  ];
}
