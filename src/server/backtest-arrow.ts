import { columnFromArray, float64, int32, TimeUnit, tableFromColumns, timestamp, utf8 } from "@uwdata/flechette";
import type { BacktestSignal } from "../strategy/mod.ts";
import { messagesOf } from "./arrow-messages.ts";
import { joined } from "./bytes.ts";

/**
 * Signals of a backtest as the messages of an Arrow IPC stream: `symbol` and `facts` (JSON) are utf8, `closeTime` timestamp[ms, UTC], `price`
 * float64, and for each horizon, 16 for example, `return16`, `best16`, `worst16` (float64, percent) and `bestAfter16`, `worstAfter16` (int32,
 * candles). What isn't known is null. `hasSchema`: with the schema before the rows.
 */
export function signalBatch(
  signals: readonly BacktestSignal[],
  horizons: readonly number[],
  hasSchema: boolean,
): Uint8Array<ArrayBuffer> {
  const texts = (values: (string | null)[]) => columnFromArray(values, utf8());
  const percents = (values: (number | null)[]) => columnFromArray(values, float64());
  const candles = (values: (number | null)[]) => columnFromArray(values, int32());
  const table = tableFromColumns({
    symbol: texts(signals.map(({ symbol }) => symbol)),
    closeTime: columnFromArray(
      signals.map(({ closeTime }) => closeTime),
      timestamp(TimeUnit.MILLISECOND, "UTC"),
    ),
    price: percents(signals.map(({ price }) => price)),
    facts: texts(signals.map(({ facts }) => (facts === undefined ? null : JSON.stringify(facts)))),
    ...Object.fromEntries(
      horizons.flatMap((horizon, index) => {
        const outcomes = signals.map((one) => one.outcomes[index] as BacktestSignal["outcomes"][number]);
        return [
          [`return${horizon}`, percents(outcomes.map(({ returnPercent }) => returnPercent))],
          [`best${horizon}`, percents(outcomes.map(({ bestPercent }) => bestPercent))],
          [`bestAfter${horizon}`, candles(outcomes.map(({ bestAfter }) => bestAfter))],
          [`worst${horizon}`, percents(outcomes.map(({ worstPercent }) => worstPercent))],
          [`worstAfter${horizon}`, candles(outcomes.map(({ worstAfter }) => worstAfter))],
        ];
      }),
    ),
  });
  const messages = messagesOf(table).filter(({ isRecordBatch }) => hasSchema || isRecordBatch);
  return joined(messages.map((one) => one.bytes));
}
