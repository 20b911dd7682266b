import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { emptyKline, type MarketEvent, parseSymbol, type Symbol } from "../../core/mod.ts";
import { FrameReader } from "../live/reading/frame-reader.ts";
import { BINANCE } from "./binance.ts";
import { KlineScanner } from "./kline-scanner.ts";

const RECORDED = join(import.meta.dir, "../../../../shared/data/ws");
const OPEN = Date.UTC(2026, 1, 10);

/** What a reader makes of a text: what it passes on, and what it counts. */
function outcome(text: string, symbols: ReadonlyMap<string, Symbol>): unknown {
  const events: MarketEvent[] = [];
  const reader = new FrameReader(BINANCE, symbols, (event) => events.push(structuredClone(event)));
  reader.read(text);
  return { events, counts: [...reader.counts] };
}

/** A space before it changes nothing for JSON.parse, and the scanner leaves it alone. */
function expectAsParsed(text: string, symbols: ReadonlyMap<string, Symbol>): void {
  expect(new KlineScanner().read(` ${text}`, emptyKline())).toBe(false);
  expect(outcome(text, symbols)).toEqual(outcome(` ${text}`, symbols));
}

function frame(changes: object = {}, figures: object = {}): string {
  const k = {
    ...{ t: OPEN, T: OPEN + 59_999, s: "BTCUSDT", i: "1m", f: 100, L: 200 },
    ...{ o: "93512.10000000", c: "93514.00000000", h: "93520.5", l: "93500", v: "12.34567890", n: 101 },
    ...{ x: false, q: "1154321.12345678", V: "6.1", Q: "570000.00000001", B: "0" },
    ...figures,
  };
  return JSON.stringify({
    stream: "btcusdt@kline_1m",
    data: { e: "kline", E: OPEN + 2_000, s: "BTCUSDT", k, ...changes },
  });
}

const symbols = new Map([parseSymbol("BTCUSDT")].map((symbol) => [symbol as string, symbol]));

describe("the scanner of kline frames", () => {
  test("reads every recorded frame of klines, and nothing else, as JSON.parse does", () => {
    let klines = 0;
    for (const file of readdirSync(RECORDED).filter((name) => name.endsWith(".gz"))) {
      const lines = new TextDecoder().decode(Bun.gunzipSync(readFileSync(join(RECORDED, file)))).split("\n");
      const texts = lines.map((line) => line.slice(line.indexOf("{"))).filter((text) => text.startsWith('{"stream"'));
      const named = texts.flatMap((text) => /"s":"([A-Z]+)"/.exec(text)?.[1] ?? []);
      const followed = new Map([...new Set(named)].map((name) => [name, parseSymbol(name)]));
      const scanner = new KlineScanner();
      for (const text of texts) {
        const isKline = text.includes('"e":"kline"');
        expect(scanner.read(text, emptyKline())).toBe(isKline);
        if (!isKline) continue;
        klines += 1;
        expectAsParsed(text, followed);
      }
    }
    expect(klines).toBe(74);
  });

  test("reads a raw frame, and one without trades", () => {
    const scanner = new KlineScanner();
    const figures = emptyKline();
    const raw = JSON.stringify(JSON.parse(frame({}, { f: -1, L: -1, n: 0, x: true })).data);
    expect(scanner.read(raw, figures)).toBe(true);
    expect(scanner).toMatchObject({ stream: undefined, symbol: "BTCUSDT", interval: "1m", eventTime: OPEN + 2_000 });
    expect(figures).toMatchObject({ openTime: OPEN, open: 93_512.1, volume: 12.3456789, trades: 0, closed: true });
    expectAsParsed(raw, symbols);
  });

  test("leaves to JSON.parse what only looks like it", () => {
    const plain = frame();
    const others = [
      plain.replace('"n":101', '"n":0101'),
      plain.replace('"n":101', '"n":-1'),
      plain.replace('"n":101', '"n":1e2'),
      plain.replace('"n":101', '"n":null'),
      plain.replace('"o":"93512.10000000"', '"o":"-93512.1"'),
      plain.replace('"o":"93512.10000000"', '"o":"93512."'),
      plain.replace('"o":"93512.10000000"', '"o":".5"'),
      plain.replace('"o":"93512.10000000"', '"o":93512.1'),
      plain.replace('"o":"93512.10000000"', '"o":"12345678.12345678"'),
      plain.replace('"f":100', '"f":-'),
      plain.replace('"B":"0"', '"B":"0","o":"1"'),
      plain.replace('"x":false', '"x":"false"'),
      plain.replace('"i":"1m"', '"i":"7m"'),
      plain.replace('"s":"BTCUSDT","i"', '"s":"ETHUSDT","i"'),
      plain.replaceAll("BTCUSDT", "BTC\\u0055SDT"),
      plain.replaceAll("BTCUSDT", "BTC\nUSDT"),
      plain.replaceAll("BTCUSDT", "币安人生USDT"),
      `${plain}}`,
      `${plain} `,
      plain.slice(0, -1),
      `{"e":"kline","E":1}`,
    ];
    for (const text of others) {
      expect(new KlineScanner().read(text, emptyKline())).toBe(false);
      expectAsParsed(text, symbols);
    }
  });

  test("reads a decimal as the double that is nearest to it", () => {
    const digits = fc.stringMatching(/^\d{1,12}$/);
    const decimal = fc
      .tuple(digits, fc.option(digits))
      .map(([whole, part]) => (part === null ? whole : `${whole}.${part}`));
    fc.assert(
      fc.property(decimal, (text) => {
        const figures = emptyKline();
        const isRead = new KlineScanner().read(frame({}, { v: text }), figures);
        expect(isRead).toBe(text.replace(".", "").length <= 15);
        if (isRead) expect(figures.volume).toBe(Number(text));
      }),
      { numRuns: 5_000 },
    );
  });

  test("gives of a frame that was bent in any way what JSON.parse gives, or leaves it to that", () => {
    const signs = fc.constantFrom(...'{}[]",:.-+0123456789eEtfnsBTCUSDxklmo\\ \n\u0000é'.split(""));
    const bend = fc.record({
      at: fc.double({ min: 0, max: 0.999, noNaN: true }),
      remove: fc.nat(3),
      put: fc.array(signs, { maxLength: 3 }),
    });
    fc.assert(
      fc.property(fc.array(bend, { minLength: 1, maxLength: 3 }), fc.boolean(), (bends, closed) => {
        let text = frame({ E: OPEN + 60_000 }, { x: closed });
        for (const { at, remove, put } of bends) {
          const from = Math.floor(at * text.length);
          text = text.slice(0, from) + put.join("") + text.slice(from + remove);
        }
        expectAsParsed(text, symbols);
      }),
      { numRuns: 5_000 },
    );
  });
});
