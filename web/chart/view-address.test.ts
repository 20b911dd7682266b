import { expect, test } from "bun:test";
import { parseRoute } from "../shell/route.ts";
import { readStudies } from "./study-text.ts";
import { type ChartView, type ReadView, readView, viewHash } from "./view-address.ts";
import { ONE_CHART } from "./view-charts.ts";
import { NEWEST } from "./view-range.ts";

const CHOICE = { symbol: "BTCUSDT", interval: "5m" } as const;
/** The view that an address means that states a part without saying anything. */
const PLAIN: ChartView = {
  range: NEWEST,
  studies: [],
  scale: "linear",
  kind: "candles",
  zone: "utc",
  signals: "own",
  compare: [],
  charts: ONE_CHART,
};
const viewOf = (hash: string): ReadView => readView(parseRoute(hash)?.query ?? {});

test("the view is read from the address as it was written", () => {
  const view: ChartView = {
    range: { kind: "between", from: 1_770_681_600_000, to: 1_770_700_000_000 },
    studies: readStudies("ema-20_bollinger-20-2.5") ?? [],
    scale: "log",
    kind: "heikin-ashi",
    zone: "local",
    signals: "all",
    compare: ["ETHUSDT", "SOLUSDT"],
    charts: [undefined, { symbol: "ETHUSDT", interval: "1h" }],
  };
  const hash = viewHash(CHOICE, view);
  expect(hash).toStartWith("#/chart/BTCUSDT/5m?range=1770681600000-1770700000000&studies=ema-20");
  expect(viewOf(hash)).toEqual({ view, faults: [] });
});

test("what is as it would be anyway is left out", () => {
  const view: ChartView = { ...PLAIN, range: { kind: "newest", candles: 120 } };
  expect(viewHash(CHOICE, view)).toBe("#/chart/BTCUSDT/5m?range=newest-120");
});

test("an address that states one part states the whole view; one without any leaves it to the browser", () => {
  expect(viewOf("#/chart/BTCUSDT/5m?scale=log")).toEqual({
    view: { ...PLAIN, scale: "log" },
    faults: [],
  });
  for (const hash of ["#/chart/BTCUSDT/5m", "#/chart/BTCUSDT/5m?at=1770681600000", "#/chart/BTCUSDT/5m?x=y"])
    expect(viewOf(hash)).toEqual({ view: undefined, faults: [] });
});

test("what means nothing is left out, with a sentence that says what would be right", () => {
  expect(viewOf("#/chart/BTCUSDT/5m?scale=cubic&range=newest-50")).toEqual({
    view: { ...PLAIN, range: { kind: "newest", candles: 50 } },
    faults: ['"scale=cubic" in the address means nothing; expected linear or log.'],
  });
});
