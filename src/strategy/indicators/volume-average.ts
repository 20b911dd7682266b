import { type KlineIndicator, period } from "./indicator.ts";
import { meanOf } from "./sma.ts";

/** The mean volume of the last `period` klines, in the base asset. Warm-up: period − 1. */
export const volumeAverage: KlineIndicator = {
  name: "volumeAverage",
  reads: "klines",
  parameters: [period(20)],
  outputs: ["value"],
  drawn: {
    title: "Volume average",
    says: "Mean volume of the last candles",
    place: "volumes",
    unit: "amount",
    lines: [{ output: "value", shape: "line" }],
    levels: [],
  },
  warmUp: (length) => [length - 1],
  compute: ({ volume }, length) => [meanOf(volume, length)],
};
