/** The route behind the # in the URL: a screen, its subject and its options. */
export interface Route {
  readonly screen: string;
  /** The parts behind the screen's name, for example a symbol and an interval. */
  readonly parts: readonly string[];
  readonly query: Readonly<Record<string, string>>;
}

/** Reads `#/chart/BTCUSDT/5m?at=1770681600000`; undefined when it isn't one. */
export function parseRoute(hash: string): Route | undefined {
  const match = /^#\/([^?]+)(?:\?(.*))?$/.exec(hash);
  if (match === null) return undefined;
  const [, path = "", query = ""] = match;
  try {
    const [screen = "", ...parts] = path.split("/").map(decodeURIComponent);
    if ([screen, ...parts].includes("")) return undefined;
    return { screen, parts, query: Object.fromEntries(new URLSearchParams(query)) };
  } catch {
    return undefined; // not a URL's encoding
  }
}

/** The address of a screen. */
export function routeHash(
  screen: string,
  parts: readonly string[] = [],
  query: Readonly<Record<string, string>> = {},
): string {
  const path = [screen, ...parts].map(encodeURIComponent).join("/");
  const search = new URLSearchParams(query).toString();
  return `#/${path}${search === "" ? "" : `?${search}`}`;
}
