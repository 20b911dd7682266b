import { describe, expect, test } from "bun:test";
import { InvalidInput } from "../src/core/mod.ts";
import { readKeptSession } from "./access/kept-session.ts";
import { readMailLink } from "./access/mail-link.ts";
import { claimsOf } from "./access/token-claims.ts";
import { candleFault, candleOf, goalOf } from "./chart/chart-goal.ts";
import { chartChoiceOf, chartFault } from "./chart/chart-route.ts";
import { MarkChoice } from "./chart/mark-choice.ts";
import { StudyChoice } from "./chart/study-choice.ts";
import { readView } from "./chart/view-address.ts";
import { readCharts } from "./chart/view-charts.ts";
import { drawingsOf } from "./drawings/stored-drawings.ts";
import { DraftStore } from "./editor/draft-store.ts";
import { MarketColumns } from "./markets/market-columns.ts";
import { readLists } from "./markets/watchlist-text.ts";
import { Watchlists } from "./markets/watchlists.ts";
import { KeptScreens } from "./screener/kept-screens.ts";
import { screenCode } from "./screener/screen-code.ts";
import { readScreen, screenHash } from "./screener/screen-link.ts";
import { parseRoute, type Route, routeHash } from "./shell/route.ts";
import type { PageStorage } from "./shell/storage.ts";
import { ChosenColumns } from "./signals/chosen-columns.ts";
import { readTraderFile } from "./traders/trader-file.ts";

/** More characters than anything that a person chooses has. */
const MANY = 300_000;

const LONG = "x".repeat(MANY);

/** Texts that no part of an address, no file and no storage should have. */
const HOSTILE: readonly string[] = [
  ...["", " ", "-", "*", "_", ".", "-1", "0", "NaN", "1e999", "9999999999999999", "99999999999999999999", "null", "[]"],
  ...["__proto__", "constructor", "toString", "<img src=x onerror=alert(1)>", "javascript:alert(1)", "../../x", "%"],
  ...[
    "\u0000",
    "\ud800",
    "\u202e",
    "a\nb",
    "🙂".repeat(41),
    LONG,
    "*".repeat(MANY),
    "_".repeat(MANY),
    ",".repeat(MANY),
  ],
  ...["rsi14.above.1*".repeat(20_000), "ema-20-c1_".repeat(20_000), "ETHUSDT*".repeat(20_000)],
  ...["-*".repeat(20_000), "rsi14*".repeat(20_000), "BTCUSDT,".repeat(20_000), "# a\nb\n".repeat(20_000)],
];

/** JSON that isn't what was kept or exported. */
const HOSTILE_JSON: readonly string[] = [
  ...["{", "null", "1", "true", '"x"', "[]", "{}", "[null]", "[[]]", '[["a"]]', '[["a",null]]', '{"toString":1}'],
  ...['{"__proto__":{"x":1}}', "[".repeat(MANY), `${"[".repeat(1_000)}${"]".repeat(1_000)}`],
  ...['{"form":1,"drawings":7}', '{"form":1,"drawings":[null,{},["a","price-line","blue",1e999,1]]}'],
  JSON.stringify({ form: 1, drawings: Array(5_000).fill(["a", "price-line", "blue", 1, 1]) }),
  JSON.stringify({ form: 1, drawings: Array.from({ length: 5_000 }, (_, id) => [`${id}`, "price-line", "red", 1, 1]) }),
  ...['{"lists":7}', '{"lists":{"filter":1}}', '{"chosen":{},"lists":[{"name":"#","symbols":["A"]}]}'],
  JSON.stringify({ lists: Array.from({ length: 5_000 }, (_, at) => ({ name: `L${at}`, symbols: ["A", "<b>"] })) }),
  JSON.stringify({ lists: [{ name: LONG, symbols: [LONG] }] }),
  JSON.stringify({ lists: [{ name: "L", symbols: Array.from({ length: 50_000 }, (_, at) => `S${at}`) }] }),
  JSON.stringify(Array.from({ length: 5_000 }, (_, at) => ({ name: `S${at}`, where: "rsi14.above.1*".repeat(2) }))),
  JSON.stringify([{ where: "rsi14.above.1*".repeat(20_000), columns: "rsi14*".repeat(20_000), code: LONG }]),
  JSON.stringify(Array.from({ length: 5_000 }, (_, at) => [`t${at}`, ["rsi"]])),
  JSON.stringify([["t", Array(50_000).fill("rsi")]]),
  '{"access_token":1,"expires_at":"x"}',
  '{"access_token":"a","expires_at":1e999,"user":{"email":{}}}',
  ...['{"traders":[],"form":{"toString":1}}', '{"traders":{"length":9}}', '{"kind":[],"traders":[]}'],
  ...['[{"name":{"trim":1},"code":7}]', '[{"code":"x","symbols":{"length":1e9}}]', '{"code":{"length":1}}'],
  JSON.stringify({ traders: Array(501).fill({}) }),
  JSON.stringify({ traders: [], form: LONG }),
];

/** The most characters that anything that was read has when it is written: larger than all that is allowed together. */
const MOST_READ = 130_000;

function sizeOf(value: unknown): number {
  const text = JSON.stringify(value, (_, member) =>
    member instanceof Map || member instanceof Set ? [...member] : member,
  );
  return text?.length ?? 0;
}

function storageOf(text: string): PageStorage {
  return { getItem: () => text, setItem: () => {}, removeItem: () => {} };
}

function routeOf(parts: readonly string[], query: Readonly<Record<string, string>> = {}): Route {
  return { screen: "chart", parts, query };
}

/** What reads an address, by one hostile text in each of its places. */
const OF_ADDRESSES: Readonly<Record<string, (text: string) => unknown>> = {
  route: (text) => [parseRoute(text)?.parts.length, parseRoute(`#/chart/${text}`)?.screen],
  "route again": (text) => parseRoute(routeHash("chart", [text.toWellFormed() || "x"], { at: text }))?.screen,
  "a chart's symbol": (text) => [chartChoiceOf(routeOf([text, "1m"])), chartFault(routeOf([text, "1m"]))],
  "a chart's interval": (text) => [chartChoiceOf(routeOf(["A", text])), chartFault(routeOf(["A", text]))],
  "a chart's candle": (text) => {
    const route = routeOf(["A", "1m"], { at: text, range: text });
    return [candleOf(route), candleFault(route), goalOf(route)];
  },
  "a chart's view": (text) =>
    readView(
      Object.fromEntries(
        ["range", "studies", "scale", "kind", "zone", "signals", "compare", "charts"].map((name) => [name, text]),
      ),
    ),
  "a screen": (text) => {
    const names = ["name", "market", "candles", "match", "where", "columns", "sort", "code"];
    const { screen, faults } = readScreen(Object.fromEntries(names.map((name) => [name, text])));
    const code = screenCode(screen, ["1m", "1h"]);
    expect(readScreen(parseRoute(screenHash(screen))?.query ?? {}).screen).toEqual({
      ...screen,
      code: screen.code?.toWellFormed(),
    });
    return [screen, faults, code];
  },
  "a mail's link": (text) => [
    readMailLink(`#error=${text}`),
    readMailLink(`#access_token=a.${text.slice(0, 100)}.c&refresh_token=x&type=recovery`),
  ],
  "a token's claims": (text) => typeof claimsOf(`a.${text}.c`),
};

/** What reads what this browser kept. */
const OF_STORAGE: Readonly<Record<string, (text: string) => unknown>> = {
  watchlists: (text) => {
    const watchlists = new Watchlists(storageOf(text));
    return [watchlists.lists.value, watchlists.chosen.value, watchlists.symbols.value];
  },
  "the lists' text": (text) => new Watchlists(storageOf("")).replace(text),
  screens: (text) => {
    const kept = new KeptScreens(storageOf(text));
    return [kept.screens.value, kept.last()];
  },
  drawings: (text) => drawingsOf(text),
  studies: (text) => new StudyChoice(storageOf(text)).chosen.value.map(({ id, parameters }) => [id, parameters]),
  charts: (text) => readCharts(text),
  "hidden traders": (text) => new MarkChoice(storageOf(text)).marked.value.hidden.size,
  "columns of the markets": (text) => new MarketColumns(storageOf(text)).chosen.value,
  "columns of the signals": (text) => [
    new ChosenColumns(storageOf(text)).of("t"),
    new ChosenColumns(storageOf(text)).of(""),
  ],
  drafts: (text) => new DraftStore(storageOf(text)).get("new"),
  "a session": (text) => readKeptSession(text),
};

describe("a hostile text is read without an error, and what is read stays small:", () => {
  test.each(Object.entries(OF_ADDRESSES))("%s in an address", (_, read) => {
    for (const text of HOSTILE) {
      const size = sizeOf(read(text));
      if (size > MOST_READ) expect({ text: text.slice(0, 40), size }).toEqual({ text: text.slice(0, 40), size: 0 });
    }
  });

  test.each(Object.entries(OF_STORAGE))("%s in this browser's storage", (_, read) => {
    for (const text of [...HOSTILE, ...HOSTILE_JSON]) {
      const size = sizeOf(read(text));
      if (size > MOST_READ) expect({ text: text.slice(0, 40), size }).toEqual({ text: text.slice(0, 40), size: 0 });
    }
  });

  test("a file of traders, whose mistake is a short sentence", () => {
    for (const text of [...HOSTILE, ...HOSTILE_JSON]) {
      let said = "";
      try {
        said = readTraderFile(text)
          .map(({ read }) => ("fault" in read ? read.fault : ""))
          .join("");
      } catch (cause) {
        expect({ text: text.slice(0, 60), cause }).toEqual({
          text: text.slice(0, 60),
          cause: expect.any(InvalidInput),
        });
        said = (cause as InvalidInput).message;
      }
      expect({ text: text.slice(0, 60), isShort: said.length < 60_000 }).toMatchObject({ isShort: true });
    }
  });
});

test("a text of lists has a bound for the whole, which all lists together don't reach", () => {
  expect(readLists("BTCUSDT", "First")).toHaveLength(1);
  expect(new Watchlists(storageOf("")).replace(" ".repeat(500_001))).toBe(
    "The text has 500001 characters. Expected 500000 at most.",
  );
});
