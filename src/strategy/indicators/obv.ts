import { inPane } from "./drawing.ts";
import type { KlineIndicator } from "./indicator.ts";

/**
 * Granville's on-balance volume: the volumes of klines that closed higher less those that closed lower, added up from the
 * first kline, which counts as 0. So only its changes mean something. No warm-up.
 */
export const obv: KlineIndicator = {
  name: "obv",
  reads: "klines",
  parameters: [],
  outputs: ["value"],
  drawn: inPane("OBV", "On-balance volume", { unit: "amount" }),
  warmUp: () => [0],
  compute: ({ close, volume }) => {
    const balance = new Float64Array(close.length);
    for (let position = 1; position < close.length; position += 1) {
      const change = (close[position] as number) - (close[position - 1] as number);
      balance[position] = (balance[position - 1] as number) + Math.sign(change) * (volume[position] as number);
    }
    return [balance];
  },
};
