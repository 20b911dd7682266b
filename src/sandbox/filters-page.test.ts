import { expect, test } from "bun:test";
import { join } from "node:path";
import { viewOfArrays } from "../../tests/helpers/arrays-view.ts";
import {
  addCandles,
  closeTimeOf,
  emptyKline,
  type Interval,
  type Kline,
  openTimeOf,
  parseSymbol,
  seededRandom,
  type UnixMs,
} from "../core/mod.ts";
import { HELPERS, INDICATORS, type KlineArray, preview, Screening, usageOf, WORKED_FILTERS } from "../strategy/mod.ts";
import { createSandbox } from "./mod.ts";

const PATH = join(import.meta.dir, "../../docs/filters.md");
const PAGE = await Bun.file(PATH).text();

/** The close at which all markets here end: that of a candle of every interval up to a day. */
const CLOSE_TIME = (Date.UTC(2026, 1, 20) - 1) as UnixMs;
const MARKETS = 60;
const CLOSES = 20;

/** A walk with trends, quiet stretches and bursts of volume, of an interval's own candles. */
function walk(interval: Interval, seed: number, count: number): Kline[] {
  const random = seededRandom(seed);
  const end = openTimeOf(interval, CLOSE_TIME);
  let [price, drift, width] = [100, 0, 0.01];
  return Array.from({ length: count }, (_, row) => {
    if (random() < 0.05) drift = (random() - 0.5) / 100;
    if (random() < 0.05) width = 0.002 + random() / 50;
    const open = price;
    price *= 1 + drift + (random() - 0.5) * width;
    const openTime = addCandles(interval, end, row + 1 - count);
    const volume = 100 * (random() < 0.1 ? 1 + 9 * random() : random());
    return {
      ...emptyKline(),
      openTime,
      closeTime: closeTimeOf(interval, openTime),
      open,
      close: price,
      high: Math.max(open, price) * (1 + (random() * width) / 4),
      low: Math.min(open, price) * (1 - (random() * width) / 4),
      volume,
      takerBuyVolume: volume * Math.min(1, Math.max(0, 0.55 + 15 * drift + 0.3 * (random() - 0.5))),
      trades: 10,
      closed: true,
    };
  });
}

test("there are ten worked filters", () => {
  expect(WORKED_FILTERS).toHaveLength(10);
});

test.each(WORKED_FILTERS.map((one) => [one.title, one] as const))(
  "%s: compiled, matches here and not there",
  async (_, one) => {
    const { code, timeframes } = one;
    const series: KlineArray[] = [];
    for (let seed = 1; seed <= MARKETS; seed += 1) {
      const symbol = parseSymbol(`S${seed}USDT`);
      for (const [at, interval] of timeframes.entries()) {
        series.push({ symbol, interval, settled: true, klines: walk(interval, seed * 10 + at, 300) });
      }
    }
    const stopwatch = (): number => 0;
    const view = viewOfArrays(series);
    const request = { code, timeframes, closeTime: CLOSE_TIME, closes: CLOSES };
    const found = preview(new Screening({ view, runner: await createSandbox({ stopwatch }), stopwatch }), request);
    expect(found).toMatchObject({ engine: "compiled", exact: true, finished: true, errors: [] });
    const matches = found.closes.reduce((sum, close) => sum + close.matches.length, 0);
    const checked = found.closes.reduce((sum, close) => sum + close.checked, 0);
    expect(checked).toBe(MARKETS * CLOSES);
    expect(matches).toBeGreaterThan(0);
    expect(matches).toBeLessThan(checked / 2);
    // One of the closes in the other engine.
    const last = { code, timeframes, closeTime: CLOSE_TIME };
    const runner = await createSandbox({ stopwatch, only: "quickjs" });
    const alone = new Screening({ view, runner, stopwatch }).screen(last);
    expect(alone.matches).toEqual(found.closes.at(-1)?.matches ?? []);
  },
);

test("the page lists every indicator, helper and worked filter of the code", async () => {
  const indicators = INDICATORS.map((one) => {
    const outputs = one.outputs.length === 1 ? "a column" : one.outputs.map((output) => `\`${output}\``).join(", ");
    const parameters = one.parameters.map(({ fallback }) => fallback);
    const [longest] = [...one.warmUp(...parameters)].sort((a, b) => b - a);
    return `| \`${usageOf(one)}\` | ${outputs} | ${(longest ?? 0) + 1} |`;
  });
  const table = [
    "| Indicator | Returns | Klines needed, with the defaults |",
    "| --- | --- | --- |",
    ...indicators,
  ].join("\n");
  const list = HELPERS.map(({ usage }) => `- \`${usage.replace(":", "`:")}`).join("\n");
  const worked = WORKED_FILTERS.map(
    ({ title, timeframes, code }) => `### ${title}\n\n\`\`\`js filter ${timeframes.join(" ")}\n${code}\`\`\`\n`,
  );
  const held = [
    ["indicators", table],
    ["helpers", list],
    ["worked filters", worked.join("\n").trimEnd()],
  ].reduce((page, [name = "", text]) => page.replace(part(name), (_, begin, end) => `${begin}\n${text}\n${end}`), PAGE);
  if (process.env.UPDATE_GOLDEN === "1") await Bun.write(PATH, held);
  expect(await Bun.file(PATH).text()).toBe(held);
});

function part(name: string): RegExp {
  return new RegExp(`(<!-- ${name}.*? -->)\n[\\s\\S]*?(<!-- end of ${name} -->)`);
}
