import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { ManualClock } from "../../tests/helpers/clock.ts";
import { DATABASES, isMissing, startDatabases, type TestDatabases } from "../../tests/helpers/databases.ts";
import { aTrader } from "../../tests/helpers/made-up-traders.ts";
import { until } from "../../tests/helpers/until.ts";
import { DeliveriesTable, DestinationsTable, type DueDestination, type Sql, TradersTable } from "../traders/mod.ts";
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
          priceAlerts: true,
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
        ...{ isAllowed: (address) => address === "127.0.0.1", addressesOf: async () => ["127.0.0.1"] },
        ...{ log: { info: () => {}, warn: () => {} } },
      });
    const told = (): string[] => received.map(({ body }) => (body.signals ?? []).map(({ symbol }) => symbol).join(" "));
    const states = async (): Promise<string[]> =>
      (
        await sql`select state || ' ' || sent || ' of ' || cardinality(signal_ids) as one from public.deliveries order by id`
      ).map(({ one }) => one);
    /** As if so much time had passed since everything that the database noted. */
    const passed = async (ms: number): Promise<void> => {
      await clock.turn(ms);
      const ago = `${ms} milliseconds`;
      await sql`update public.destinations set next_at = next_at - ${ago}::interval, lease_until = lease_until - ${ago}::interval`;
      await sql`update public.deliveries set created_at = created_at - ${ago}::interval, ended_at = ended_at - ${ago}::interval,
        first_tried_at = first_tried_at - ${ago}::interval, last_sent_at = last_sent_at - ${ago}::interval`;
    };

    /** Sends, after which the destination waits so long: by the database's clock, which runs on meanwhile. */
    const passAndWait = async (sending: DeliveryLoop, ms: number): Promise<void> => {
      const [{ before }] = (await sql`select clock_timestamp() as before`) as unknown as [{ before: Date }];
      expect(await sending.pass()).toBeLessThanOrEqual(ms);
      const [row] =
        await sql`select extract(epoch from next_at - ${before}) * 1000 >= ${ms} as waits from public.destinations`;
      expect(row).toEqual({ waits: true });
    };

    test("a webhook gets each signal once, in order, signed, with the signal's id and close as its key", async () => {
      const { id } = await destination();
      await signals(0, "BTCUSDT", "ETHUSDT");
      const sending = loop();
      expect(await sending.pass()).toBe(5_000);
      await sending.pass();
      expect(told()).toEqual(["BTCUSDT", "ETHUSDT"]);
      const [{ key, headers, text, body }] = received as [Received, Received];
      const [signal] = body.signals as unknown as [{ id: number; closeTime: number }];
      expect(key).toBe(`${signal.id}-${signal.closeTime}`);
      expect(body).toMatchObject({
        ...{ type: "signal", id: key, signals: [{ traderName: "Dips", price: 1.5, facts: { rsi: 28.5 } }] },
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
      expect(await states()).toEqual(["done 2 of 2"]);
      expect(sending.figures()).toMatchObject({ accepted: 2, failed: 0, dead: 0 });
      await passed(MINUTE);
      await sending.pass();
      expect(sending.figures().waiting).toBe(0);
      expect(await table.read("gerda", id)).toMatchObject({ waiting: 0, lastError: null, failingSince: null });
    });

    test("price alerts that fired are sent like signals, with a key of their own, in words that say within which candle", async () => {
      await destination();
      await destination({ name: "Chat", address: { kind: "discord", url: url("/chat") } });
      await destination({ name: "Signals only", priceAlerts: false });
      const fired = async (count: number, at: number): Promise<void> => {
        await sql`with made as (
          insert into public.price_alerts (owner, symbol, kind, condition, note, state, armed_at, revision)
            select 'gerda', 'BTCUSDT', 'level', '{"kind": "level", "direction": "up", "level": 100}', 'sell', 'fired', 0, 0
            from generate_series(1, ${count}::integer) returning id, symbol, condition, note
        )
        insert into public.alert_events (alert_id, symbol, condition, note, direction, price, reference, value, at, open_time, in_open_candle)
        select id, symbol, condition, note, 'up', 101, 100, 101, ${at}, ${START}, true from made`;
      };
      await fired(1, START + 5_000);
      await signals(0, "ETHUSDT");
      await fired(11, START + 6_000);
      await loop().pass();
      expect(await states()).toEqual([
        ...["done 1 of 0", "done 1 of 0", "done 1 of 1", "done 1 of 1", "done 1 of 1", "done 11 of 0", "done 11 of 0"],
      ]);
      const first = received.find(({ body }) => body.type === "alert");
      const last = received.find(({ body }) => body.type === "digest");
      const [event] = (first?.body.alerts ?? []) as [{ alertId: string }];
      expect(first?.key).toBe(`alert-${event.alertId}-${START + 5_000}`);
      expect(first?.body).toMatchObject({
        ...{ type: "alert", alerts: [{ symbol: "BTCUSDT", price: 101, inOpenCandle: true, note: "sell" }] },
      });
      expect(first?.body).not.toHaveProperty("signals");
      expect(last?.body).toMatchObject({ type: "digest", alerts: { length: 11 } });
      expect(last?.key).toStartWith("digest-alert-");
      const chat = received.filter(({ path }) => path === "/chat").map(({ body }) => String(body.content));
      expect(chat[0]).toBe(
        "BTCUSDT crossed 100 upwards\n101 at 2026-02-10 12:00:05 UTC, within the open 1m candle\nsell",
      );
      expect(chat.at(-1)).toStartWith("11 price alerts\nBTCUSDT crossed 100 upwards: 101 at");
      // What was deleted meanwhile isn't sent.
      await fired(1, START + 7_000);
      await sql`delete from public.price_alerts`;
      await loop().pass();
      expect((await sql`select answer from public.deliveries where state = 'dead'`)[0]).toEqual({
        answer: "its price alerts were deleted",
      });
    });

    test("a receiver that fails gets everything in order when it is back, and a double has the same key", async () => {
      await destination();
      answers = [() => new Response("no room", { status: 503 }), () => Response.redirect("http://127.0.0.1:1/")];
      await signals(0, "AUSDT", "BUSDT");
      const sending = loop();
      await passAndWait(sending, 750);
      await signals(1, "CUSDT");
      await passed(800);
      await passAndWait(sending, 1_500);
      expect((await table.list("gerda"))[0]).toMatchObject({
        waiting: 3,
        lastError: "302: a redirect, which isn't followed",
      });
      await passed(1_600);
      await sending.pass();
      expect(told()).toEqual(["AUSDT", "AUSDT", "AUSDT", "BUSDT", "CUSDT"]);
      expect(new Set(received.slice(0, 3).map(({ key }) => key)).size).toBe(1);
      expect(await states()).toEqual(["done 2 of 2", "done 1 of 1"]);
      expect((await table.list("gerda"))[0]).toMatchObject({
        ...{ waiting: 0, waitsFor: null, nextTryAt: null, lastError: null, failingSince: null },
      });
    });

    test("a message that was tried is never put together with others: its answer may have been lost", async () => {
      await destination({ digestAbove: 1 });
      answers = [() => new Response(null, { status: 500 })];
      await signals(0, "AUSDT");
      const sending = loop();
      await sending.pass();
      await signals(0, "BUSDT", "CUSDT");
      await signals(1, "DUSDT");
      await passed(1_000);
      await sending.pass();
      expect(told()).toEqual(["AUSDT", "AUSDT", "BUSDT CUSDT DUSDT"]);
      expect(received[0]?.key).toBe(received[1]?.key as string);
      expect(await states()).toEqual(["done 1 of 1", "done 3 of 3", "merged 0 of 1"]);
    });

    test("a server that was killed while it sent is followed by one that sends the same again", async () => {
      await destination();
      await signals(0, "AUSDT", "BUSDT");
      const old = new DeliveriesTable(sql);
      const [taken] = (await old.claim(5, 60_000)) as [DueDestination];
      // Another server may not send beside it.
      expect(await loop().pass()).toBe(5_000);
      expect(told()).toEqual([]);
      await passed(61_000);
      await loop().pass();
      expect(told()).toEqual(["AUSDT", "BUSDT"]);
      // What the first one still writes has no effect.
      expect(await old.renew(taken, 1_000)).toBeUndefined();
      const [row] = (await sql<{ id: number }[]>`select id from public.deliveries`) as unknown as [{ id: number }];
      const asItWas = {
        id: row.id,
        about: "signals" as const,
        ids: [1],
        isDigest: null,
        sent: 0,
        ageMs: 0,
        isRunning: false,
      };
      expect([await old.trying(taken, row.id), await old.decide(taken, [asItWas], [1], true)]).toEqual([false, false]);
      await old.failed(taken, row.id, { answer: "500", isRefused: false, isGone: true });
      expect((await table.list("gerda"))[0]).toMatchObject({ enabled: true, lastError: null });
      expect(await states()).toEqual(["done 2 of 2"]);
    });

    test("500 matches of a close are one digest, also while they are still being stored", async () => {
      await destination();
      const closeTime = START - 1;
      await sql`insert into public.executions (trader_id, interval, close_time, status) values (${traderId}, '1m', ${closeTime}, 'running')`;
      const symbols = Array.from({ length: 500 }, (_, index) => `S${index}USDT`);
      await signals(0, ...symbols.slice(0, 300));
      const sending = loop();
      await passAndWait(sending, 200);
      await signals(0, ...symbols.slice(300));
      await sql`update public.executions set status = 'done'`;
      await passed(300);
      await sending.pass();
      expect(received).toHaveLength(1);
      const [digest] = received as [Received];
      expect(digest.body.type).toBe("digest");
      expect(digest.body.signals?.map(({ symbol }) => symbol)).toEqual(symbols);
      // The next close has few.
      await signals(1, "AUSDT", "BUSDT");
      await sending.pass();
      expect(told().slice(1)).toEqual(["AUSDT", "BUSDT"]);
    });

    test("a digest has 500 signals at most, however many wait", async () => {
      await destination({ digestAbove: 1 });
      const symbols = Array.from({ length: 300 }, (_, index) => `S${index}USDT`);
      for (const minute of [0, 1, 2]) await signals(minute, ...symbols);
      await loop().pass();
      expect(received.map(({ body }) => body.signals?.length)).toEqual([300, 300, 300]);
    });

    test("on change, a symbol that matched at the close before is left out", async () => {
      await destination({ onChange: true });
      await signals(0, "AUSDT", "BUSDT");
      await loop().pass();
      await signals(1, "AUSDT");
      await loop().pass();
      await signals(3, "AUSDT", "BUSDT");
      await loop().pass();
      expect(told()).toEqual(["AUSDT", "BUSDT", "AUSDT", "BUSDT"]);
      expect(await states()).toEqual(["done 2 of 2", "unchanged 0 of 1", "done 2 of 2"]);
    });

    test("in quiet hours nothing is sent; afterwards what waited comes as one", async () => {
      await destination({ quiet: { from: 11 * 60, until: 13 * 60 }, digestAbove: 2 });
      await signals(0, "AUSDT");
      await signals(5, "BUSDT", "CUSDT");
      const sending = loop();
      await sending.pass();
      const [quiet] = await table.list("gerda");
      expect(quiet).toMatchObject({ waitsFor: "quiet", waiting: 3 });
      expect((quiet?.nextTryAt ?? 0) - Date.now()).toBeGreaterThan(59 * MINUTE);
      await passed(59 * MINUTE);
      await sending.pass();
      expect(told()).toEqual([]);
      await passed(MINUTE + 1);
      await sending.pass();
      expect(told()).toEqual(["AUSDT BUSDT CUSDT"]);
    });

    test("above the bound of an hour, the rest comes as one when the hour is over", async () => {
      await destination({ maxPerHour: 2, digestAbove: 1 });
      const sending = loop();
      for (const [minute, symbol] of ["AUSDT", "BUSDT", "CUSDT", "DUSDT"].entries()) {
        await signals(minute, symbol);
        await sending.pass();
      }
      expect(told()).toEqual(["AUSDT", "BUSDT"]);
      expect((await table.list("gerda"))[0]).toMatchObject({ waitsFor: "hour", waiting: 2 });
      await passed(30 * MINUTE);
      await sending.pass();
      expect(told()).toHaveLength(2);
      await passed(31 * MINUTE);
      await sending.pass();
      expect(told().slice(2)).toEqual(["CUSDT DUSDT"]);
    });

    test("a message that isn't taken for a day is given up with the reason, and so is what waits for two", async () => {
      const { id } = await destination();
      await signals(0, "AUSDT");
      answers = [() => new Response("bad\u0000 key", { status: 401 })];
      const sending = loop();
      await sending.pass();
      await passed(23 * 3_600_000);
      await signals(1, "BUSDT");
      await passed(2 * 3_600_000);
      await sending.pass();
      expect(told()).toEqual(["AUSDT", "BUSDT"]);
      await table.update("gerda", id, { enabled: false });
      await sql`insert into public.deliveries (destination_id, signal_ids, created_at) select ${id}, '{1}', now() - interval '49 hours'
        from generate_series(1, 100)`;
      await signals(2, "CUSDT");
      await table.update("gerda", id, { enabled: true });
      await signals(3, "DUSDT");
      await sending.pass();
      expect(told()).toEqual(["AUSDT", "BUSDT", "DUSDT"]);
      const { deliveries } = await table.deliveries(id, { cursor: undefined, limit: 500 });
      const ends = deliveries.map(({ state, answer }) => `${state} ${answer}`);
      expect([ends.at(-1), new Set(ends)]).toEqual([
        "dead 401: bad key",
        new Set(["done 200: thanks", "dead it waited for too long", "dead 401: bad key"]),
      ]);
      expect(sending.figures()).toMatchObject({ accepted: 2, failed: 1, dead: 101 });
    });

    test("an endless backlog is cut, the oldest first", async () => {
      const { id } = await destination();
      await signals(0, "AUSDT");
      const [{ last }] = (await sql`select max(id) as last from public.signals`) as unknown as [{ last: number }];
      await sql`insert into public.deliveries (destination_id, signal_ids) select ${id}, array[${last}::bigint] from generate_series(1, 10005)`;
      const [claimed] = (await new DeliveriesTable(sql).claim(1, 60_000)) as [DueDestination];
      const bounds = { triedHours: 24, storedHours: 48, rows: 10_000 };
      expect(await new DeliveriesTable(sql).expire(claimed, bounds)).toBe(6);
      expect(await new DeliveriesTable(sql).expire(claimed, bounds)).toBe(0);
    });

    test("a slow receiver holds up nobody else, and gives its turn back", async () => {
      const slow = Promise.withResolvers<Response>();
      await destination();
      await signals(0, "AUSDT", "BUSDT");
      answers = [() => slow.promise as never];
      const sending = loop();
      const passing = sending.pass();
      await until(() => received.length === 1);
      await table.create("gerda", {
        ...(await destination({ enabled: false })),
        address: { kind: "ntfy", url: url("/quick") },
      });
      await sql`update public.destinations set enabled = kind = 'ntfy' or enabled`;
      await signals(1, "CUSDT");
      await clock.turn(300);
      await until(() => received.some(({ body }) => body.topic === "quick"));
      slow.resolve(new Response("late"));
      await passing;
      expect(told().filter(Boolean)).toEqual(["AUSDT", "BUSDT", "CUSDT"]);
    });

    test("what is changed while a message is under way holds for the next one", async () => {
      const { id } = await destination();
      await signals(0, "AUSDT", "BUSDT", "CUSDT");
      const gone = Promise.withResolvers<Response>();
      answers = [() => gone.promise as never];
      const passing = loop().pass();
      await until(() => received.length === 1);
      await table.update("gerda", id, { address: { kind: "webhook", url: url("/new"), secret: newWebhookSecret() } });
      gone.resolve(new Response(null, { status: 410 }));
      await passing;
      await loop().pass();
      // The old address' answer means nothing for the new one.
      expect(await table.read("gerda", id)).toMatchObject({ enabled: true, lastError: null });
      expect(received.map(({ path, body }) => `${path} ${body.signals?.[0]?.symbol}`)).toEqual([
        "/hook AUSDT",
        ...["AUSDT", "BUSDT", "CUSDT"].map((symbol) => `/new ${symbol}`),
      ]);
    });

    test("410 ends a destination; what can't be sent is tried again, and says why", async () => {
      const gone = await destination();
      answers = [() => new Response(null, { status: 410 })];
      await signals(0, "AUSDT");
      await loop().pass();
      expect(await table.read("gerda", gone.id)).toMatchObject({ enabled: false, lastError: "410" });
      const inside = await destination({
        address: { kind: "webhook", url: "https://[::1]/", secret: newWebhookSecret() },
      });
      const broken = await destination({ address: { kind: "ntfy", url: url("/t"), token: "a\nb" } });
      await signals(1, "BUSDT");
      await loop().pass();
      expect(received).toHaveLength(1);
      const says = async (id: string) => (await table.read("gerda", id))?.lastError;
      expect(await says(inside.id)).toBe(
        "::1 isn't at an address of the public internet: nothing is sent there unless the server's --webhook-networks has it",
      );
      expect(await says(broken.id)).toBe("the message can't be made for this address: change it");
      expect((await table.list("gerda")).map(({ waiting }) => waiting)).toEqual([1, 1, 1]);
    });

    test("Telegram, Discord and ntfy get text within their bounds; 429s are waited for as they say", async () => {
      const address: DestinationAddress = {
        kind: "telegram",
        token: "123456:ABCDEFGHIJKLMNOPQRSTUVWX",
        chatId: "-100123",
      };
      await destination({ name: "T", address });
      answers = [() => Response.json({ ok: false, parameters: { retry_after: 7 } }, { status: 429 })];
      await signals(0, "AUSDT");
      const sending = loop();
      expect(await sending.pass()).toBe(5_000);
      await passed(6_000);
      await sending.pass();
      expect(received).toHaveLength(1);
      await passed(1_100);
      await sending.pass();
      expect(received[1]).toMatchObject({
        path: "/bot123456:ABCDEFGHIJKLMNOPQRSTUVWX/sendMessage",
        body: { chat_id: "-100123", text: "Dips: AUSDT\n1.5 at 2026-02-10 12:00 UTC, 1m\nrsi: 28.5" },
      });
      await sql`delete from public.destinations`;
      await sql`update public.traders set name = ${"🚀".repeat(100)}`;
      await destination({ name: "D", address: { kind: "discord", url: url("/api/webhooks/1/abc") }, digestAbove: 1 });
      await destination({ name: "N", address: { kind: "ntfy", url: url("/my-topic"), token: "tk_1" }, digestAbove: 1 });
      await signals(1, ...Array.from({ length: 200 }, (_, index) => `LONGNAME${index}USDT`));
      await loop().pass();
      const discord = received.find(({ path }) => path === "/api/webhooks/1/abc")?.body as { content: string };
      expect(discord.content.length).toBeLessThan(2_000);
      expect(discord.content.isWellFormed()).toBe(true);
      expect(discord.content).toMatch(/… and \d+ more$/);
      expect(discord).toMatchObject({ allowed_mentions: { parse: [] } });
      const ntfy = received.find(({ path }) => path === "/") as Received;
      expect([ntfy.body.topic, ntfy.headers.get("authorization")]).toEqual(["my-topic", "Bearer tk_1"]);
      expect(Buffer.byteLength(String(ntfy.body.message))).toBeLessThan(4_096);
    });

    test("the bounds of what waits hold for destinations that are switched off or quiet, too", async () => {
      const off = await destination({ name: "Off", enabled: false });
      const quiet = await destination({ name: "Quiet", quiet: { from: 0, until: 1_439 } });
      await sql`update public.destinations set next_at = now() + interval '1 hour', waits_for = 'quiet' where id = ${quiet.id}`;
      await sql`insert into public.deliveries (destination_id, signal_ids) select ${quiet.id}, array[n] from generate_series(1, 10002) n`;
      await sql`insert into public.deliveries (destination_id, signal_ids, created_at)
        select ${off.id}, array[n], now() - n * interval '25 hours' from generate_series(0, 2) n`;
      await loop().pass();
      const dead = await sql`select d.name, w.signal_ids[1]::integer as id, w.answer from public.deliveries w
        join public.destinations d on d.id = w.destination_id where w.state = 'dead' order by 1, 2`;
      const answer = "it waited for too long";
      expect([...dead]).toEqual([
        { name: "Off", id: 2, answer },
        { name: "Quiet", id: 1, answer },
        { name: "Quiet", id: 2, answer },
      ]);
      expect([received, (await table.read("gerda", quiet.id))?.waiting]).toEqual([[], 10_000]);
    });

    test("nothing is sent to Discord before its 429 says so, in seconds or milliseconds; a global one holds for all of Discord, and for nothing else", async () => {
      const limited =
        (body: object, headers: Record<string, string> = {}) =>
        () =>
          Response.json(body, { status: 429, headers });
      const one: DestinationAddress = { kind: "discord", url: url("/api/webhooks/1/abc") };
      await destination({ name: "One", address: one });
      answers = [
        limited({ retry_after: 5_000, global: false }, { "retry-after": "5000" }),
        limited({ retry_after: 12.5, global: false }, { "x-ratelimit-reset-after": "12.5" }),
      ];
      await signals(0, "AUSDT");
      const sending = loop();
      /** How many messages there were just before, and just after, so long. */
      const around = async (ms: number): Promise<[number, number]> => {
        await passed(ms - 500);
        await sending.pass();
        const before = received.length;
        await passed(600);
        await sending.pass();
        return [before, received.length];
      };
      await sending.pass();
      expect(await around(5_000)).toEqual([1, 2]);
      expect(await around(12_500)).toEqual([2, 3]);
      const atDiscord = (host: string, id: number): DestinationAddress => ({
        kind: "discord",
        url: `http://${host}:${receiver.port}/api/v10/webhooks/${id}/abc`,
      });
      await destination({ name: "Two", address: atDiscord("canary.discord.com", 2) });
      await destination({ name: "Relay", address: atDiscord("relay.example", 3) });
      await destination({ name: "Hook" });
      const global = limited({ retry_after: 30, global: true }, { "retry-after": "30", "x-ratelimit-global": "true" });
      // A receiver of a user's own says the same for itself alone.
      await sql`update public.destinations set enabled = name = 'Relay'`;
      answers = [global];
      await signals(1, "BUSDT");
      await sending.pass();
      await sql`update public.destinations set enabled = name = 'Two'`;
      await signals(2, "CUSDT");
      received.length = 0;
      await sending.pass();
      expect(received.map(({ path }) => path)).toEqual(["/api/v10/webhooks/2/abc"]);
      await passed(31_000);
      await sql`delete from public.destinations where name = 'Relay'`;
      await destination({ name: "Relay", address: atDiscord("relay.example", 3) });
      await sql`update public.destinations set enabled = name = 'One'`;
      answers = [global];
      await sql`update public.destinations set address = ${sql.json(atDiscord("discord.com", 1) as never)} where name = 'One'`;
      await signals(3, "DUSDT");
      received.length = 0;
      await sending.pass();
      await sql`update public.destinations set enabled = true`;
      await signals(4, "EUSDT");
      await sending.pass();
      const [first, ...others] = received.map(({ path }) => path);
      expect([first, others.toSorted()]).toEqual(["/api/v10/webhooks/1/abc", ["/api/v10/webhooks/3/abc", "/hook"]]);
      expect(await around(30_000)).toEqual([3, 6]);
    });

    test.each([
      ["one by one", { digestAbove: 500, maxPerHour: 1_000 }, 132],
      ["what waited as one, by the usual rules", {}, 12],
    ])("a receiver that is down for an hour gets everything afterwards, in order: %s", async (_, rules, messages) => {
      await destination(rules);
      const sending = loop();
      let isDown = true;
      const tries: number[] = [];
      const down = (): Response => {
        tries.push(clock.now() - START);
        return new Response("closed", { status: 503 });
      };
      const [end, step] = [66 * MINUTE, 30_000];
      for (let at = 0; at < end; at += step) {
        if (at % MINUTE === 0) await signals(at / MINUTE, `S${at / MINUTE}AUSDT`, `S${at / MINUTE}BUSDT`);
        isDown = at < 60 * MINUTE;
        if (isDown) answers = [down];
        else answers = [];
        await sending.pass();
        answers = [];
        await passed(step);
      }
      const gaps = tries.slice(1).map((at, index) => at - (tries[index] ?? 0));
      // The waits grow up to five minutes, 3.75 with this random number, seen every half a minute.
      expect([gaps[0], Math.max(...gaps)]).toEqual([step, 240_000]);
      const accepted = told().slice(tries.length);
      expect(accepted).toHaveLength(messages);
      expect(accepted.flatMap((one) => one.split(" "))).toEqual(
        Array.from({ length: 66 }, (_, minute) => [`S${minute}AUSDT`, `S${minute}BUSDT`]).flat(),
      );
      expect(new Set(received.slice(0, tries.length + 1).map(({ key }) => key)).size).toBe(1);
      expect(await states()).not.toContainEqual(expect.stringMatching(/dead|waiting/));
    });

    test("only the owner's destinations get a trader's signals, only those that name it, and none that is off", async () => {
      const other = await new TradersTable(sql).create("gerda", aTrader({ name: "Other" }), undefined);
      const address = (path: string): DestinationAddress => ({ kind: "ntfy", url: url(path) });
      await destination({ name: "a", address: address("/all") });
      await destination({ name: "b", address: address("/mine"), traders: [traderId] });
      await destination({ name: "c", address: address("/other"), traders: [other.id] });
      await destination({ name: "d", address: address("/off"), enabled: false });
      await table.create("emil", { ...(await destination({ name: "e" })), address: address("/emil") });
      await sql`delete from public.destinations where name = 'e' and owner = 'gerda'`;
      await signals(0, "AUSDT");
      await loop().pass();
      expect(received.map(({ body }) => body.topic).sort()).toEqual(["all", "mine"]);
    });

    test("of signals whose trader is deleted, those that are left are sent", async () => {
      await destination({ maxPerHour: 1 });
      await signals(0, "AUSDT", "BUSDT", "CUSDT");
      const sending = loop();
      await sending.pass();
      await sql`delete from public.signals where symbol = 'BUSDT'`;
      await passed(61 * MINUTE);
      await sending.pass();
      expect(told()).toEqual(["AUSDT", "CUSDT"]);
      await signals(1, "DUSDT");
      await sql`delete from public.signals`;
      await passed(61 * MINUTE);
      await sending.pass();
      expect(await states()).toEqual(["done 3 of 3", "dead 0 of 1"]);
    });
  });
});
