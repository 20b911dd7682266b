import { afterAll, beforeAll, expect, test } from "bun:test";
import { gzipSync } from "node:zlib";
import { RedisError, UpstashRest } from "./mod.ts";

let asked = 0;
let server: Bun.Server<undefined>;
beforeAll(() => {
  const bomb = gzipSync(new Uint8Array(100 * 1024 * 1024));
  server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: () => {
      asked += 1;
      return new Response(bomb, { headers: { "content-encoding": "gzip" } });
    },
  });
});
afterAll(() => server.stop(true));

test("an answer that inflates past the bound is cut off, and isn't asked for again", async () => {
  const redis = new UpstashRest({ url: String(server.url), token: "t" });
  const refused = await redis.each([["PING"]]).catch((cause: unknown) => cause);
  expect(refused).toBeInstanceOf(RedisError);
  expect(refused).toMatchObject({ code: "redis_refused", message: expect.stringContaining("past 64 MB and was cut") });
  expect(asked).toBe(1);
});
