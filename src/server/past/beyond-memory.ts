import type { UnixMs } from "../../core/mod.ts";
import type { Series } from "../../store/mod.ts";
import type { KlineParameters } from "../parameters.ts";
import { KlineBlock } from "./kline-block.ts";

/** The klines of an answer that are in memory, copied at one moment. */
export interface MemoryPart {
  /** From this open time on memory answers, and nothing else does; undefined where it knows nothing of the series. */
  readonly from: UnixMs | undefined;
  readonly klines: KlineBlock;
  /** Whether nothing in memory's part of the asked range is in doubt. */
  readonly settled: boolean;
}

/** Whether a query asks for klines that are older than all that memory knows of. */
export function isBeyondMemory(series: Series, { limit, startTime, endTime, closedOnly }: KlineParameters): boolean {
  if (startTime !== undefined) return startTime < (memoryFrom(series) ?? Number.POSITIVE_INFINITY);
  const { ring } = series;
  const count = (endTime === undefined ? ring.length : ring.position(endTime + 1)) - (closedOnly ? 1 : 0);
  if (count >= limit || !series.mayHaveOlder) return false;
  if (count + 1 < limit || !closedOnly) return true;
  const { first, end } = series.select({ limit, endTime, closedOnly });
  return end - first < limit;
}

/** Memory's part of a query that goes beyond it. */
export function memoryPart(series: Series | undefined, parameters: KlineParameters): MemoryPart {
  const from = series === undefined ? undefined : memoryFrom(series);
  if (series === undefined || from === undefined) {
    return { from: undefined, klines: new KlineBlock("memory", 1), settled: false };
  }
  const { startTime, endTime, closedOnly } = parameters;
  const first = Math.max(startTime ?? from, from);
  const { ring } = series;
  const selection = series.select({ limit: ring.capacity, startTime: first, endTime, closedOnly });
  const klines = KlineBlock.ofRing(ring, selection.first, selection.end);
  return { from, klines, settled: selection.settled };
}

/** The oldest open time that memory knows of: that there is a kline, or that there is none. */
function memoryFrom({ ledger, first }: Series): UnixMs | undefined {
  if (ledger.from > ledger.to) return first;
  return first === undefined || ledger.from < first ? ledger.from : first;
}
