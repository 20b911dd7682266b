import { pathOf } from "./path.ts";

/** The path of a function, by its name and what follows it. */
export function functionPath(parts: readonly string[], query: Parameters<typeof pathOf>[1] = {}): string {
  return pathOf(["functions", "v1", ...parts], query);
}
