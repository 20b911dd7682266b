import type { ChartPlane } from "../../web/chart/chart-plane.ts";

const MINUTE = 60_000;

/** A plane without a chart: candles of a minute each that are ten pixels wide, and prices of a pixel each. The pane is 200 × 100 and begins with minute 0. */
export function flatPlane(changes: Partial<ChartPlane> = {}): ChartPlane {
  return {
    series: { symbol: "BTCUSDT", interval: "1m", decimals: 1 },
    box: { left: 0, top: 0, width: 200, height: 100 },
    placeOf: (time) => time / MINUTE,
    timeAt: (place) => place * MINUTE,
    xOf: (place) => place * 10 + 5,
    placeAt: (x) => (x - 5) / 10,
    yOf: (price) => 100 - price,
    priceAt: (y) => 100 - y,
    attach: () => () => {},
    ...changes,
  };
}
