import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { connect } from "node:net";
import * as v from "valibot";
import { keyAccess, keyRecord } from "../../tests/helpers/keys.ts";
import { type ServedMarket, serveMarket } from "../../tests/helpers/served-market.ts";
import { json } from "./answer.ts";
import { functionRoutes } from "./function-routes.ts";
import { KeyRing } from "./keys/key-ring.ts";
import { route } from "./route.ts";

/** Tokens of the key, which the time of the test doesn't refill. */
const TOKENS = 20;
const BODY = '{"text":"x"}';

let market: ServedMarket;
beforeEach(() => {
  const echo = route({
    ...{ method: "POST", path: "/echo", says: "", scope: "read", parameters: {}, answers: {} },
    body: v.object({ text: v.string() }),
    handle: ({ body }) => json(body),
  });
  const functions = functionRoutes(
    async (_name, request) => new Response(await request.text()),
    () => 1,
  );
  const ring = new KeyRing([keyRecord("k", { rate: `${TOKENS}/h`, scopes: ["read", "trade"] })]);
  market = serveMarket({ with: { access: keyAccess(ring), routes: [echo, ...functions] } });
});
afterEach(() => market.server.stop());

/** What the server answers to a request of these lines, until it closes the connection. */
async function answerTo(lines: readonly string[], body = BODY): Promise<{ status: number; text: string }> {
  const { hostname, port } = new URL(market.server.url);
  const socket = connect({ host: hostname, port: Number(port) });
  let text = "";
  socket.on("data", (bytes) => {
    text += bytes.toString("latin1");
  });
  socket.on("error", () => {});
  const closed = new Promise<void>((resolve) => socket.on("close", () => resolve()));
  socket.write(`${[...lines, "Host: localhost", "X-API-Key: k"].join("\r\n")}\r\n\r\n${body}`);
  await closed;
  return { status: Number(text.slice(9, 12)), text };
}

const remaining = async (): Promise<string | null> =>
  (await market.get("/health", { "x-api-key": "k" })).headers.get("ratelimit-remaining");

describe("a length that isn't one plain whole number is refused, costs one token, and leaves the bucket a number", () => {
  test.each([
    ["POST /echo", [`Content-Length: ${BODY.length}`, `Content-Length: ${BODY.length}`]],
    ["POST /functions/v1/get-klines", [`Content-Length: ${BODY.length}`, `Content-Length: ${BODY.length}`]],
    ["GET /health", [`Content-Length: ${BODY.length}`, `Content-Length: ${BODY.length}`]],
  ] as const)("%s with two equal lengths", async (what, lengths) => {
    const { status, text } = await answerTo([`${what} HTTP/1.1`, "Content-Type: application/json", ...lengths]);
    expect(status).toBe(400);
    expect(text).toContain(
      `Content-Length is \\"${BODY.length}, ${BODY.length}\\": expected one whole number of bytes, sent once`,
    );
    expect(text.toLowerCase()).toContain("connection: close");
    expect(await remaining()).toBe(String(TOKENS - 2));
  });

  test("and the key's rate holds afterwards", async () => {
    await answerTo(["POST /echo HTTP/1.1", "Content-Length: 12", "Content-Length: 12"]);
    const statuses: number[] = [];
    for (let index = 0; index < TOKENS; index += 1) {
      statuses.push((await market.get("/health", { "x-api-key": "k" })).status);
    }
    expect(statuses).toEqual([...Array(TOKENS - 1).fill(200), 429]);
  });
});

describe("a body that is compressed is refused with 415, which says what is taken", () => {
  test.each([
    ["/echo", "gzip", 415],
    ["/echo", "identity, GZIP", 415],
    ["/echo", "identity", 200],
    ["/functions/v1/get-klines", "br", 415],
    ["/functions/v1/get-klines", "identity", 200],
    // It reads no body.
    ["/tickets", "gzip", 403],
  ] as const)("%s: %s", async (path, coding, status) => {
    const answer = await fetch(market.server.url + path, {
      method: "POST",
      headers: { "x-api-key": "k", "content-encoding": coding },
      body: BODY,
    });
    const text = await answer.text();
    expect(answer.status).toBe(status);
    if (status !== 415) return;
    expect(JSON.parse(text)).toMatchObject({
      code: "unsupported_media_type",
      detail: `Content-Encoding is "${coding}": expected a JSON body that isn't compressed`,
    });
  });
});
