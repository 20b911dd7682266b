import { ageText } from "../text/age.ts";
import { amountText } from "../text/amount.ts";
import type { Sample } from "./samples.ts";

/** A figure of the server with its course over the last hour. */
export interface Figure {
  readonly title: string;
  /** A description. */
  readonly says: string;
  readonly values: (samples: readonly Sample[]) => readonly (number | undefined)[];
  readonly text: (value: number) => string;
  /** The limit of the figure, drawn as a line. */
  readonly limit?: string;
}

/** The figures, in this order. docs/metrics.md lists the metrics. */
export const FIGURES: readonly Figure[] = [
  {
    title: "Newest data",
    says: "Age of the last message from the exchange",
    values: gauge("vyx_feed_lag_seconds"),
    text: secondsText,
  },
  {
    title: "Finished candles",
    says: "How late they arrive: 99 of 100 within this time",
    values: gauge("vyx_close_lag_p99_seconds"),
    text: secondsText,
  },
  {
    title: "Exchange connections",
    says: "Open at the moment",
    values: gauge("vyx_feed_connections"),
    text: String,
  },
  {
    title: "Exchange requests",
    says: "Request weight spent in this minute; the line is the exchange's limit",
    values: gauge("vyx_rest_weight_used"),
    text: amountText,
    limit: "vyx_rest_weight_limit",
  },
  {
    title: "Missing candles",
    says: "Gaps in all series; the server fills them",
    values: gauge("vyx_holes"),
    text: amountText,
  },
  {
    title: "Incomplete series",
    says: "Series with missing or uncertain candles",
    values: gauge("vyx_incomplete_series"),
    text: amountText,
  },
  {
    title: "Live connections",
    says: "Open WebSockets of pages and programs",
    values: gauge("vyx_sockets"),
    text: amountText,
  },
  {
    title: "Messages a second",
    says: "Sent to all live connections",
    values: rate("vyx_messages_sent_total"),
    text: amountText,
  },
  {
    title: "Requests a second",
    says: "HTTP requests of all pages and programs",
    values: rate("vyx_requests_total"),
    text: (value) => value.toFixed(1),
  },
  {
    title: "Reaction time",
    says: "Longest that a request waited for its turn, within 15 s",
    values: gauge("vyx_event_loop_lag_seconds"),
    text: secondsText,
  },
  {
    title: "Memory",
    says: "Memory of the server's process",
    values: gauge("vyx_resident_memory_bytes"),
    text: bytesText,
  },
  {
    title: "Memory of objects",
    says: "The part of it that JavaScript objects take",
    values: gauge("vyx_heap_bytes"),
    text: bytesText,
  },
];

/** Figures that the server doesn't have, a follower's or a recording's REST weight for example, are left out. */
export function presentFigures(samples: readonly Sample[]): readonly Figure[] {
  return FIGURES.filter(({ values }) => values(samples).some((value) => value !== undefined));
}

function gauge(name: string): Figure["values"] {
  return (samples) => samples.map(({ figures }) => figures.get(name));
}

/** The growth rate of a counter. Undefined across a restart, which resets the counter. */
function rate(name: string): Figure["values"] {
  return (samples) =>
    samples.map(({ at, figures }, index) => {
      const before = samples[index - 1];
      const [now, then] = [figures.get(name), before?.figures.get(name)];
      if (before === undefined || now === undefined || then === undefined || now < then) return undefined;
      return ((now - then) * 1_000) / Math.max(1, at - before.at);
    });
}

function secondsText(seconds: number): string {
  if (seconds < 1) return `${Math.round(seconds * 1_000)} ms`;
  return seconds < 60 ? `${seconds.toFixed(1)} s` : ageText(seconds * 1_000);
}

function bytesText(bytes: number): string {
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(0)} MB` : `${(bytes / 1e9).toFixed(2)} GB`;
}
