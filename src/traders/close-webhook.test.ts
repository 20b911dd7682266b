import { afterAll, beforeAll, expect, test } from "bun:test";
import type { UnixMs } from "../core/mod.ts";
import { tellClose } from "./mod.ts";

let status = 200;
let server: Bun.Server<undefined>;
beforeAll(() => {
  const endless = (): ReadableStream =>
    new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(65_536)) });
  server = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response(endless(), { status }) });
});
afterAll(() => server.stop(true));

test("of an answer without end the status counts, and the rest is cut off", async () => {
  const address = { url: String(server.url), key: "k" };
  const close = { interval: "1m", closeTime: 1_760_000_059_999 as UnixMs } as const;
  await tellClose(address, close);
  status = 500;
  await expect(tellClose(address, close)).rejects.toThrow("answered 500: the body goes on past 64 kB and was cut off");
});
