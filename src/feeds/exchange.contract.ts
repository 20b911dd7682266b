import { expect, test } from "bun:test";
import fc from "fast-check";
import {
  ANY_UNKNOWN,
  emptyKline,
  INTERVALS,
  InvalidInput,
  isTickerSane,
  judgeKline,
  KLINE_COLUMNS,
  type Kline,
  marketOf,
  nameAt,
  OPTIONAL_COLUMNS,
  type Symbol,
  symbolAt,
  type TickerFigures,
  type UnixMs,
} from "../core/mod.ts";
import type { Exchange, FrameSink, Question, QuestionKind, RefusalKind } from "./exchange.ts";
import { sourceInterval } from "./live/asking/source-interval.ts";
import { judgeRows } from "./live/reading/judged-rows.ts";
import { MergedTickers } from "./live/reading/merged-tickers.ts";

const HOUR = { from: 1_770_681_600_000 as UnixMs, to: 1_770_685_140_000 as UnixMs };
const LATER = (HOUR.to + 86_400_000) as UnixMs;

/** What an exchange sends, as its documents or recordings show it. */
export interface ExchangeExamples {
  /** Frames, well-formed: states of candles, a final one among them where the market has such a flag, and tickers of BTCUSDT and ETHUSDT. */
  readonly frames: readonly string[];
  /** Bodies of answers; those with klines hold two minutes of {@link HOUR} or more. */
  readonly answers: Readonly<Record<QuestionKind, unknown>>;
  /** Status and body of refusals, and what they mean. */
  readonly refusals: readonly (readonly [status: number, body: unknown, kind: RefusalKind])[];
  /** How requests for streams are read; left out where they carry their number, and name each stream in a text of its own. */
  readonly requests?: {
    readonly isNumbered: boolean;
    /** The streams that a request names. */
    streamsIn(message: string): readonly string[];
  };
  /** The header by which an answer says what its data is; that of our stand-ins unless said. */
  readonly labelledBy?: string;
  /** Whether the exchange is at an address of its own, so that what comes from there is real; left out where it is. */
  readonly hasOwnAddress?: false;
}

/** What every exchange's market keeps, whatever its words are. */
export function exchangeContract(name: string, exchange: Exchange, examples: ExchangeExamples): void {
  const { frames, answers, refusals, requests = { isNumbered: true, streamsIn: textsIn } } = examples;
  const { labelledBy = "x-vyx-exchange", hasOwnAddress = true } = examples;
  const { id, facts, streams, rest } = exchange;
  const { limits } = streams;
  const symbols = ["BTCUSDT", "ETHUSDT", "BTCUSDC", "币安人生USDT"].flatMap((text) => symbolAt(id, text) ?? []);
  const [btc, eth] = symbols as [Symbol, Symbol];
  const named = symbols.flatMap((symbol) => facts.streamed.map((interval) => streams.klines(symbol, interval)));
  const followed = symbols.flatMap((symbol) => streams.of(symbol, true).map((stream) => stream.name));
  const questions: readonly Question<unknown>[] = [
    rest.listed(),
    rest.tickers(),
    rest.time(),
    rest.klines(btc, "1m", HOUR),
  ];

  test(`${name}: each series has a stream of its own`, () => {
    expect(new Set([...named, ...streams.marketWide]).size).toBe(named.length + streams.marketWide.length);
    expect(new Set(followed).size).toBe(followed.length);
    for (const symbol of symbols) {
      for (const stream of [false, true].flatMap((withSeconds) => streams.of(symbol, withSeconds))) {
        if (stream.tells === "klines") expect(stream.name).toBe(streams.klines(symbol, stream.interval));
      }
      expect(streams.of(symbol, false)[0]).toMatchObject({ tells: "klines", interval: "1m" });
      const seconds = streams.of(symbol, true).filter((one) => one.tells === "klines" && one.interval === "1s");
      expect(seconds.length).toBe(facts.streamed.includes("1s") ? 1 : 0);
    }
  });

  test(`${name}: tickers come by a stream of all symbols, or of each its own`, () => {
    const own = streams.of(btc, false).filter(({ tells }) => tells === "tickers");
    expect(streams.marketWide.length > 0).toBe(own.length === 0);
    for (const stream of [...streams.marketWide, ...own.map((one) => one.name)]) {
      expect(streams.bringsTickerOf(stream, btc)).toBe(true);
      expect(streams.bringsTickerOf(stream, eth)).toBe(own.length === 0);
    }
    expect(streams.bringsTickerOf(streams.klines(btc, "1m"), btc)).toBe(false);
  });

  test(`${name}: a connection is opened at the address that was given, a slash at its end or none, and begins its streams`, () => {
    const { url, subscribe } = streams.address("wss://host:9/under", followed);
    const address = new URL(url);
    expect([address.host, address.pathname.startsWith("/under")]).toEqual(["host:9", true]);
    expect(streams.address("wss://host:9/under/", followed)).toEqual({ url, subscribe });
    // In the address or in what is sent, never in both.
    for (const stream of followed) {
      const inAddress = decodeURIComponent(address.search).split(/[=/]/).includes(stream) ? 1 : 0;
      expect([
        stream,
        inAddress + subscribe.filter((frame) => requests.streamsIn(frame).includes(stream)).length,
      ]).toEqual([stream, 1]);
    }
  });

  test(`${name}: a request says what to do, with which streams, in as many messages as it takes`, () => {
    const many = Array.from({ length: 23 }, (_, at) => streams.klines(symbolAt(id, `A${at}USDT`) as Symbol, "1m"));
    const [begun, ended] = (["subscribe", "unsubscribe"] as const).map((kind) => streams.request(kind, many, 4_711));
    expect(begun?.length).toBe(Math.max(1, Math.ceil(many.length / limits.namesPerMessage)));
    expect(begun).not.toEqual(ended as string[]);
    for (const messages of [begun ?? [], ended ?? []]) {
      expect(messages.flatMap(requests.streamsIn).filter((text) => many.includes(text))).toEqual(many);
      if (requests.isNumbered) for (const message of messages) expect(message).toContain("4711");
    }
  });

  test(`${name}: it is pinged where it expects that`, () => {
    expect(streams.ping === undefined).toBe(limits.pingEveryMs === undefined);
    if (streams.ping !== undefined) expect(streams.ping(4_711)).toContain(requests.isNumbered ? "4711" : "");
    expect(limits.pingEveryMs ?? 1).toBeGreaterThan(0);
    for (const limit of [limits.silentAfterMs, limits.messageEveryMs, limits.streams, limits.namesPerMessage]) {
      expect(limit).toBeGreaterThan(0);
    }
  });

  test(`${name}: minutes come by streams and REST, and every longer interval is answered or folded`, () => {
    expect(facts.streamed).toContain("1m");
    expect(facts.history).toContain("1m");
    for (const interval of INTERVALS.filter((one) => one !== "1s")) {
      expect([interval, sourceInterval(interval, facts.history)]).not.toEqual([interval, undefined]);
    }
    expect(sourceInterval("1s", facts.history) !== undefined).toBe(facts.streamed.includes("1s"));
    const paths = facts.history.map((interval) => rest.klines(btc, interval, HOUR).path);
    expect(new Set(paths).size).toBe(paths.length);
  });

  test(`${name}: its own frames are decoded, into figures and nothing that can't be`, () => {
    const { told, klines } = decoded(exchange, frames, symbols);
    expect(told.filter((what) => /malformed/.test(what))).toEqual([]);
    for (const what of ["kline", "ticker"]) expect(told.some((one) => one.startsWith(`${what} ${btc}`))).toBe(true);
    for (const kline of klines) {
      expect(judgeKline(kline, { interval: "1m", unknown: facts.unknown })).toBeUndefined();
      expect(unknownIn(kline)).toEqual(OPTIONAL_COLUMNS.filter((column) => facts.unknown.has(column)));
    }
    expect(klines.some(({ closed }) => closed)).toBe(facts.finality === "flagged");
    for (const frame of frames) expect(decoded(exchange, [frame], symbols).told.length).toBeGreaterThan(0);
  });

  test(`${name}: frames of symbols that nobody follows tell nothing of them`, () => {
    const { told } = decoded(exchange, frames, []);
    expect(told.filter((what) => /^(kline|ticker|malformed)/.test(what))).toEqual([]);
  });

  test(`${name}: no frame throws, whatever is in it`, () => {
    const bent = fc
      .constantFrom(...frames)
      .chain((frame) =>
        fc
          .tuple(fc.nat(frame.length), fc.string({ maxLength: 6 }))
          .map(([at, text]) => frame.slice(0, at) + text + frame.slice(at + 1)),
      );
    const any = fc.oneof(fc.string(), fc.json(), bent);
    fc.assert(fc.property(any, (frame) => void decoded(exchange, [frame], symbols)));
  });

  test(`${name}: questions differ, each costs what its kind may at most, and fits into the budget`, () => {
    expect(new Set(questions.map(({ about, path }) => `${about} ${path}`)).size).toBe(questions.length);
    for (const { about, path, weight } of questions) {
      expect(path).toStartWith("/");
      expect(weight).toBeGreaterThan(0);
      expect(weight).toBeLessThanOrEqual(rest.costs[about].weight);
      expect(rest.costs[about].weight).toBeLessThanOrEqual(rest.budget.most);
    }
    const years = { from: (HOUR.from - 3e11) as UnixMs, to: HOUR.to };
    expect(rest.klines(btc, "1m", years).weight).toBe(rest.costs.klines.weight);
  });

  test(`${name}: its own answers are decoded, and name symbols of this market`, () => {
    const listing = rest.listed().read(answers.symbols);
    expect(listing.symbols.map(({ symbol }) => symbol)).toContain(btc);
    for (const { symbol } of listing.symbols) expect([symbol, marketOf(symbol)]).toEqual([symbol, id]);
    const tickers = rest.tickers().read(answers.tickers);
    expect(tickers.map(({ symbol }) => symbol)).toContain(btc);
    expect(new Date(rest.time().read(answers.time)).getUTCFullYear()).toBeGreaterThan(2_015);
    const labelled = new Headers({ [labelledBy]: "simulated" });
    for (const body of Object.values(answers)) expect(rest.refusal(200, labelled, body)).toBeUndefined();
  });

  test(`${name}: rows of klines are told whole, oldest first, whatever their order`, () => {
    const rows = rest.klines(btc, "1m", HOUR).read(answers.klines);
    const question = { interval: "1m", range: HOUR, marketTime: LATER, unknown: facts.unknown } as const;
    const { klines, refused } = judgeRows(rows, question);
    expect(refused).toEqual([]);
    expect(klines.length).toBeGreaterThan(1);
    const isInOrder = klines.every(({ openTime }, at) => at === 0 || openTime > (klines[at - 1]?.openTime ?? 0));
    expect(isInOrder).toBe(true);
    expect(judgeRows([...rows].reverse(), question).klines).toEqual(klines);
    for (const kline of klines) {
      expect(unknownIn(kline)).toEqual(OPTIONAL_COLUMNS.filter((column) => facts.unknown.has(column)));
    }
  });

  test(`${name}: what isn't a figure is refused, and never taken for an unknown one; null is, where that may be`, () => {
    const question = { interval: "1m", range: HOUR, marketTime: LATER, unknown: ANY_UNKNOWN } as const;
    const payloads: readonly (readonly [unknown, (bent: unknown) => readonly object[]])[] = [
      [answers.klines, (body) => judgeRows(rest.klines(btc, "1m", HOUR).read(body), question).klines],
      [answers.tickers, (body) => rest.tickers().read(body)],
      ...frames.filter(isJson).map(
        (frame) =>
          [
            JSON.parse(frame),
            (bent: unknown) => {
              const { klines, tickers } = decoded(exchange, [JSON.stringify(bent)], symbols);
              const believed = klines.filter((kline) => judgeKline(kline, question) === undefined);
              return [...believed, ...tickers.filter((ticker) => isTickerSane(ticker, ANY_UNKNOWN))];
            },
          ] as const,
      ),
    ];
    /** The figures that are believed to be unknown when one of these values stands in any place of a payload. */
    const unknownWith = (values: readonly unknown[]): string[] => {
      const found = new Set<string>();
      for (const [payload, read] of payloads) {
        for (const path of leavesOf(payload)) {
          for (const value of values) {
            for (const figures of readOrNone(() => read(bentAt(payload, path, value)))) {
              for (const [figure, read] of Object.entries(figures)) if (Number.isNaN(read)) found.add(figure);
            }
          }
        }
      }
      return [...found].sort();
    };
    expect(unknownWith(["", "x", "NaN", "1e5", true, [], {}, undefined])).toEqual([...facts.unknown].sort());
    expect(unknownWith([null])).toEqual([...OPTIONAL_COLUMNS].sort());
  });

  test(`${name}: what is no such answer is none, and says so`, () => {
    for (const { read } of questions) {
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

  test(`${name}: refusals are told apart, with any status, inside a 200 too where it does so`, () => {
    for (const [status, body, kind] of refusals) {
      expect([status, body, rest.refusal(status, new Headers(), body)?.kind]).toEqual([status, body, kind]);
    }
    const kinds = new Set(refusals.map(([, , kind]) => kind));
    for (const kind of ["stop", "address", "unknown_symbol"] as const) expect(kinds).toContain(kind);
    fc.assert(
      fc.property(fc.integer({ min: 200, max: 599 }), fc.jsonValue(), (status, body) => {
        const refusal = rest.refusal(status, new Headers(), body);
        if (refusal?.kind === "stop") expect(refusal.waitMs ?? 0).toBeGreaterThan(0);
      }),
    );
  });

  test(`${name}: a stand-in says what it is, and the exchange says nothing of it`, () => {
    const says = (value: string) => rest.standIn(new Headers({ [labelledBy]: value }));
    expect([says("recorded"), says("simulated"), says("real"), rest.standIn(new Headers())]).toEqual([
      "recorded",
      "simulated",
      undefined,
      undefined,
    ]);
  });

  test(`${name}: its own address is its own, and no other is`, () => {
    expect(rest.isOwn(rest.url)).toBe(hasOwnAddress);
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

/** Where a payload of JSON has texts, numbers and the like. */
function leavesOf(payload: unknown, path: readonly string[] = []): readonly (readonly string[])[] {
  if (typeof payload !== "object" || payload === null) return [path];
  return Object.entries(payload).flatMap(([name, member]) => leavesOf(member, [...path, name]));
}

/** A copy of a payload with another value at a place; undefined takes a member out of an object. */
function bentAt(payload: unknown, path: readonly string[], value: unknown): unknown {
  const [name, ...rest] = path;
  if (name === undefined) return value;
  const bent = bentAt((payload as Record<string, unknown>)[name], rest, value);
  if (Array.isArray(payload)) return payload.with(Number(name), bent ?? (value === undefined ? "" : bent));
  return { ...(payload as object), [name]: bent };
}

function readOrNone<T>(read: () => readonly T[]): readonly T[] {
  try {
    return read();
  } catch (cause) {
    if (cause instanceof InvalidInput) return [];
    throw cause;
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function unknownIn(kline: Kline): string[] {
  return KLINE_COLUMNS.filter((column) => Number.isNaN(kline[column]));
}

/** All texts in a frame of JSON. */
function textsIn(frame: string): string[] {
  const found: string[] = [];
  JSON.parse(frame, (_, value: unknown) => {
    if (typeof value === "string") found.push(value);
    return value;
  });
  return found;
}

/** A ticker before a change. */
const BEFORE = { price: 1, open: 1, high: 1, low: 1, volume: 1, quoteVolume: 1 };

/** What frames told, in words, and the klines and tickers in them. `followed`: the symbols that are. */
function decoded(
  { streams }: Exchange,
  frames: readonly string[],
  followed: readonly Symbol[],
): { readonly told: string[]; readonly klines: Kline[]; readonly tickers: TickerFigures[] } {
  const told: string[] = [];
  const klines: Kline[] = [];
  const tickers: TickerFigures[] = [];
  const merged = new MergedTickers();
  const figures = emptyKline();
  const sink: FrameSink = {
    figures,
    tickersTaken: 0,
    followed: (name) => followed.find((symbol) => nameAt(symbol) === name),
    kline: (symbol, interval) => {
      told.push(`kline ${symbol} ${interval}`);
      if (interval === "1m") klines.push({ ...figures });
    },
    restated: (symbol, interval) => told.push(`restated ${symbol} ${interval}`),
    ticker: (ticker) => {
      told.push(`ticker ${ticker.symbol}`);
      tickers.push(ticker);
    },
    tickerChange: (change) => {
      told.push(`ticker ${change.symbol}`);
      const connection = {};
      merged.merge(connection, { ...change, isSnapshot: true, figures: BEFORE });
      const after = merged.merge(connection, change);
      if ("ticker" in after) tickers.push(after.ticker);
    },
    unfollowedTicker: () => false,
    shutdown: () => told.push("shutdown"),
    refused: () => told.push("refused"),
    ignored: (outcome) => told.push(`ignored ${outcome}`),
    malformed: (outcome) => told.push(`malformed ${outcome}`),
  };
  for (const frame of frames) streams.read(frame, sink);
  return { told, klines, tickers };
}
