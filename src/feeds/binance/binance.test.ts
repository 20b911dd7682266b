import { exchangeContract } from "../exchange.contract.ts";
import { BINANCE } from "./binance.ts";

const OPEN = 1_770_681_600_000;
const KLINE = {
  ...{ t: OPEN, T: OPEN + 59_999, s: "BTCUSDT", i: "1m", f: 7, L: 9, o: "10.0", c: "11.0", h: "12.0", l: "9.0" },
  ...{ v: "3.5", n: 3, x: false, q: "38.5", V: "1.5", Q: "16.5", B: "0" },
};
const TICKER = { e: "24hrMiniTicker", E: OPEN, s: "BTCUSDT", c: "110", o: "100", h: "120", l: "90", v: "5", q: "500" };

exchangeContract(
  "Binance",
  BINANCE,
  [
    { e: "kline", E: OPEN + 2_000, s: "BTCUSDT", k: KLINE },
    { stream: "btcusdt@kline_1m", data: { e: "kline", E: OPEN + 2_000, s: "BTCUSDT", k: KLINE } },
    [TICKER, { ...TICKER, s: "ETHUSDT" }],
    { stream: "!miniTicker@arr", data: [TICKER] },
    { result: null, id: 1 },
    { e: "serverShutdown", E: OPEN },
  ].map((frame) => JSON.stringify(frame)),
);
