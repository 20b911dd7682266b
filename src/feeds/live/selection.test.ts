import { describe, expect, test } from "bun:test";
import { type MarketId, parseSymbol, type SymbolInfo, type Ticker, tickerOf, type UnixMs } from "../../core/mod.ts";
import { followOn, parseSelection, selectSymbols } from "./selection.ts";

const info = (name: string, quote: string, status: SymbolInfo["status"] = "TRADING"): SymbolInfo => ({
  symbol: parseSymbol(name),
  base: name.slice(0, -quote.length),
  quote,
  status,
  priceDecimals: 2,
  quantityDecimals: 5,
});
const KNOWN = [
  info("ETHUSDT", "USDT"),
  info("BTCUSDT", "USDT"),
  info("OLDUSDT", "USDT", "BREAK"),
  info("ETHBTC", "BTC"),
];
const ticker = (name: string, quoteVolume: number): Ticker =>
  tickerOf({
    symbol: parseSymbol(name),
    price: 1,
    open: 1,
    high: 1,
    low: 1,
    volume: 1,
    quoteVolume,
    updatedAt: 1 as UnixMs,
  });
const TICKERS = [ticker("BTCUSDT", 9), ticker("ETHUSDT", 5), ticker("ETHBTC", 100)];

function chosen(text: string, quote = "USDT"): string[] {
  return selectSymbols(parseSelection(text), quote, KNOWN, TICKERS).map(({ symbol }) => symbol);
}

describe("which symbols", () => {
  test("a list, in lower case too, halted ones as well, each once", () => {
    expect(chosen("ethbtc, OLDUSDT,ethbtc")).toEqual(["ETHBTC", "OLDUSDT"]);
  });

  test("the N of a quote asset with most volume, of those that trade", () => {
    expect(chosen("top:1")).toEqual(["BTCUSDT"]);
    expect(chosen("top:9")).toEqual(["BTCUSDT", "ETHUSDT"]);
    expect(chosen("top:9", "BTC")).toEqual(["ETHBTC"]);
  });

  test("of those with most volume, one whose volume is unknown is last, and never before one that is known", () => {
    const names = ["AAAUSDT", "BBBUSDT", "CCCUSDT", "DDDUSDT"];
    const known = names.map((name) => info(name, "USDT"));
    const tickers = names.map((name, at) => ticker(name, at === 1 || at === 3 ? at : Number.NaN));
    const top = (count: number): string[] =>
      selectSymbols(parseSelection(`top:${count}`), "USDT", known, tickers).map(({ symbol }) => symbol);
    expect(top(2)).toEqual(["BBBUSDT", "DDDUSDT"]);
    expect(top(3)).toEqual(["AAAUSDT", "BBBUSDT", "DDDUSDT"]);
  });

  test("all of a quote asset", () => expect(chosen("*")).toEqual(["BTCUSDT", "ETHUSDT"]));

  test("what is remembered of an earlier run and not listed any more stays, as DELISTED, if the selection means it", () => {
    const remembered = [info("GONEUSDT", "USDT"), info("BTCUSDT", "USDT"), info("GONEBTC", "BTC")];
    const found = (text: string): unknown[] =>
      selectSymbols(parseSelection(text), "USDT", KNOWN, TICKERS, remembered, () => true).map(({ symbol, status }) => [
        symbol,
        status,
      ]);
    const gone = ["GONEUSDT", "DELISTED"];
    expect(found("top:1")).toEqual([["BTCUSDT", "TRADING"], gone]);
    expect(found("*")).toEqual([["BTCUSDT", "TRADING"], ["ETHUSDT", "TRADING"], gone]);
    expect(found("ETHBTC,GONEUSDT")).toEqual([["ETHBTC", "TRADING"], gone]);
    expect(found("ETHBTC")).toEqual([["ETHBTC", "TRADING"]]);
    expect(() => found("ETHBTC,GONEUSDT,NOPEUSDT")).toThrow("the exchange's list has no NOPEUSDT:");
  });

  test("one list that doesn't name a symbol takes nothing away, nor does a status that we don't know", () => {
    const gone = info("GONEUSDT", "USDT");
    const on = (known: readonly SymbolInfo[], isGone: boolean): unknown[] =>
      followOn(parseSelection("*"), "USDT", known, TICKERS, [gone], () => isGone)
        .filter(({ symbol }) => symbol === gone.symbol)
        .map(({ status, exchangeStatus }) => exchangeStatus ?? status);
    expect(on(KNOWN, false)).toEqual(["TRADING"]);
    expect(on(KNOWN, true)).toEqual(["DELISTED"]);
    expect(on([...KNOWN, { ...gone, status: "UNKNOWN", exchangeStatus: "PRE_MARKET" }], true)).toEqual(["PRE_MARKET"]);
  });

  test("an entry whose quote asset can't be read leaves what was known of its symbol", () => {
    const known = [...KNOWN, { ...info("NEWUSDT", "USDT"), base: "NEWUSDT", quote: "" }];
    const [found] = followOn(parseSelection("NEWUSDT"), "USDT", known, TICKERS, [info("NEWUSDT", "USDT")], () => false);
    expect(found).toMatchObject({ base: "NEW", quote: "USDT" });
  });

  test("what is remembered keeps its place while it is halted, or has only just fallen behind", () => {
    const remembered = [info("OLDUSDT", "USDT"), info("ETHUSDT", "USDT")];
    const found = (text: string, known = KNOWN): string[] =>
      selectSymbols(parseSelection(text), "USDT", known, TICKERS, remembered).map(({ symbol }) => symbol);
    expect(found("*")).toEqual(["BTCUSDT", "ETHUSDT", "OLDUSDT"]);
    const more = [...KNOWN, info("AAAUSDT", "USDT"), info("BBBUSDT", "USDT"), info("CCCUSDT", "USDT")];
    // BTC and ETH are the first two, and of those without volume the one that comes first by name.
    expect(found("top:3", more)).toEqual(["BTCUSDT", "ETHUSDT", "OLDUSDT"]);
    expect(found("top:2", more)).toEqual(["ETHUSDT", "OLDUSDT"]);
    // They were followed when more were.
    expect(found("top:1", more)).toEqual(["BTCUSDT"]);
  });

  test("no more than N at any time, the halted first: what is back after a delisting finds its place taken or takes one", () => {
    const symbols = ["AAAUSDT", "BBBUSDT", "CCCUSDT"].map((name) => info(name, "USDT"));
    const volumes = ["AAAUSDT", "BBBUSDT", "CCCUSDT"].map((name, at) => ticker(name, 10 - at));
    const on = (known: readonly SymbolInfo[], followed: readonly SymbolInfo[]): string[] =>
      followOn(parseSelection("top:2"), "USDT", known, volumes, followed, () => false).map(({ symbol }) => symbol);
    expect(on(symbols, symbols)).toEqual(["AAAUSDT", "BBBUSDT"]);
    expect(on([...symbols.slice(0, 2), info("CCCUSDT", "USDT", "HALT")], symbols)).toEqual(["AAAUSDT", "CCCUSDT"]);
  });

  test("nothing, while the whole exchange is halted", () => {
    const halted = KNOWN.map((one) => ({ ...one, status: "HALT" as const }));
    expect(selectSymbols(parseSelection("*"), "USDT", halted, TICKERS)).toEqual([]);
    expect(selectSymbols(parseSelection("*"), "USDT", halted, TICKERS, KNOWN.slice(0, 1))).toHaveLength(1);
  });

  test.each([
    ["NOPEUSDT", /the exchange's list has no NOPEUSDT: it names 4 symbols, for example ETHUSDT/],
    ["top:0", /expected top:1 to top:5000/],
    ["BTC/USDT", /"BTC\/USDT" is not a symbol/],
    ["", /is not a symbol/],
  ])("%j is refused in words", (text, words) => expect(() => chosen(text)).toThrow(words));

  test("a quote asset that nothing trades against", () => {
    expect(() => chosen("*", "EUR")).toThrow("nothing trades against EUR: the exchange has symbols in USDT, BTC");
  });

  test("a list whose quote assets can't be read says nothing of that", () => {
    const unread = KNOWN.map((one) => ({ ...one, quote: "" }));
    expect(selectSymbols(parseSelection("*"), "USDT", unread, TICKERS)).toEqual([]);
  });
});

describe("names of a selection", () => {
  const listed = (text: string, market: MarketId) => {
    const selection = parseSelection(text, market);
    return selection.kind === "list" ? selection.symbols.map(String) : [];
  };

  test("are those of its market's exchange, or whole symbols", () => {
    expect(listed("btcusdt,BINANCE:ETHUSDT", "binance")).toEqual(["BTCUSDT", "ETHUSDT"]);
    expect(listed("btcusdt,BTCUSDT_260327", "binance-usdm")).toEqual(["BINANCE:BTCUSDT.P", "BINANCE:BTCUSDT_260327"]);
    expect(listed("BTCUSDT,bybit:ethusdt", "bybit")).toEqual(["BYBIT:BTCUSDT", "BYBIT:ETHUSDT"]);
    expect(listed("BTCPERP,BYBIT:BTCUSDT.P,btcusdt", "bybit-linear")).toEqual(["BYBIT:BTCPERP.P", "BYBIT:BTCUSDT.P"]);
  });

  test.each([
    ["BYBIT:BTCUSDT", "binance", "Binance spot"],
    ["BYBIT:BTCUSDT", "bybit-linear", "Bybit linear perpetuals"],
    ["BINANCE:BTCUSDT", "binance-usdm", "Binance USDⓈ-M perpetuals"],
  ] as const)("%s isn't one of %s", (text, market, words) => {
    expect(() => parseSelection(text, market)).toThrow(`isn't of ${words}`);
  });
});
