/** Whether two nodes both know where their data comes from, and it isn't the same place: neither takes the other's then. */
export function isOtherSource(own: string | null, source: string | null | undefined): boolean {
  return own !== null && typeof source === "string" && source !== own;
}
