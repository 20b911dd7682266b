import type { PageSettings } from "../wire/mod.ts";
import type { Compressor } from "./compression.ts";
import { ReadyAnswer } from "./respond.ts";
import { type Route, route } from "./route.ts";

/** A file of the page, ready to be sent. */
export interface PageAsset {
  readonly body: Uint8Array;
  readonly contentType: string;
  /** Whether its name changes with its content, so that it may be kept for ever. */
  readonly immutable: boolean;
}

/** The headers of all files. */
const HEADERS: Readonly<Record<string, string>> = {
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=()",
};

/** Scripts from this server alone; styles may stand in the page, as the chart puts its own there. */
const CONTENT_SECURITY_POLICY: readonly string[] = [
  "default-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
];

/** The files of a page as routes, by path. Everyone may have them: the market's data isn't in them. */
export function pageRoutes(
  page: ReadonlyMap<string, PageAsset>,
  settings: PageSettings,
  compressor: Compressor,
): Route[] {
  const policy = [...CONTENT_SECURITY_POLICY, `connect-src ${["'self'", ...originsOf(settings)].join(" ")}`].join("; ");
  return [...page].map(([path, asset]) => {
    const answer = fileAnswer(asset, policy);
    return route({
      method: "GET",
      path,
      says: "a file of the page",
      scope: undefined,
      isFile: true,
      parameters: {},
      answers: { 200: { says: "the file", contentType: asset.contentType } },
      handle: ({ request, caller }) => answer.for(request.headers, caller, compressor),
    });
  });
}

/** Where else the page may ask: who signs its users in, and who keeps their traders. */
function originsOf({ signIn, functionsUrl }: PageSettings): Set<string> {
  return new Set([signIn?.url ?? [], functionsUrl ?? []].flat().map((url) => new URL(url).origin));
}

/** Compressed when it is first asked for so, like everything that is sent again and again. */
function fileAnswer({ body, contentType, immutable }: PageAsset, policy: string): ReadyAnswer {
  const etag = `"${Bun.hash(body).toString(36)}"`;
  const headers = {
    "cache-control": immutable ? "public, max-age=31536000, immutable" : "no-cache",
    "content-security-policy": policy,
    ...HEADERS,
  };
  return new ReadyAnswer(new Uint8Array(body), { etag, contentType, headers });
}
