import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { gzipSync } from "node:zlib";
import { BodyTooLarge, type ByteStream, boundedBody } from "./bounded-body.ts";

const MB = 1_048_576;
const textOf = async (body: Response["body"], maxBytes = 2 * MB): Promise<string> =>
  new TextDecoder().decode(await boundedBody(body, maxBytes));

/** A body, and how much of it was read. */
function counted(body: Response["body"]): ByteStream & { readBytes: number; wasCanceled: boolean } {
  const reader = (body as NonNullable<Response["body"]>).getReader();
  const stream = {
    readBytes: 0,
    wasCanceled: false,
    getReader: () => ({
      read: async () => {
        const chunk = await reader.read();
        stream.readBytes += chunk.value?.byteLength ?? 0;
        return chunk;
      },
      cancel: async (reason?: unknown) => {
        stream.wasCanceled = true;
        await reader.cancel(reason);
      },
    }),
  };
  return stream;
}

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
    for (const path of ["bomb", "endless"]) {
      for (let round = 0; round < 3; round += 1) {
        const body = counted((await fetch(`${server.url}${path}`)).body);
        await expect(boundedBody(body, 2 * MB)).rejects.toThrow("past 2 MB and was cut off");
        // The bound and one chunk; what the runtime holds for a while is its own.
        expect(body.readBytes).toBeLessThan(4 * MB);
        expect(body.wasCanceled).toBe(true);
      }
    }
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
