/** What the address behind the # chooses. */
export interface Route {
  readonly symbol: string;
  readonly interval: string;
}

/** Reads `#/BTCUSDT/5m`; undefined when it isn't one. The symbol's case doesn't matter. */
export function parseRoute(hash: string): Route | undefined {
  const match = /^#\/([^/]+)\/([^/]+)$/.exec(hash);
  if (match === null) return undefined;
  const [, symbol = "", interval = ""] = match;
  try {
    return { symbol: decodeURIComponent(symbol).toUpperCase(), interval: decodeURIComponent(interval) };
  } catch {
    return undefined; // not a URL's encoding
  }
}

/** The address of a symbol's chart. */
export function routeHash({ symbol, interval }: Route): string {
  return `#/${encodeURIComponent(symbol)}/${encodeURIComponent(interval)}`;
}

/** Whether both choose the same chart. */
export function sameRoute(a: Route, b: Route): boolean {
  return a.symbol === b.symbol && a.interval === b.interval;
}
