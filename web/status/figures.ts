import { ageText } from "../text/age.ts";
import { amountText } from "../text/amount.ts";
import type { Sample } from "./samples.ts";

/** A figure of the server with its course over the last minutes. */
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
    title: "Feed lag",
    says: "Time since the last message from the exchange or upstream",
    values: gauge("vyx_feed_lag_seconds"),
    text: secondsText,
  },
  {
    title: "Close lag",
    says: "Delay of final candles, 99th percentile",
    values: gauge("vyx_close_lag_p99_seconds"),
    text: secondsText,
  },
  {
    title: "Feed connections",
    says: "Open connections to the exchange or upstream",
    values: gauge("vyx_feed_connections"),
    text: String,
  },
  {
    title: "REST weight",
    says: "Request weight spent in this minute at the exchange; the line is its limit",
    values: gauge("vyx_rest_weight_used"),
    text: amountText,
    limit: "vyx_rest_weight_limit",
  },
  { title: "Holes", says: "Ranges of missing candles in all series", values: gauge("vyx_holes"), text: amountText },
  {
    title: "Incomplete series",
    says: "Series with holes or uncertain candles",
    values: gauge("vyx_incomplete_series"),
    text: amountText,
  },
  { title: "Sockets", says: "Open WebSockets of clients", values: gauge("vyx_sockets"), text: amountText },
  {
    title: "Messages a second",
    says: "Sent to all WebSockets",
    values: rate("vyx_messages_sent_total"),
    text: amountText,
  },
  {
    title: "Requests a second",
    says: "HTTP requests of all callers",
    values: rate("vyx_requests_total"),
    text: (value) => value.toFixed(1),
  },
  {
    title: "Event loop lag",
    says: "Longest delay within the last 15 s",
    values: gauge("vyx_event_loop_lag_seconds"),
    text: secondsText,
  },
  { title: "Memory", says: "Memory of the process", values: gauge("vyx_resident_memory_bytes"), text: bytesText },
  { title: "Heap", says: "Memory of JavaScript objects", values: gauge("vyx_heap_bytes"), text: bytesText },
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
