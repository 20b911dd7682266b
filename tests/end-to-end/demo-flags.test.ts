import { afterAll, beforeAll, expect, test } from "bun:test";
import { Destinations } from "../../src/client/mod.ts";
import { type Demo, startDemo } from "../helpers/demo.ts";
import { SmtpStandIn } from "../helpers/smtp-stand-in.ts";
import { until } from "../helpers/until.ts";

/** A web origin that may read the demo's answers. */
const ORIGIN = "https://site.example";

/** Where its users would reach it. */
const PUBLIC = "https://vyx.example";

let demo: Demo;
let receiver: Bun.Server<undefined>;
const received: string[] = [];
let isThere = true;
let smtp: SmtpStandIn;

beforeAll(async () => {
  receiver = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: (request) => {
      received.push(new URL(request.url).pathname);
      return isThere ? Response.json({ ok: true, result: {} }) : new Response("no such key", { status: 401 });
    },
  });
  smtp = await SmtpStandIn.start({ needsLogin: true });
  const mail = ["--smtp-url", `smtp://vyx:pass%20word@127.0.0.1:${smtp.port}`, "--smtp-from", "Vyx <vyx@example.org>"];
  const messages = ["--webhook-networks", "127.0.0.0/8", "--telegram-url", `http://127.0.0.1:${receiver.port}`];
  demo = await startDemo(["--symbols", "2", "--cors-origins", ORIGIN, ...messages, ...mail, "--public-url", PUBLIC]);
});
afterAll(async () => {
  await demo?.stop();
  await receiver?.stop(true);
  await smtp?.stop();
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
    { kind: "discord", url: `http://127.0.0.1:${receiver.port}/api/webhooks/1/a` },
    { kind: "ntfy", url: `http://127.0.0.1:${receiver.port}/topic` },
  ] as const) {
    const { id } = await destinations.create({ name: address.kind, address });
    expect(await destinations.test(id)).toEqual({ accepted: true, answer: '200: {"ok":true,"result":{}}' });
    isThere = false;
    expect(await destinations.test(id)).toEqual({ accepted: false, answer: "401: no such key" });
    isThere = true;
  }
  expect(received.filter((_, index) => index % 2 === 0)).toEqual([
    ...["/hook", `/bot${token}/sendMessage`, "/api/webhooks/1/a", "/"],
  ]);
});

test("the demo mails a code by --smtp-url, signals once that is entered, and no more after the link in them", async () => {
  const destinations = new Destinations({ url: demo.url });
  await until(async () => (await destinations.list().catch(() => undefined)) !== undefined);
  expect(await (await fetch(`${demo.url}/page-settings`)).json()).toMatchObject({ sendsMail: true });
  const address = { kind: "email", to: "ann@example.com" } as const;
  const { id, confirmed } = await destinations.create({ name: "Mail", address });
  expect([confirmed, smtp.mails.length]).toEqual([false, 1]);
  const code = /^(\d{4} \d{4}) is your code/.exec(smtp.mails[0]?.headers.get("subject") ?? "")?.[1] ?? "";
  expect(await destinations.confirm(id, code)).toMatchObject({ confirmed: true });
  expect(await destinations.test(id)).toMatchObject({ accepted: true });
  const { headers, text } = smtp.mails[1] as (typeof smtp.mails)[number];
  expect([headers.get("from"), headers.get("subject")]).toEqual(["Vyx <vyx@example.org>", "Test message from Vyx"]);
  const path = new RegExp(`${PUBLIC}(/mail/[0-9a-f-]{36})`).exec(text)?.[1] ?? "";
  expect(headers.get("list-unsubscribe")).toBe(`<${PUBLIC}${path}>`);
  expect((await fetch(demo.url + path)).status).toBe(200);
  expect((await destinations.list()).destinations.find((one) => one.id === id)).toMatchObject({ enabled: true });
  const body = new URLSearchParams({ "List-Unsubscribe": "One-Click" });
  expect((await fetch(demo.url + path, { method: "POST", body })).status).toBe(200);
  expect((await destinations.list()).destinations.find((one) => one.id === id)).toMatchObject({
    ...{ enabled: false, confirmed: false, lastError: "its recipient ended the messages" },
  });
});
