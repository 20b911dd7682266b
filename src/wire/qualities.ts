/** A weight (RFC 9110, 12.4.2): 0 to 1 with three decimals at most. */
const WEIGHT = /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/;

/**
 * What a header such as `Accept` or `Accept-Encoding` takes, in lower case, by its weight from 0, which is "not this one", to 1. Without a
 * weight it is 1. A member whose weight can't be read is left out. Of a member that is named twice, the larger weight counts.
 */
export function qualities(header: string): Map<string, number> {
  const found = new Map<string, number>();
  for (const member of header.toLowerCase().split(",")) {
    const [name = "", ...parameters] = member.split(";").map((part) => part.trim());
    const weight = parameters.find((parameter) => parameter.startsWith("q="))?.slice(2) ?? "1";
    if (name === "" || !WEIGHT.test(weight)) continue;
    found.set(name, Math.max(found.get(name) ?? 0, Number(weight)));
  }
  return found;
}

/**
 * Whether `Accept` asks for a type, in lower case, in place of JSON: it names the type, and doesn't weigh JSON more. Wildcards alone get JSON.
 *
 * @example
 * isPreferredToJson("text/csv; charset=utf-8", "text/csv"); // true
 */
export function isPreferredToJson(accept: string | null, type: string): boolean {
  if (accept === null || !accept.toLowerCase().includes(type)) return false;
  const taken = qualities(accept);
  const wanted = taken.get(type) ?? 0;
  const json = taken.get("application/json") ?? taken.get("application/*") ?? taken.get("*/*") ?? 0;
  return wanted > 0 && wanted >= json;
}
