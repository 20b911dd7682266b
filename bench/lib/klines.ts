import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import type { Kline, UnixMs } from "../../src/core/mod.ts";
import { minuteKlines } from "../../tests/helpers/truth.ts";

const DATA = join(import.meta.dir, "../../../shared/data/um_1m_full");

/** Minutes of a real market where the recorded data is at hand, else made-up ones; and which of the two, in words. */
export function someMinutes(count: number): { minutes: Kline[]; origin: string } {
  if (!existsSync(DATA)) {
    return { minutes: minuteKlines(Date.UTC(2026, 1, 10), count, 1, () => false), origin: "made-up minutes" };
  }
  const file = readdirSync(DATA).find((name) => name.startsWith("AVAX")) ?? "";
  const lines = gunzipSync(readFileSync(join(DATA, file)))
    .toString()
    .trim()
    .split("\n")
    .slice(1, count + 1);
  const minutes = lines.map((line) => {
    const [
      openTime,
      open,
      high,
      low,
      close,
      volume,
      closeTime,
      quoteVolume,
      trades,
      takerBuyVolume,
      takerBuyQuoteVolume,
    ] = line.split(",").map(Number) as [
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    const times = { openTime: openTime as UnixMs, closeTime: closeTime as UnixMs };
    const figures = { open, high, low, close, volume, quoteVolume, trades, takerBuyVolume, takerBuyQuoteVolume };
    return { ...times, ...figures, closed: true };
  });
  return { minutes, origin: `recorded minutes of AVAXUSDT, ${new Date(minutes[0]?.openTime ?? 0).toISOString()} on` };
}
