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
