import { afterAll, beforeAll, expect, test } from "bun:test";
import { Destinations } from "../../src/client/mod.ts";
import { type Demo, startDemo } from "../helpers/demo.ts";
import { until } from "../helpers/until.ts";

/** A web origin that may read the demo's answers. */
const ORIGIN = "https://site.example";

let demo: Demo;
let receiver: Bun.Server<undefined>;
const received: string[] = [];

beforeAll(async () => {
  receiver = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: (request) => {
      received.push(new URL(request.url).pathname);
      return Response.json({ ok: true, result: {} });
    },
  });
  const messages = ["--webhook-networks", "127.0.0.0/8", "--telegram-url", `http://127.0.0.1:${receiver.port}`];
  demo = await startDemo(["--symbols", "2", "--cors-origins", ORIGIN, ...messages]);
});
afterAll(async () => {
  await demo?.stop();
  await receiver?.stop(true);
});

test("the demo lets pages of --cors-origins read it, and no others", async () => {
  const allowed = async (origin: string): Promise<string | null> =>
    (await fetch(`${demo.url}/health`, { headers: { origin } })).headers.get("access-control-allow-origin");
  expect([await allowed(ORIGIN), await allowed("https://other.example")]).toEqual([ORIGIN, null]);
});

test("the demo sends to receivers of --webhook-networks, and to the Telegram of --telegram-url", async () => {
  const destinations = new Destinations({ url: demo.url });
  // Until its database has started, traders and destinations aren't there.
  await until(async () => (await destinations.list().catch(() => undefined)) !== undefined);
  const token = `123456:${"A".repeat(35)}`;
  for (const address of [
    { kind: "webhook", url: `http://127.0.0.1:${receiver.port}/hook` },
    { kind: "telegram", token, chatId: "42" },
  ] as const) {
    const { id } = await destinations.create({ name: address.kind, address });
    expect(await destinations.test(id)).toMatchObject({ accepted: true });
  }
  expect(received).toEqual(["/hook", `/bot${token}/sendMessage`]);
});
