/** An object of JSON, as an exchange sent it. */
export type Members = Readonly<Record<string, unknown>>;

/** Whether a value of JSON is an object or a list. */
export function isObject(value: unknown): value is Members {
  return typeof value === "object" && value !== null;
}

/** A text that isn't empty; undefined for anything else. */
export function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
