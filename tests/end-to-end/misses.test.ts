import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { ClientError, createClient, nearestMisses } from "../../src/client/mod.ts";
import {
  addCandles,
  type Kline,
  openTimeOf,
  parseSymbol,
  type Symbol,
  seededRandom,
  tickerOf,
  type UnixMs,
} from "../../src/core/mod.ts";
import type { Screens } from "../../src/screening/mod.ts";
import { KeyRing, missesRoutes, screenRoutes } from "../../src/server/mod.ts";
import { MarketStore } from "../../src/store/mod.ts";
import type { MissesAnswer, MissesRequest } from "../../src/wire/mod.ts";
import { keyAccess, keyRecord } from "../helpers/keys.ts";
import { screensOf } from "../helpers/screens.ts";
import { type ServedMarket, START, serveMarket } from "../helpers/served-market.ts";

const MINUTE = 60_000;
const MINUTES = 20;
/** More than are looked at in one go. */
const SYMBOLS: readonly Symbol[] = Array.from({ length: 120 }, (_, at) => parseSymbol(`S${at}USDT`));

let market: ServedMarket;
let screens: Screens;
/** The last open and close of each symbol. */
const last = new Map<string, { readonly o: number; readonly c: number }>();

beforeAll(() => {
  const store = new MarketStore({ intervals: ["1m"], capacity: 100 });
  const info = { quote: "USDT", status: "TRADING", priceDecimals: 2, quantityDecimals: 5 } as const;
  const known = SYMBOLS.map((symbol) => ({ symbol, base: symbol.replace("USDT", ""), ...info }));
  store.apply({ type: "symbols", symbols: known });
  const random = seededRandom(7);
  for (const symbol of SYMBOLS) {
    const klines = Array.from({ length: MINUTES }, (_, at) => klineAt(at, random));
    const from = addCandles("1m", openTimeOf("1m", START), -200);
    const to = (START + (MINUTES - 1) * MINUTE) as UnixMs;
    store.apply({ type: "history", symbol, interval: "1m", from, to, klines });
    last.set(symbol, { o: klines.at(-1)?.open ?? 0, c: klines.at(-1)?.close ?? 0 });
  }
  const at = (START + MINUTES * MINUTE) as UnixMs;
  const ticker = { price: 101, open: 100, high: 110, low: 90, volume: 5, quoteVolume: 500, updatedAt: at };
  for (const symbol of SYMBOLS) store.apply({ type: "ticker", ticker: tickerOf({ symbol, ...ticker }) });
  const key = (name: string, rate: string) => keyRecord(name, { name, scopes: ["screen"], rate });
  screens = screensOf(store);
  const routes = [...missesRoutes(store, screens), ...screenRoutes(store, screens)];
  const keys = [key("all", "100000/h"), key("poor", "23/h"), keyRecord("other", { name: "other", scopes: ["read"] })];
  market = serveMarket({ store, with: { access: keyAccess(new KeyRing(keys)), routes } });
});

afterAll(async () => {
  screens.stop();
  await market.server.stop();
});

/** Whole numbers around 100, so that some comparisons are met exactly. */
function klineAt(minute: number, random: () => number): Kline {
  const openTime = (START + minute * MINUTE) as UnixMs;
  const figure = (): number => 80 + Math.floor(random() * 40);
  const figures = { open: figure(), high: 130, low: 70, close: figure(), volume: 1, quoteVolume: 1, trades: 1 };
  const taker = { takerBuyVolume: 1, takerBuyQuoteVolume: 1 };
  return { openTime, closeTime: (openTime + MINUTE - 1) as UnixMs, ...figures, ...taker, closed: true };
}

async function asking(request: MissesRequest, apiKey = "all"): Promise<MissesAnswer> {
  return await nearestMisses({ url: market.server.url, apiKey, maxTries: 1 }, request);
}

/** Filters whose comparisons are marked: F(0, …) is the first one. */
const FILTERS: readonly string[] = [
  "return F(0, c > 110) && F(1, o < 95);",
  "return F(0, c > 118) || F(1, o < 81) || F(2, c === o);",
  "if (F(0, c > 115)) return false;\nconst low = F(1, o < 100), high = F(2, c >= 105);\nreturn low && high;",
  "let n = 0;\nif (F(0, c > o)) n += 1;\nif (!(F(1, c < 100))) n += 1;\nreturn {match: F(2, n > 1), facts: {n}};",
  "return F(0, c > 100) ? F(1, o > 110) : F(2, o < 85);",
  // Only QuickJS takes a comma between values.
  "let a = 1;\nreturn (a += 1, F(0, c > 110)) && F(1, o < 95);",
];

/** What the misses are by the definition: with each comparison negated in turn. */
function misses(filter: string): { readonly symbol: string; readonly share: number }[] {
  const judge = new Function("F", "c", "o", filter) as (
    f: (at: number, is: boolean) => boolean,
    c: number,
    o: number,
  ) => boolean | { readonly match: boolean };
  const verdict = ({ c, o }: { c: number; o: number }, negated: number): boolean => {
    const answer = judge((at, is) => (at === negated ? !is : is), c, o);
    return typeof answer === "boolean" ? answer : answer.match;
  };
  const sides = [...filter.matchAll(/F\(\d, (\w+) \S+ (\w+)\)/g)].map(([, left = "", right = ""]) => [left, right]);
  return [...last].flatMap(([symbol, figures]) => {
    if (verdict(figures, -1)) return [];
    const n = Number(figures.c > figures.o) + Number(!(figures.c < 100));
    const valueOf = (text: string): number => ({ ...figures, n })[text] ?? Number(text);
    const shares = sides.flatMap(([left = "", right = ""], at) => {
      const [a, b] = [valueOf(left), valueOf(right)];
      return verdict(figures, at) ? [a === b ? 0 : Math.abs(a - b) / Math.max(Math.abs(a), Math.abs(b))] : [];
    });
    return shares.length === 0 ? [] : [{ symbol, share: Math.min(...shares) }];
  });
}

const codeOf = (filter: string): string =>
  `const o = candles("1m").open.at(-1), c = candles("1m").close.at(-1);\n${filter.replace(/F\(\d, ([^()]*)\)/g, "($1)")}`;

describe("POST /misses", () => {
  test.each(FILTERS)("finds whom one comparison alone kept from matching, narrowest first: %s", async (filter) => {
    const wanted = misses(filter).toSorted((a, b) => a.share - b.share || (a.symbol < b.symbol ? -1 : 1));
    expect(wanted.length).toBeGreaterThan(20);
    const answer = await asking({ code: codeOf(filter), limit: 50 });
    expect(answer).toMatchObject({
      missed: wanted.length,
      checked: SYMBOLS.length,
      errors: 0,
      unchecked: 0,
      notes: [],
    });
    expect(answer.engine).toBe(filter.includes("a += 1") ? "quickjs" : "compiled");
    const found = answer.misses.map(({ symbol, condition }) => ({ symbol, share: condition.share ?? Number.NaN }));
    expect(found).toEqual(wanted.slice(0, 50));
    const client = createClient({ url: market.server.url, apiKey: "all" });
    expect((await client.screen({ code: codeOf(filter) })).matches).toHaveLength(answer.matches);
  });

  test("tells each with its comparison, where it stands and what it had", async () => {
    const [first] = (await asking({ code: codeOf(FILTERS[0] ?? ""), limit: 1 })).misses;
    const { o = 0, c = 0 } = last.get(first?.symbol ?? "") ?? {};
    const isClose = first?.condition.text === "c > 110";
    const [name, value, bound] = isClose ? ["c", c, 110] : ["o", o, 95];
    expect(first?.condition).toMatchObject({ line: 2, verdict: false, values: [{ text: name, value }], times: 1 });
    expect(first?.condition.distance).toBe(value - bound);
  });

  test("looks at the symbols and the close that are named, and skips as a screen does", async () => {
    const [one = "", other = ""] = SYMBOLS;
    const code = 'return candles("1m").close.at(-1) > 1000;';
    const closeTime = START + 5 * MINUTE - 1;
    const answer = await asking({ code, symbols: [one, other], closeTime });
    expect(answer).toMatchObject({ closeTime, checked: 2, missed: 2, skipped: 0 });
    const young = await asking({ code: 'return sma(candles("1m").close, 50).at(-1) > 0;', symbols: [one] });
    expect(young).toMatchObject({ checked: 0, missed: 0, skipped: 1, misses: [] });
  });

  test("says that a filter has too many conditions, and counts whom it fails for", async () => {
    const many = Array.from({ length: 200 }, (_, at) => `c > ${at}`).join(" && ");
    const answer = await asking({ code: codeOf(`return ${many} && c > 1e9;`) });
    expect(answer.misses).toEqual([]);
    expect(answer.notes).toEqual(["the filter has too many conditions to watch, so nothing can be said of misses"]);
    expect(await asking({ code: codeOf("return nothing.at(0) > 1;".replace("nothing", "[][0]")) })).toMatchObject({
      errors: SYMBOLS.length,
      missed: 0,
    });
    const endless = await asking({ code: codeOf("while (c > 0) {}\nreturn c > 1e9;") });
    expect(endless).toMatchObject({
      unchecked: SYMBOLS.length,
      notes: ["the filter was stopped for 3 symbols, so the others weren't looked at"],
    });
    const some = Array.from({ length: 30 }, (_, at) => `c + ${at} > 1e6`).join(" || ");
    expect((await asking({ code: codeOf(`return ${some};`) })).notes).toEqual([
      "only the first 24 comparisons that the filter came to were looked at",
    ]);
  });

  test("costs two screens of its symbols, needs the scope screen, and refuses what it can't mean in words", async () => {
    const refused = async (request: object, apiKey: string): Promise<string> =>
      await asking(request as MissesRequest, apiKey).then(
        () => "it was answered",
        (cause) => (cause instanceof ClientError ? `${cause.status} ${cause.message}` : String(cause)),
      );
    const code = "return symbol === 1;";
    expect(await refused({ code }, "other")).toStartWith("403 ");
    expect(await refused({ code, limit: 51 }, "all")).toContain("limit");
    expect(await refused({ code, facts: false }, "all")).toStartWith("400 ");
    expect(await refused({ code: "return rsi(candles('1m').close, 14) < 30;" }, "all")).toContain("did you mean");
    // 100 symbols are ten tokens in a screen, and the key has 23.
    const symbols = SYMBOLS.slice(0, 100);
    expect(await refused({ code, symbols }, "poor")).toBe("it was answered");
    expect(await refused({ code, symbols: symbols.slice(0, 20) }, "poor")).toStartWith("429 ");
  });
});
