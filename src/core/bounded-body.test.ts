import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { gzipSync } from "node:zlib";
import { BodyTooLarge, boundedBody } from "./bounded-body.ts";

const MB = 1_048_576;
const textOf = async (body: Response["body"], maxBytes = 2 * MB): Promise<string> =>
  new TextDecoder().decode(await boundedBody(body, maxBytes));

let server: Bun.Server<undefined>;
let sentBytes = 0;

beforeAll(() => {
  const bomb = gzipSync(new Uint8Array(200 * MB));
  server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: (request) => {
      if (request.url.endsWith("/bomb")) return new Response(bomb, { headers: { "content-encoding": "gzip" } });
      if (request.url.endsWith("/text")) return new Response("krona é 币".repeat(100_000));
      return new Response(
        new ReadableStream({
          pull: (controller) => {
            sentBytes += 65_536;
            controller.enqueue(new Uint8Array(65_536));
          },
        }),
      );
    },
  });
});
afterAll(() => server.stop(true));

describe("a body with a bound", () => {
  test("is read as text, characters whole", async () => {
    const text = await textOf((await fetch(`${server.url}text`)).body);
    expect(text).toBe("krona é 币".repeat(100_000));
  });

  test("that is exactly as long is read; one byte more isn't", async () => {
    expect(await textOf(new Response("12345").body, 5)).toBe("12345");
    await expect(boundedBody(new Response("123456").body, 5)).rejects.toBeInstanceOf(BodyTooLarge);
    expect(await textOf(null, 5)).toBe("");
  });

  test("is cut where it is endless, or a few bytes that inflate without end; what it cost is bounded", async () => {
    const before = process.memoryUsage.rss();
    for (const path of ["bomb", "endless"]) {
      for (let round = 0; round < 3; round += 1) {
        const response = await fetch(`${server.url}${path}`);
        await expect(boundedBody(response.body, 2 * MB)).rejects.toThrow("past 2 MB and was cut off");
      }
    }
    // Three bombs are 600 MB; what the sender and the runtime hold for a while is here, too.
    expect(process.memoryUsage.rss() - before).toBeLessThan(500 * MB);
    expect(sentBytes).toBeLessThan(400 * MB);
  });

  test("that drips without end is let go when the time is up", async () => {
    const timeout = new AbortController();
    let wasCanceled = false;
    const drip = new ReadableStream({
      pull: async (controller) => {
        controller.enqueue(new Uint8Array(1));
        await new Promise(() => {});
      },
      cancel: () => {
        wasCanceled = true;
      },
    });
    const reading = boundedBody(new Response(drip).body, MB, timeout.signal);
    timeout.abort(new Error("nothing came for 10 s"));
    await expect(reading).rejects.toThrow("nothing came for 10 s");
    expect(wasCanceled).toBe(true);
  });
});
