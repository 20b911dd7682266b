/** How long a browser may keep a preflight's answer, in seconds. */
const PREFLIGHT_SECONDS = 600;

/** The headers that let a page of an allowed origin read the answer; none for all others. */
export function corsHeaders(request: Request, origins: readonly string[]): [string, string][] {
  const origin = request.headers.get("origin");
  if (origin === null || origins.length === 0) return [];
  const allowed = origins.includes("*") ? "*" : origins.includes(origin) ? origin : undefined;
  const vary: [string, string] = ["vary", "origin"];
  if (allowed === undefined) return [vary];
  return [
    ["access-control-allow-origin", allowed],
    ["access-control-expose-headers", "x-request-id, retry-after, vyx-cursor"],
    vary,
  ];
}

/** Answers a preflight. Without {@link corsHeaders} it allows nothing. */
export function preflightAnswer(request: Request, methods: readonly string[]): Response {
  const headers = new Headers({ allow: [...methods, "OPTIONS"].join(", ") });
  if (request.headers.get("access-control-request-method") !== null) {
    headers.set("access-control-allow-methods", methods.join(", "));
    headers.set(
      "access-control-allow-headers",
      "authorization, x-api-key, apikey, x-client-info, content-type, x-request-id",
    );
    headers.set("access-control-max-age", String(PREFLIGHT_SECONDS));
  }
  return new Response(null, { status: 204, headers });
}
