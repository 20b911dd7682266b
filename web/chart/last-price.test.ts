import { expect, test } from "bun:test";
import type { PriceLineOptions } from "lightweight-charts";
import { LastPrice } from "./last-price.ts";

const COLORS = { up: "green", down: "red" };

/** The options of the candles and of the line, as the library has them. */
function shown(): { readonly last: LastPrice; readonly candles: object; readonly line: object } {
  const [candles, line] = [{}, {}];
  const last = new LastPrice({
    applyOptions: (options) => Object.assign(candles, options),
    createPriceLine: (options) => {
      Object.assign(line, options);
      return {
        applyOptions: (change) => Object.assign(line, change),
        options: () => Object.assign({} as Readonly<PriceLineOptions>, options),
      };
    },
  });
  return { last, candles, line };
}

test("line and label are at the newest price, in the colour of its candle; the library's own are off", () => {
  const { last, candles, line } = shown();
  expect(candles).toEqual({ lastValueVisible: false, priceLineVisible: false });
  last.show({ open: 10, close: 12 }, COLORS);
  expect(line).toMatchObject({ price: 12, color: "green", lineVisible: true, axisLabelVisible: true });
  last.show({ open: 12, close: 11 }, COLORS);
  expect(line).toMatchObject({ price: 11, color: "red", lineVisible: true, axisLabelVisible: true });
});

test("where the newest candle isn't drawn, there is neither", () => {
  const { last, line } = shown();
  expect(line).toMatchObject({ lineVisible: false, axisLabelVisible: false });
  last.show({ open: 10, close: 12 }, COLORS);
  expect(last.shown).toBe(12);
  last.show(undefined, COLORS);
  expect(last.shown).toBeUndefined();
  expect(line).toMatchObject({ lineVisible: false, axisLabelVisible: false });
});
