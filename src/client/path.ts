import { InvalidInput } from "../core/mod.ts";

/** What a query's parameter may be; one that is undefined is left out, a list is joined by commas. */
type Parameter = string | number | boolean | readonly string[] | undefined;

/** A path of parts that are encoded, with a query. */
export function pathOf(parts: readonly string[], query: Readonly<Record<string, Parameter>> = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) search.set(name, Array.isArray(value) ? value.join(",") : String(value));
  }
  // These would be taken for steps in the path.
  const wrong = parts.find((part) => part === "" || part === "." || part === "..");
  if (wrong !== undefined) throw new InvalidInput(`"${wrong}" can't be a part of an address: expected a name`);
  const path = `/${parts.map(encodeURIComponent).join("/")}`;
  return search.size === 0 ? path : `${path}?${search}`;
}
