import { expect, test } from "bun:test";
import fc from "fast-check";
import { emptyKline, InvalidInput, parseSymbol, type Symbol, type UnixMs } from "../core/mod.ts";
import type { Exchange, FrameSink, Question } from "./exchange.ts";

const SYMBOLS = ["BTCUSDT", "ETHUSDT", "BTCUSDC", "币安人生USDT"].map(parseSymbol);
const INTERVALS = ["1m", "1h", "1M"] as const;
const HOUR = { from: 1_770_681_600_000 as UnixMs, to: 1_770_685_140_000 as UnixMs };

/** What every exchange's market keeps, whatever its words are. `frames` are some that it sends, well-formed. */
export function exchangeContract(name: string, { streams, rest }: Exchange, frames: readonly string[]): void {
  const named = SYMBOLS.flatMap((symbol) => INTERVALS.map((interval) => streams.klines(symbol, interval)));

  test(`${name}: each series has a stream of its own, and all tickers have one`, () => {
    expect(new Set([...named, streams.tickers]).size).toBe(named.length + 1);
    for (const symbol of SYMBOLS) {
      expect(streams.bringsTickerOf(streams.tickers, symbol)).toBe(true);
      expect(streams.bringsTickerOf(streams.klines(symbol, "1m"), symbol)).toBe(false);
    }
  });

  test(`${name}: a connection is opened at the address that was given, a slash at its end or none`, () => {
    const address = new URL(streams.address("wss://host:9/under", named));
    expect([address.host, address.pathname.startsWith("/under")]).toEqual(["host:9", true]);
    expect(streams.address("wss://host:9/under/", named)).toBe(address.href);
  });

  test(`${name}: a request says what to do, with which streams, and carries its number`, () => {
    const request = (kind: "subscribe" | "unsubscribe"): string => streams.request(kind, named, 4_711);
    expect(request("subscribe")).not.toBe(request("unsubscribe"));
    for (const text of [...named, "4711"]) expect(request("subscribe")).toContain(text);
  });

  test(`${name}: its own frames are decoded, into figures and nothing that can't be`, () => {
    for (const frame of frames) {
      const told = decoded(streams.read, frame);
      expect(told.length).toBeGreaterThan(0);
      expect(told.filter((what) => what.startsWith("malformed"))).toEqual([]);
    }
  });

  test(`${name}: no frame throws, whatever is in it`, () => {
    const bent = fc
      .constantFrom(...frames)
      .chain((frame) =>
        fc
          .tuple(fc.nat(frame.length), fc.string({ maxLength: 6 }))
          .map(([at, text]) => frame.slice(0, at) + text + frame.slice(at + 1)),
      );
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json(), bent), (frame) => void decoded(streams.read, frame)));
  });

  test(`${name}: an answer is decoded, or is none and says so`, () => {
    const symbol = SYMBOLS[0] as Symbol;
    const questions: readonly Question<unknown>[] = [
      rest.listed(),
      rest.tickers(),
      rest.time(),
      rest.klines(symbol, "1m", HOUR),
    ];
    expect(new Set(questions.map(({ about, path }) => `${about} ${path}`)).size).toBe(questions.length);
    for (const { about, path, read } of questions) {
      expect(path).toStartWith("/");
      expect(rest.costs[about].weight).toBeGreaterThan(0);
      fc.assert(
        fc.property(fc.jsonValue(), (body) => {
          try {
            read(body);
          } catch (cause) {
            if (!(cause instanceof InvalidInput)) throw cause;
          }
        }),
      );
    }
  });

  test(`${name}: its own address is its own, and no other is`, () => {
    expect(rest.isOwn(rest.url)).toBe(true);
    const { hostname } = new URL(rest.url);
    for (const other of [
      "http://127.0.0.1:1",
      `https://${hostname}.example.org`,
      `https://x${hostname.split(".").slice(-2).join(".")}`,
    ]) {
      expect([other, rest.isOwn(other)]).toEqual([other, false]);
    }
  });
}

/** What a frame told, in words. */
function decoded(read: Exchange["streams"]["read"], frame: string): string[] {
  const told: string[] = [];
  const sink: FrameSink = {
    figures: emptyKline(),
    tickersTaken: 0,
    followed: (name) => SYMBOLS.find((symbol) => symbol === name),
    kline: (symbol, interval) => told.push(`kline ${symbol} ${interval}`),
    ticker: ({ symbol }) => told.push(`ticker ${symbol}`),
    unfollowedTicker: () => false,
    shutdown: () => told.push("shutdown"),
    ignored: (outcome) => told.push(`ignored ${outcome}`),
    malformed: (outcome) => told.push(`malformed ${outcome}`),
  };
  read(frame, sink);
  return told;
}
