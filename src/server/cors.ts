import type { Method } from "./route.ts";

/** How long browsers may keep what a preflight said, in seconds; they cut it to their own limits. */
const PREFLIGHT_SECONDS = 86_400;

/** What a page may send besides what is always allowed. */
const ALLOWED_HEADERS = "authorization, content-type, if-none-match, x-api-key, x-request-id";

/** What a page may read besides what is always readable. */
const EXPOSED_HEADERS =
  "etag, link, ratelimit-limit, ratelimit-remaining, ratelimit-reset, retry-after, vyx-stale, x-request-id";

/** Which other sites' pages may read answers. */
export class Cors {
  readonly #isForAll: boolean;
  readonly #configured: ReadonlySet<string>;
  readonly #keyOrigins: () => readonly string[];

  /** `configured`: origins, or `*`. `keyOrigins`: those that keys name, now. */
  constructor(configured: readonly string[], keyOrigins: () => readonly string[]) {
    this.#isForAll = configured.includes("*");
    this.#configured = new Set(configured);
    this.#keyOrigins = keyOrigins;
  }

  /** Puts on what a page of that origin needs to read the answer; nothing where it may not. */
  apply(headers: Headers, origin: string): void {
    if (this.#isForAll) headers.set("access-control-allow-origin", "*");
    else {
      headers.append("vary", "origin");
      if (!this.allows(origin)) return;
      headers.set("access-control-allow-origin", origin);
    }
    headers.set("access-control-expose-headers", EXPOSED_HEADERS);
  }

  /** What a preflight is told. */
  preflight(headers: Headers, origin: string, methods: readonly Method[]): void {
    this.apply(headers, origin);
    if (!headers.has("access-control-allow-origin")) return;
    headers.set("access-control-allow-methods", methods.join(", "));
    headers.set("access-control-allow-headers", ALLOWED_HEADERS);
    headers.set("access-control-max-age", String(PREFLIGHT_SECONDS));
  }

  allows(origin: string): boolean {
    return this.#isForAll || this.#configured.has(origin) || this.#keyOrigins().includes(origin);
  }
}

/** Whether a page of that origin came from the very server that the request went to. */
export function isSameSite(origin: string, host: string | null): boolean {
  return host !== null && (origin === `http://${host}` || origin === `https://${host}`);
}
