import type { FrameSink } from "./exchange.ts";

/** An object of JSON, as an exchange sent it. */
export type Members = Readonly<Record<string, unknown>>;

/** Whether a value of JSON is an object or a list. */
export function isObject(value: unknown): value is Members {
  return typeof value === "object" && value !== null;
}

/** The object that a frame of text holds; undefined where it holds none, and the sink counts why. */
export function objectIn(frame: string, sink: Pick<FrameSink, "malformed">): Members | undefined {
  let value: unknown;
  try {
    value = JSON.parse(frame);
  } catch {
    sink.malformed("not_json");
    return undefined;
  }
  if (isObject(value)) return value;
  sink.malformed("not_an_event");
  return undefined;
}

/** A text that isn't empty; undefined for anything else. */
export function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
