import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { ManualClock } from "../../tests/helpers/clock.ts";
import { DATABASES, isMissing, startDatabases, type TestDatabases } from "../../tests/helpers/databases.ts";
import { aTrader } from "../../tests/helpers/made-up-traders.ts";
import { DeliveriesTable, DestinationsTable, type Sql, TradersTable } from "../traders/mod.ts";
import type { DestinationAddress, NewDestination } from "../wire/mod.ts";
import { DeliveryLoop } from "./delivery-loop.ts";
import { newWebhookSecret } from "./webhook.ts";

/** 12:00 UTC, a close of 1m. */
const START = Date.UTC(2026, 1, 10, 12);
const MINUTE = 60_000;

interface Received {
  readonly path: string;
  readonly key: string | null;
  readonly headers: Headers;
  readonly text: string;
  readonly body: { readonly signals?: readonly { readonly symbol: string; readonly closeTime: number }[] } & Record<
    string,
    unknown
  >;
}

describe.each(DATABASES)("messages about signals on %s", (kind) => {
  describe.skipIf(isMissing(kind))("", () => {
    let databases: TestDatabases;
    let sql: Sql;
    let clock: ManualClock;
    let traderId: string;
    let receiver: ReturnType<typeof Bun.serve>;
    let received: Received[];
    /** What the receiver answers next; 200 when none is left. */
    let answers: (() => Response)[];
    let table: DestinationsTable;

    beforeAll(async () => {
      databases = await startDatabases(kind);
      receiver = Bun.serve({
        port: 0,
        hostname: "127.0.0.1",
        fetch: async (request) => {
          const [text, { pathname: path }] = [await request.text(), new URL(request.url)];
          received.push({
            path,
            key: request.headers.get("idempotency-key"),
            headers: request.headers,
            text,
            body: JSON.parse(text),
          });
          return answers.shift()?.() ?? new Response("thanks");
        },
      });
    });
    afterAll(async () => {
      await receiver.stop(true);
      await databases?.stop();
    });
    beforeEach(async () => {
      ({ sql } = await databases.migrated());
      clock = new ManualClock(START);
      [received, answers] = [[], []];
      table = new DestinationsTable(sql);
      ({ id: traderId } = await new TradersTable(sql).create("gerda", aTrader({ name: "Dips" }), undefined));
    });
    afterEach(() => expect(answers).toEqual([]));

    const url = (path = "/hook"): string => `http://127.0.0.1:${receiver.port}${path}`;
    const hook = (): DestinationAddress => ({ kind: "webhook", url: url(), secret: newWebhookSecret() });
    const destination = async (more: Partial<NewDestination> = {}) =>
      await table.create("gerda", {
        ...{
          name: "Bot",
          address: hook(),
          enabled: true,
          traders: null,
          digestAbove: 10,
          onChange: false,
          quiet: null,
          maxPerHour: 60,
        },
        ...more,
      });
    /** Signals at a close, so many minutes after the start. */
    const signals = async (minute: number, ...symbols: readonly string[]): Promise<void> => {
      const closeTime = START + minute * MINUTE - 1;
      await sql`insert into public.signals (trader_id, trader_version, symbol, interval, close_time, price, facts)
        select ${traderId}, 1, symbol, '1m', ${closeTime}, 1.5, '{"rsi": 28.5}'::jsonb from unnest(${[...symbols]}::text[]) symbol`;
    };
    const loop = (): DeliveryLoop =>
      new DeliveryLoop({
        ...{ table: new DeliveriesTable(sql), clock, random: () => 0.5, telegramUrl: url("") },
        ...{ isAllowed: (address) => address === "127.0.0.1", log: { info: () => {}, warn: () => {} } },
      });
    const told = (): string[] => received.map(({ body }) => (body.signals ?? []).map(({ symbol }) => symbol).join(" "));
    const states = async (): Promise<string[]> =>
      (await sql`select state || ' ' || attempts as one from public.deliveries order by id`).map(({ one }) => one);
    /** As if so much time had passed since everything that the database noted. */
    const passed = async (ms: number): Promise<void> => {
      await clock.turn(ms);
      const ago = `${ms} milliseconds`;
      await sql`update public.destinations set next_at = next_at - ${ago}::interval, lease_until = lease_until - ${ago}::interval`;
      await sql`update public.deliveries set created_at = created_at - ${ago}::interval, ended_at = ended_at - ${ago}::interval`;
    };

    test("a webhook gets each signal once, in order, signed, with the signal's id as its key", async () => {
      const { id } = await destination();
      await signals(0, "BTCUSDT", "ETHUSDT");
      const sending = loop();
      expect(await sending.pass()).toBe(5_000);
      await sending.pass();
      expect(told()).toEqual(["BTCUSDT", "ETHUSDT"]);
      const [{ key, headers, text, body }] = received as [Received, Received];
      expect(body).toMatchObject({
        type: "signal",
        id: key,
        signals: [{ id: Number(key), traderName: "Dips", price: 1.5, facts: { rsi: 28.5 } }],
      });
      const { address } = (await sql`select address from public.destinations where id = ${id}`)[0] as {
        address: { secret: string };
      };
      const timestamp = headers.get("webhook-timestamp");
      expect([headers.get("webhook-id"), timestamp]).toEqual([key, String(START / 1_000)]);
      const hmac = new Bun.CryptoHasher("sha256", Buffer.from(address.secret.slice("whsec_".length), "base64"));
      expect(headers.get("webhook-signature")).toBe(
        `v1,${hmac.update(`${key}.${timestamp}.${text}`).digest("base64")}`,
      );
      expect(await states()).toEqual(["done 1", "done 1"]);
      expect(sending.figures()).toEqual({ accepted: 2, failed: 0, dead: 0 });
      expect(await table.read("gerda", id)).toMatchObject({
        waiting: 0,
        lastError: null,
        failingSince: null,
        shown: `${new URL(url()).origin}/…`,
      });
    });

    test("a receiver that fails gets everything in order when it is back, and a double has the same key", async () => {
      await destination();
      answers = [() => new Response("no room", { status: 503 }), () => Response.redirect("http://127.0.0.1:1/")];
      await signals(0, "AUSDT");
      await signals(1, "BUSDT");
      const sending = loop();
      expect(await sending.pass()).toBeCloseTo(750, -2);
      await signals(2, "CUSDT");
      await passed(800);
      expect(await sending.pass()).toBeCloseTo(1_500, -2);
      expect((await table.list("gerda"))[0]).toMatchObject({
        waiting: 3,
        lastError: "302: a redirect, which isn't followed",
      });
      await passed(1_600);
      await sending.pass();
      expect(told()).toEqual(["AUSDT", "AUSDT", "AUSDT", "BUSDT", "CUSDT"]);
      expect(new Set(received.slice(0, 3).map(({ key }) => key)).size).toBe(1);
      expect(await states()).toEqual(["done 3", "done 1", "done 1"]);
      expect((await table.list("gerda"))[0]).toMatchObject({ waiting: 0, lastError: null, failingSince: null });
    });

    test("a server that was killed while it sent is followed by one that sends the same again", async () => {
      await destination();
      await signals(0, "AUSDT");
      const taken = await new DeliveriesTable(sql).claim(5, 30_000);
      expect(taken).toHaveLength(1);
      // Another server may not send beside it.
      expect(await loop().pass()).toBe(5_000);
      expect(told()).toEqual([]);
      await passed(31_000);
      await loop().pass();
      expect(told()).toEqual(["AUSDT"]);
      expect(await new DeliveriesTable(sql).renew(taken[0] as never, 1_000)).toBe(false);
    });

    test("500 matches of a close are one digest, also while they are still being stored", async () => {
      await destination();
      const closeTime = START - 1;
      await sql`insert into public.executions (trader_id, interval, close_time, status) values (${traderId}, '1m', ${closeTime}, 'running')`;
      const symbols = Array.from({ length: 500 }, (_, index) => `S${index}USDT`);
      await signals(0, ...symbols.slice(0, 300));
      const sending = loop();
      expect(await sending.pass()).toBeCloseTo(200, -2);
      await signals(0, ...symbols.slice(300));
      await sql`update public.executions set status = 'done'`;
      await passed(300);
      await sending.pass();
      expect(received).toHaveLength(1);
      const [digest] = received as [Received];
      expect(digest.body.type).toBe("digest");
      expect(digest.body.signals?.map(({ symbol }) => symbol)).toEqual(symbols);
      expect(new Set((await states()).map((one) => one.split(" ")[0]))).toEqual(new Set(["done", "merged"]));
      // The next close has few.
      await signals(1, "AUSDT", "BUSDT");
      await sending.pass();
      expect(told().slice(1)).toEqual(["AUSDT", "BUSDT"]);
    });

    test("a digest that fails is sent again as it was", async () => {
      await destination({ digestAbove: 1 });
      await signals(0, "AUSDT", "BUSDT");
      answers = [() => new Response(null, { status: 500 })];
      const sending = loop();
      await sending.pass();
      await signals(0, "CUSDT");
      await passed(1_000);
      await sending.pass();
      expect(told()).toEqual(["AUSDT BUSDT", "AUSDT BUSDT", "CUSDT"]);
      expect(received[0]?.key).toBe(received[1]?.key as string);
    });

    test("on change, a symbol that matched at the close before is left out", async () => {
      await destination({ onChange: true });
      await signals(0, "AUSDT", "BUSDT");
      await signals(1, "AUSDT");
      await signals(3, "AUSDT", "BUSDT");
      await loop().pass();
      expect(told()).toEqual(["AUSDT", "BUSDT", "AUSDT", "BUSDT"]);
      expect(await states()).toEqual(["done 1", "done 1", "unchanged 0", "done 1", "done 1"]);
    });

    test("in quiet hours nothing is sent; afterwards what waited comes as one", async () => {
      await destination({ quiet: { from: 11 * 60, until: 13 * 60 }, digestAbove: 2 });
      await signals(0, "AUSDT");
      await signals(5, "BUSDT", "CUSDT");
      const sending = loop();
      await sending.pass();
      await passed(59 * MINUTE);
      await sending.pass();
      expect(told()).toEqual([]);
      await passed(MINUTE + 1);
      await sending.pass();
      expect(told()).toEqual(["AUSDT BUSDT CUSDT"]);
    });

    test("above the bound of an hour, the rest comes as one when the hour is over", async () => {
      await destination({ maxPerHour: 2, digestAbove: 1 });
      for (const [minute, symbol] of ["AUSDT", "BUSDT", "CUSDT", "DUSDT"].entries()) await signals(minute, symbol);
      const sending = loop();
      await sending.pass();
      expect(told()).toEqual(["AUSDT", "BUSDT"]);
      await passed(30 * MINUTE);
      await sending.pass();
      expect(told()).toHaveLength(2);
      await passed(31 * MINUTE);
      await sending.pass();
      expect(told().slice(2)).toEqual(["CUSDT DUSDT"]);
    });

    test("a message that isn't taken for a day is given up with the reason, and the next one goes on", async () => {
      await destination();
      await signals(0, "AUSDT");
      await signals(1, "BUSDT");
      answers = [() => new Response("bad key", { status: 401 }), () => new Response("bad\u0000 key", { status: 401 })];
      const sending = loop();
      await sending.pass();
      await passed(25 * 3_600_000);
      await sending.pass();
      await passed(2_000);
      await sending.pass();
      expect(told()).toEqual(["AUSDT", "AUSDT", "BUSDT"]);
      const id = (await table.list("gerda"))[0]?.id as string;
      const { deliveries } = await table.deliveries(id, { cursor: undefined, limit: 10 });
      expect(deliveries.map(({ state, attempts, answer }) => [state, attempts, answer])).toEqual([
        ["done", 1, "200: thanks"],
        ["dead", 2, "401: bad key"],
      ]);
      expect(sending.figures()).toEqual({ accepted: 1, failed: 1, dead: 1 });
    });

    test("410 ends a destination; an address inside is never sent to, and says so", async () => {
      const gone = await destination();
      answers = [() => new Response(null, { status: 410 })];
      await signals(0, "AUSDT");
      await loop().pass();
      expect(await table.read("gerda", gone.id)).toMatchObject({
        enabled: false,
        lastError: "410 (the receiver wants no more messages)",
      });
      const inside = await destination({
        address: { kind: "webhook", url: "https://[::1]/", secret: newWebhookSecret() },
      });
      await signals(1, "BUSDT");
      await loop().pass();
      expect(received).toHaveLength(1);
      expect((await table.read("gerda", inside.id))?.lastError).toContain(
        "::1 is ::1, which isn't an address of the public internet",
      );
    });

    test("Telegram, Discord and ntfy get text; 429s are waited for as they say", async () => {
      await destination({
        name: "T",
        address: { kind: "telegram", token: "123456:ABCDEFGHIJKLMNOPQRSTUVWX", chatId: "-100123" },
      });
      answers = [() => Response.json({ ok: false, parameters: { retry_after: 7 } }, { status: 429 })];
      await signals(0, "AUSDT");
      const sending = loop();
      expect(await sending.pass()).toBe(5_000);
      await passed(6_000);
      await sending.pass();
      expect(received).toHaveLength(1);
      await passed(1_100);
      await sending.pass();
      const text = "Dips: AUSDT\n1.5 at 2026-02-10 12:00 UTC, 1m\nrsi: 28.5";
      expect(received[1]).toMatchObject({
        path: "/bot123456:ABCDEFGHIJKLMNOPQRSTUVWX/sendMessage",
        body: { chat_id: "-100123", text },
      });
      await sql`delete from public.destinations`;
      await destination({ name: "D", address: { kind: "discord", url: url("/api/webhooks/1/abc") } });
      await destination({ name: "N", address: { kind: "ntfy", url: url("/my-topic"), token: "tk_1" } });
      await signals(1, "BUSDT");
      await loop().pass();
      const others = received.slice(2).sort((one, other) => (one.path < other.path ? 1 : -1));
      expect(others[0]).toMatchObject({
        path: "/api/webhooks/1/abc",
        body: {
          content: "**Dips: BUSDT**\n1.5 at 2026-02-10 12:01 UTC, 1m\nrsi: 28.5",
          allowed_mentions: { parse: [] },
        },
      });
      expect(others[1]).toMatchObject({ path: "/", body: { topic: "my-topic", title: "Dips: BUSDT" } });
      expect(others[1]?.headers.get("authorization")).toBe("Bearer tk_1");
    });

    test("only the owner's destinations get a trader's signals, only those that name it, and none that is off", async () => {
      const other = await new TradersTable(sql).create("gerda", aTrader({ name: "Other" }), undefined);
      const address = (path: string): DestinationAddress => ({ kind: "ntfy", url: url(path) });
      await destination({ name: "a", address: address("/all") });
      await destination({ name: "b", address: address("/mine"), traders: [traderId] });
      await destination({ name: "c", address: address("/other"), traders: [other.id] });
      await destination({ name: "d", address: address("/off"), enabled: false });
      await table.create("emil", {
        ...(await destination({ name: "e", address: address("/x") })),
        address: address("/emil"),
      });
      await sql`delete from public.destinations where name = 'e' and owner = 'gerda'`;
      await signals(0, "AUSDT");
      await loop().pass();
      expect(received.map(({ body }) => body.topic).sort()).toEqual(["all", "mine"]);
    });
  });
});
