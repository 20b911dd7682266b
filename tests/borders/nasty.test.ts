import { afterEach, describe, expect, test } from "bun:test";
import { emptyKline, type Kline, tickerOf, type UnixMs } from "../../src/core/mod.ts";
import { importRoutes } from "../../src/server/mod.ts";
import { type MarketStore, readKlines, type Series } from "../../src/store/mod.ts";
import type { ImportAnswer } from "../../src/wire/mod.ts";
import { bentJson } from "../helpers/bent-exchange.ts";
import { restarted } from "../helpers/restarted.ts";
import { BTC as SERVED, START, serveMarket } from "../helpers/served-market.ts";
import { sized } from "../helpers/size.ts";
import { ETH, type Follower, follow, SYMBOLS } from "./follower.ts";
import { mayBeAmount, nastyCases } from "./nasty.ts";

type Members = Record<string, unknown>;

const running: Follower[] = [];
afterEach(async () => {
  for (const follower of running.splice(0)) await follower.stop();
});

function start(...options: Parameters<typeof follow>): Follower {
  const follower = follow(...options);
  running.push(follower);
  return follower;
}

/** Turns the clock until all cases were told, and holds the server to the truth at each second. */
async function truthful(follower: Follower, cases: readonly unknown[]): Promise<void> {
  await follower.seconds(20);
  const most = 40 * cases.length;
  for (let second = 0; cases.length > 0 && second < most; second += 1) {
    await follower.seconds(1);
    expect(follower.lies(ETH)).toEqual([]);
  }
  expect(cases).toEqual([]);
  await follower.seconds(180);
  expect(SYMBOLS.flatMap((symbol) => follower.lies(symbol))).toEqual([]);
  expect(SYMBOLS.map((symbol) => follower.settled(symbol))).toEqual(SYMBOLS.map(() => true));
  expect(follower.feed.status()).toMatchObject({ state: "live", troubles: [] });
}

describe("each member of each message with each nasty value: nothing is invented, and the server goes on", () => {
  test("kline frames", async () => {
    const inner = ["t", "T", "s", "i", "o", "c", "h", "l", "v", "n", "x", "q", "V", "Q", "f", "L", "B"];
    const cases = nastyCases([...["e", "E", "s", "k"].map((name) => [name]), ...inner.map((name) => ["k", name])]);
    const count = cases.length;
    const follower = start({
      frame: (message) => {
        if (Array.isArray(message.data) || message.data.s !== ETH) return message;
        const next = cases.shift();
        return next === undefined ? message : { ...message, data: withMember(message.data, next.member, next.value) };
      },
    });
    await truthful(follower, cases);
    const refused = follower.feed.figures().refusals.reduce((sum, one) => sum + one.count, 0);
    // What isn't of an event or symbol that was asked for is passed over, and `f`, `L` and `B` are nothing to us.
    expect(refused).toBeGreaterThan(0.6 * count);
  });

  test("ticker frames", async () => {
    const cases = nastyCases(["e", "E", "s", "c", "o", "h", "l", "v", "q"]);
    const told = new Set<string>();
    const follower = start({
      frame: (message) => {
        if (!Array.isArray(message.data)) return message;
        const data = (message.data as Members[]).map((member) => {
          if (member.s !== ETH) return member;
          const next = cases.shift();
          if (next !== undefined) return { ...member, [next.member]: next.value };
          return member;
        });
        for (const member of data) if (cases.length === 0 && member.s === ETH) told.add(String(member.c));
        return { ...message, data };
      },
      rest: (path, _, body) => {
        if (path === "/api/v3/ticker/24hr") {
          for (const ticker of body as Members[]) if (ticker.symbol === ETH) told.add(String(ticker.lastPrice));
        }
        return body;
      },
    });
    // Until the last case is told, the ticker is the one that REST told at the start.
    await follower.seconds(5);
    expect(follower.store.ticker(ETH)?.price).toBe(Number([...told][0]));
    const first = follower.store.ticker(ETH);
    while (cases.length > 0) {
      expect(follower.store.ticker(ETH)).toEqual(first);
      await follower.seconds(1);
    }
    await follower.seconds(20);
    expect(follower.store.ticker(ETH)?.updatedAt).toBeGreaterThan(first?.updatedAt ?? 0);
    expect([...told].map(Number)).toContain(follower.store.ticker(ETH)?.price as number);
  });

  test("rows of history", async () => {
    // In the short form a third of them: each member with other values than the one before.
    const cases = nastyCases([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]).filter((_, at) => sized(at % 3 === 0, true));
    // And whole rows, and whole answers.
    const rows = nastyCases(["row", "body"]);
    let answers = 0;
    const follower = start(
      {
        // The stream loses each close, so that REST has to be asked; every other answer is right.
        frame: (message) => {
          const isClose = !Array.isArray(message.data) && (message.data.k as Members | undefined)?.x === true;
          return isClose && message.data.s === ETH ? { result: null, id: 1 } : message;
        },
        rest: (path, query, body) => {
          if (path !== "/api/v3/klines" || query.get("symbol") !== ETH) return body;
          answers += 1;
          const answer = body as unknown[][];
          if (answers % 2 === 0 || answer.length === 0) return body;
          const at = (answers * 7) % answer.length;
          const next = cases.shift();
          if (next !== undefined) return answer.with(at, (answer[at] as unknown[]).with(next.member, next.value));
          const other = rows.shift();
          if (other === undefined) return body;
          return other.member === "row" ? answer.with(at, other.value as unknown[]) : other.value;
        },
      },
      { auditEveryMs: 500 },
    );
    await truthful(follower, cases);
    await truthful(follower, rows);
    const refused = follower.feed.figures().refusals.filter(({ border }) => border === "rest");
    expect(refused.reduce((sum, one) => sum + one.count, 0)).toBeGreaterThan(sized(100, 300));
  });

  test("entries of the list, and the list's own members", async () => {
    const cases = nastyCases(["entries", "list"]);
    let isFirst = true;
    const follower = start({
      rest: (path, _, body) => {
        if (path !== "/api/v3/exchangeInfo") return body;
        // What a start needs is right once: a server that never saw a list waits for one.
        const next = isFirst ? undefined : cases.shift();
        isFirst = false;
        if (next === undefined) return body;
        const info = body as Members & { symbols: Members[] };
        const { value } = next;
        if (next.member === "list") return { ...info, serverTime: value, rateLimits: value, symbols: value };
        const bent: Record<string, (entry: Members) => unknown> = {
          [ETH]: () => value,
          SOLUSDT: (entry) => ({ ...entry, symbol: value }),
          XRPUSDT: (entry) => ({ ...entry, status: value, filters: value, baseAsset: value, quoteAsset: value }),
        };
        return { ...info, symbols: info.symbols.map((entry) => (bent[String(entry.symbol)] ?? unbent)(entry)) };
      },
    });
    await follower.seconds(20);
    for (let minute = 0; cases.length > 0 && minute < 1_000; minute += 1) {
      await follower.seconds(60);
      expect(SYMBOLS.flatMap((symbol) => follower.lies(symbol))).toEqual([]);
      // A list that names a symbol oddly, or not at all, is no word of its end: the streams go on telling of it.
      expect(SYMBOLS.map((symbol) => follower.settled(symbol))).toEqual(SYMBOLS.map(() => true));
    }
    expect(cases).toEqual([]);
    await follower.seconds(20 * 60);
    expect(follower.feed.status()).toMatchObject({ state: "live", troubles: [] });
  });

  test("imports", async () => {
    const { server, store, minutes } = serveMarket({ with: { routes: [] } });
    const market = serveMarket({ with: { routes: importRoutes(store) } });
    store.apply({ type: "ticker", ticker: tickerAt((START + 400 * 60_000) as UnixMs) });
    const klines = minutes.slice(300, 310);
    const post = async (body: unknown): Promise<[number, Partial<ImportAnswer>]> => {
      const text = typeof body === "string" ? body : bentJson(body);
      const response = await fetch(`${market.server.url}/import`, { method: "POST", body: text });
      return [response.status, (await response.json()) as Partial<ImportAnswer>];
    };
    const name = { symbol: SERVED, interval: "1m" };
    for (const { member, value } of nastyCases(["symbol", "interval", "klines"])) {
      expect((await post({ ...name, klines, [member]: value }))[0]).toBeOneOf([400, 404, 413]);
    }
    expect(lastOf(store)).toEqual(minutes[299] as Kline);
    for (const { member, value } of nastyCases(Object.keys(emptyKline()))) {
      if (mayBeAmount(value) && !/Time|trades|closed/.test(member)) continue;
      const [status, answer] = await post({
        ...name,
        klines: klines.with(5, { ...(klines[5] as Kline), [member]: value } as Kline),
      });
      if (status === 200) expect(answer).toMatchObject({ refused: 1, firstRefused: { index: 5 } });
      else expect(status).toBeOneOf([400, 413]);
    }
    for (const number of ["1e400", "-1e400", "NaN", "01", "1e-400"]) {
      const body = JSON.stringify({ ...name, klines: klines.slice(0, 5) }).replace(/"high":[\d.]+/, `"high":${number}`);
      expect((await post(body))[0]).toBeOneOf([200, 400]);
    }
    const series = store.series(SERVED, "1m");
    const truth = new Map(minutes.map((kline) => [kline.openTime as number, kline]));
    for (let at = 0; at < (series?.ring.length ?? 0); at += 1) {
      const kline = series?.ring.read(at, emptyKline()) as Kline;
      expect(kline).toEqual(truth.get(kline.openTime) as Kline);
    }
    // The candle that never came in right is in doubt, and the rest is there.
    expect(series?.ring.length).toBe(309);
    expect(series?.select({ limit: 500 }).settled).toBe(false);
    expect(await post({ ...name, klines })).toEqual([200, { added: 1, refused: 0, reasons: {}, firstRefused: null }]);
    expect(series?.select({ limit: 500 }).settled).toBe(true);
    await Promise.all([server.stop(), market.server.stop()]);
  });
});

describe("an import", () => {
  test("tells what it refused, and why", async () => {
    const { server, store, minutes } = serveMarket({ with: { routes: [] } });
    const market = serveMarket({ with: { routes: importRoutes(store) } });
    store.apply({ type: "ticker", ticker: tickerAt((START + 310 * 60_000) as UnixMs) });
    const post = async (...klines: Kline[]): Promise<unknown> => {
      const body = JSON.stringify({ symbol: SERVED, interval: "1m", klines });
      const response = await fetch(`${market.server.url}/import`, { method: "POST", body });
      const answer = (await response.json()) as { detail?: string };
      return response.ok ? answer : `${response.status} ${answer.detail}`;
    };
    const at = (index: number, changes: Partial<Record<keyof Kline, number>> = {}): Kline =>
      ({ ...(minutes[index] as Kline), ...changes }) as Kline;
    const day = 86_400_000;
    const tomorrow = at(305, { openTime: at(305).openTime + day, closeTime: at(305).closeTime + day });
    expect(await post(tomorrow)).toBe("400 klines.0: it can't be a closed kline of 1m: from_the_future");
    expect(await post(at(301, { openTime: at(301).openTime + 1 }))).toContain(": misaligned");
    expect(await post(at(301, { closeTime: at(301).closeTime + 3_600_000 }))).toContain(": closes_late");
    expect(await post(at(301, { openTime: at(301).openTime * 1_000 }))).toContain(": wrong_year");
    expect(await post(at(310))).toContain(": not_over");
    expect(await post(at(300), at(301, { closeTime: at(302).closeTime }), at(302))).toEqual({
      added: 2,
      refused: 1,
      reasons: { closes_late: 1 },
      firstRefused: { index: 1, openTime: at(301).openTime, reason: "closes_late" },
    });
    const counts = store.refusals.all().map(({ border, reason, count }) => `${border} ${reason} ${count}`);
    expect(counts.toSorted()).toEqual([
      "import closes_late 2",
      "import from_the_future 1",
      "import misaligned 1",
      "import not_over 1",
      "import wrong_year 1",
    ]);
    expect(lastOf(store)).toEqual(at(302));
    await Promise.all([server.stop(), market.server.stop()]);
  });

  test("waits for the exchange's time where a checkpoint was restored: its market time is as old as it is", async () => {
    const first = serveMarket();
    const store = restarted(first.store);
    const market = serveMarket({ with: { routes: importRoutes(store) } });
    const klines = first.minutes.slice(298, 300);
    const post = async (): Promise<[number, string | undefined]> => {
      const body = JSON.stringify({ symbol: SERVED, interval: "1m", klines });
      const response = await fetch(`${market.server.url}/import`, { method: "POST", body });
      return [response.status, ((await response.json()) as { detail?: string }).detail];
    };
    expect([store.marketTime > 0, store.isTimeConfirmed]).toEqual([true, false]);
    expect(await post()).toEqual([503, expect.stringContaining("hasn't told what time it is")]);
    store.apply({ type: "ticker", ticker: tickerAt((START + 310 * 60_000) as UnixMs) });
    expect((await post())[0]).toBe(200);
    await Promise.all([first.server.stop(), market.server.stop()]);
  });

  test("counts what is new where the ring is full, and tells what is too old for it", async () => {
    const { server, store, minutes } = serveMarket({ capacityKlines: 100, with: { routes: [] } });
    const market = serveMarket({ with: { routes: importRoutes(store) } });
    store.apply({ type: "ticker", ticker: tickerAt((START + 400 * 60_000) as UnixMs) });
    const post = async (klines: readonly Kline[]): Promise<unknown> => {
      const body = JSON.stringify({ symbol: SERVED, interval: "1m", klines });
      return await (await fetch(`${market.server.url}/import`, { method: "POST", body })).json();
    };
    expect(await post(minutes.slice(300, 310))).toMatchObject({ added: 10, refused: 0 });
    expect(await post(minutes.slice(0, 10))).toMatchObject({ added: 0, refused: 10, reasons: { too_old: 10 } });
    const [before, other] = minutes.slice(304, 306) as [Kline, Kline];
    expect(await post([before, { ...other, volume: other.volume + 1 }])).toEqual({
      ...{ added: 0, refused: 1, reasons: { differs: 1 } },
      firstRefused: { index: 1, openTime: other.openTime, reason: "differs" },
    });
    const series = store.series(SERVED, "1m") as Series;
    const asked = { startTime: other.openTime, endTime: other.openTime, limit: 1 };
    expect(readKlines(series, series.select(asked))).toEqual([other]);
    await Promise.all([server.stop(), market.server.stop()]);
  });
});

function withMember(data: Members, [outer, inner]: readonly string[], value: unknown): Members {
  if (inner === undefined) return { ...data, [outer as string]: value };
  return { ...data, k: { ...(data.k as Members), [inner]: value } };
}

function unbent(entry: Members): unknown {
  return entry;
}

function tickerAt(updatedAt: UnixMs) {
  const price = { price: 101, open: 100, high: 110, low: 90, volume: 5, quoteVolume: 500 };
  return tickerOf({ symbol: SERVED, ...price, updatedAt });
}

function lastOf(store: MarketStore): Kline {
  const ring = store.series(SERVED, "1m")?.ring;
  return ring?.read(ring.length - 1, emptyKline()) ?? emptyKline();
}
