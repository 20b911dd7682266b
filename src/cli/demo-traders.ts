import type { Traders } from "../traders/mod.ts";
import type { NewTrader } from "../wire/mod.ts";

/** Filters that match often enough on minutes for a first signal within two of them. */
const TRADERS: readonly Pick<NewTrader, "name" | "description" | "code" | "cooldownCandles">[] = [
  {
    name: "Three rising minutes",
    description: "Each of the last three minutes closed higher than the one before.",
    cooldownCandles: 5,
    code: `const close = candles("1m").close;
return close.at(-1) > close.at(-2) && close.at(-2) > close.at(-3) && close.at(-3) > close.at(-4);`,
  },
  {
    name: "Oversold",
    description: "The relative strength of 14 minutes is under 35.",
    cooldownCandles: 15,
    code: `const value = rsi(candles("1m").close, 14).at(-1);
return { match: value < 35, facts: { rsi: value } };`,
  },
  {
    name: "Busy minute",
    description: "More than twice the average volume of the last 20 minutes.",
    cooldownCandles: 3,
    code: `const volume = candles("1m").volume;
const average = sma(volume, 20).at(-1);
return { match: volume.at(-1) > 2 * average, facts: { volume: volume.at(-1), average } };`,
  },
];

/** Makes the demo's traders, unless there are any traders. */
export async function seedTraders({ table }: Traders): Promise<void> {
  if ((await table.count()) > 0) return;
  for (const trader of TRADERS) {
    const rest = { enabled: true, timeframes: ["1m"], triggerInterval: "1m", symbols: null } as const;
    await table.create("local", { ...trader, ...rest }, undefined);
  }
}
