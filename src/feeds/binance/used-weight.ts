/** The weight that an address has used in this clock minute, as an answer's headers say. */
export function usedWeight(headers: Headers): number | undefined {
  const used = Number(headers.get("x-mbx-used-weight-1m"));
  return used > 0 && used < Number.POSITIVE_INFINITY ? used : undefined;
}
