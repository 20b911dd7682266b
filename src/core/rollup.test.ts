import { expect, test } from "bun:test";
import { emptyKline, type Kline, OPTIONAL_COLUMNS } from "./kline.ts";
import { RollUp } from "./rollup.ts";

const FIRST = { open: 10, high: 12, low: 9, close: 11, volume: 0.1, quoteVolume: 1.1 };
const SECOND = { open: 11, high: 11, low: 8, close: 9, volume: 0.2, quoteVolume: 1.9 };
const NO_TRADES = { trades: Number.NaN, takerBuyVolume: Number.NaN, takerBuyQuoteVolume: Number.NaN };

const candle = (figures: Partial<Kline>): Kline => ({ ...emptyKline(), closed: true, ...figures });

test("a column that is unknown in one child is unknown in the candle, and only that column", () => {
  const sum = new RollUp();
  const [shown, closed] = [emptyKline(), emptyKline()];
  sum.add(candle({ ...FIRST, trades: 7, takerBuyVolume: 0.05, takerBuyQuoteVolume: 0.5 }));
  sum.showWith(candle({ ...SECOND, trades: Number.NaN, takerBuyVolume: 0.1, takerBuyQuoteVolume: 1 }), shown);
  const prices = { open: 10, high: 12, low: 8, close: 9 };
  const known = { volume: 0.3, quoteVolume: 3, takerBuyVolume: 0.15, takerBuyQuoteVolume: 1.5 };
  expect(shown).toEqual({ ...emptyKline(), ...prices, ...known, trades: Number.NaN });
  // A child that was only shown left nothing behind.
  sum.add(candle({ ...SECOND, trades: 3, takerBuyVolume: 0.1, takerBuyQuoteVolume: 1 }));
  sum.show(closed);
  expect(closed).toEqual({ ...emptyKline(), ...prices, ...known, trades: 10 });
});

test("children without trades and taker volumes, as Bybit sends them, sum up in all other columns; a reset forgets them", () => {
  const sum = new RollUp();
  const row = emptyKline();
  for (const child of [FIRST, SECOND]) sum.add(candle({ ...child, ...NO_TRADES }));
  sum.show(row);
  expect(row).toMatchObject({ open: 10, high: 12, low: 8, close: 9, volume: 0.3, quoteVolume: 3, ...NO_TRADES });
  sum.reset();
  sum.add(candle({ ...FIRST, trades: 7, takerBuyVolume: 0.05, takerBuyQuoteVolume: 0.5 }));
  sum.show(row);
  for (const column of OPTIONAL_COLUMNS) expect(row[column]).not.toBeNaN();
  expect(row).toMatchObject({ trades: 7, quoteVolume: 1.1 });
});
