import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Kline } from "../../src/core/mod.ts";
import type { PlantedFault } from "../../src/exchange/mod.ts";
import { SeededMarket } from "../../src/exchange/seeded/market.ts";

/** A mirror of dumps of the simulated market, and what it was made of. */
export interface Mirror {
  readonly folder: string;
  readonly symbols: readonly string[];
  readonly from: number;
  readonly to: number;
  readonly seed: number;
}

/** The faults that were planted in a mirror. */
export function plantedIn({ folder }: Mirror): readonly PlantedFault[] {
  return JSON.parse(readFileSync(join(folder, "planted.json"), "utf8")) as PlantedFault[];
}

/** The klines of which some dump of the mirror has a right row, oldest first: all of the market's, but for outages. */
export function* klinesIn(mirror: Mirror, symbol: string, from: number, to: number): Generator<Kline> {
  const market = new SeededMarket(mirror.seed, mirror.to as never, [symbol]);
  const lost = plantedIn(mirror).flatMap(({ symbol: of, isLost, minutes }) =>
    of === symbol && isLost && minutes !== undefined ? [minutes] : [],
  );
  const STEP = 86_400_000;
  for (let at = from; at <= to; at += STEP) {
    for (const kline of market.klines(symbol, "1m", at, Math.min(to, at + STEP - 1), Number.POSITIVE_INFINITY)) {
      if (!lost.some((hole) => kline.openTime >= hole.from && kline.openTime <= hole.to)) yield kline;
    }
  }
}
