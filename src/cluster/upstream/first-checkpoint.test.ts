import { afterEach, beforeEach, expect, test } from "bun:test";
import { BTC, LIFE, type ServedMarket, serveMarket } from "../../../tests/helpers/served-market.ts";
import type { Kline } from "../../core/mod.ts";
import { MarketStore, readKlines } from "../../store/mod.ts";
import { restoreFromUpstream } from "./first-checkpoint.ts";
import { upstreamLine } from "./line.ts";

const INTERVALS = ["1m", "5m", "1h"] as const;

let upstream: ServedMarket;
beforeEach(() => {
  upstream = serveMarket();
});
afterEach(() => upstream.server.stop());

const empty = (): MarketStore => new MarketStore({ intervals: [...INTERVALS], capacity: 500 });

function restore(store: MarketStore, answer?: (response: Response) => Response | Promise<Response>): Promise<unknown> {
  const { url } = upstream.server;
  const line = upstreamLine({
    ...{ url, key: undefined },
    fetch: Object.assign(
      async (input: string | URL | Request, init?: RequestInit) => {
        const response = await fetch(input, init);
        return (await answer?.(response)) ?? response;
      },
      { preconnect: () => {} },
    ),
  });
  return restoreFromUpstream({ url, line, market: "binance", store, signal: new AbortController().signal });
}

function closed(store: MarketStore): Kline[][] {
  return [BTC, LIFE].flatMap((symbol) =>
    INTERVALS.map((interval) => {
      const series = store.series(symbol, interval);
      return series === undefined ? [] : readKlines(series, series.select({ limit: 500, closedOnly: true }));
    }),
  );
}

test("a market comes as the upstream has it: symbols, closed klines of all intervals, and what it isn't certain of", async () => {
  upstream.stream(upstream.minutes[300] as Kline);
  // 301 is missing.
  upstream.stream(upstream.minutes[302] as Kline);
  const store = empty();
  expect(await restore(store)).toMatchObject({ source: "recorded", symbols: 2 });
  expect(store.symbols()).toEqual(upstream.store.symbols());
  expect(closed(store)).toEqual(closed(upstream.store));
  const from = (upstream.minutes[301] as Kline).openTime;
  const doubts = store.missing(BTC, "1m", upstream.store.marketTime);
  expect(doubts.some((range) => range.from <= from && range.to >= from)).toBe(true);
});

test("while the store moves on between two pieces, each symbol is of one moment", async () => {
  const store = empty();
  let at = 300;
  await restore(store, (response) => {
    const move = new TransformStream<Uint8Array, Uint8Array>({
      transform: (piece, into) => {
        for (const symbol of [BTC, LIFE]) upstream.stream(upstream.minutes[at] as Kline, symbol);
        at += 1;
        into.enqueue(piece);
      },
    });
    return new Response(response.body?.pipeThrough(move));
  });
  const [minutes = [], fives = []] = closed(store);
  const last = fives.at(-1) as Kline;
  expect(minutes.find(({ openTime }) => openTime === last.openTime + 240_000)?.close).toBe(last.close);
});

test("what is cut off, damaged, another market's or no checkpoint leaves the store empty, and says why", async () => {
  const cut = async (response: Response): Promise<Response> => new Response((await response.bytes()).subarray(0, -1));
  const damaged = async (response: Response): Promise<Response> => {
    const bytes = await response.bytes();
    bytes[bytes.byteLength >> 1] = (bytes[bytes.byteLength >> 1] as number) ^ 1;
    return new Response(bytes);
  };
  for (const [answer, why] of [
    [cut, "it breaks off in block 3"],
    [damaged, "doesn't have its checksum"],
    [() => new Response("<html>"), "it isn't a checkpoint of Vyx"],
    [() => new Response(null), "it is empty"],
    [() => Response.json({ code: "rate_limited" }, { status: 429 }), "/checkpoint: 429"],
    [() => new Response(null, { status: 302, headers: { location: "https://elsewhere.example" } }), "/checkpoint: 302"],
  ] as const) {
    const store = empty();
    await expect(restore(store, answer)).rejects.toThrow(why);
    expect([store.symbols(), store.series(BTC, "1m")]).toEqual([[], undefined]);
  }
  const other = new MarketStore({ market: "bybit", intervals: [...INTERVALS], capacity: 500 });
  const { url } = upstream.server;
  const line = upstreamLine({ url, key: undefined });
  const asked = restoreFromUpstream({ url, line, market: "bybit", store: other, signal: new AbortController().signal });
  await expect(asked).rejects.toThrow("/checkpoint: 400");
});
