/** The body of any request has to be complete within this, in milliseconds. Then the request is refused, and its connection closed. */
export const BODY_WITHIN_MS = 10_000;

/**
 * What is wrong with the `Content-Encoding` of a request, in words; undefined where its body comes as it is. Bodies are small, and a
 * compressed one would have to be bounded twice, so none is taken.
 */
export function contentCodingFault(header: string | null): string | undefined {
  if (header === null) return undefined;
  const codings = header.split(",").map((coding) => coding.trim().toLowerCase());
  if (codings.every((coding) => coding === "" || coding === "identity")) return undefined;
  return `Content-Encoding is "${header.slice(0, 60)}": expected a JSON body that isn't compressed`;
}
