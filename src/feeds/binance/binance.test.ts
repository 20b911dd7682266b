import { exchangeContract } from "../exchange.contract.ts";
import { BINANCE } from "./binance.ts";

const OPEN = 1_770_681_600_000;
const KLINE = {
  ...{ t: OPEN, T: OPEN + 59_999, s: "BTCUSDT", i: "1m", f: 7, L: 9, o: "10.0", c: "11.0", h: "12.0", l: "9.0" },
  ...{ v: "3.5", n: 3, x: false, q: "38.5", V: "1.5", Q: "16.5", B: "0" },
};
const TICKER = { e: "24hrMiniTicker", E: OPEN, s: "BTCUSDT", c: "110", o: "100", h: "120", l: "90", v: "5", q: "500" };
const DAY_TICKER = {
  ...{ symbol: "BTCUSDT", lastPrice: "110", openPrice: "100", highPrice: "120", lowPrice: "90", volume: "5" },
  ...{ quoteVolume: "500", closeTime: OPEN },
};

exchangeContract("Binance", BINANCE, {
  frames: [
    { e: "kline", E: OPEN + 2_000, s: "BTCUSDT", k: KLINE },
    { stream: "btcusdt@kline_1m", data: { e: "kline", E: OPEN + 60_000, s: "BTCUSDT", k: { ...KLINE, x: true } } },
    [TICKER, { ...TICKER, s: "ETHUSDT" }],
    { stream: "!miniTicker@arr", data: [TICKER] },
    { result: null, id: 1 },
    { e: "serverShutdown", E: OPEN },
  ].map((frame) => JSON.stringify(frame)),
  answers: {
    symbols: {
      serverTime: OPEN,
      rateLimits: [{ rateLimitType: "REQUEST_WEIGHT", interval: "MINUTE", intervalNum: 1, limit: 6_000 }],
      symbols: [{ symbol: "BTCUSDT", status: "TRADING", baseAsset: "BTC", quoteAsset: "USDT", filters: [] }],
    },
    tickers: [DAY_TICKER],
    time: { serverTime: OPEN },
    klines: [0, 1, 2].map((minute) => {
      const openTime = OPEN + minute * 60_000;
      return [openTime, "10", "12", "9", "11", "3.5", openTime + 59_999, "38.5", 3, "1.5", "16.5", "0"];
    }),
  },
  refusals: [
    [429, { code: -1003, msg: "Too many requests." }, "stop"],
    [418, { code: -1003, msg: "Way too many requests; IP banned until 1770681700000." }, "stop"],
    [403, "<html>403 Forbidden</html>", "address"],
    [451, { code: 0, msg: "Service unavailable from a restricted location." }, "address"],
    [400, { code: -1121, msg: "Invalid symbol." }, "unknown_symbol"],
  ],
});
