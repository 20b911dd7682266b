import { InvalidInput } from "../core/mod.ts";

/** So many requests in so long a time. */
export interface Rate {
  readonly amount: number;
  readonly perMs: number;
}

const UNITS: Readonly<Record<string, number>> = { s: 1_000, min: 60_000, h: 3_600_000 };

/** The largest amount that is taken: what nothing on one machine reaches. */
const MAX_AMOUNT = 1_000_000_000;

/** Reads a rate such as 600/min, 20/s or 5000/h. Throws InvalidInput. */
export function parseRate(text: string): Rate {
  const [, amount = "", unit = ""] = /^(\d{1,10})\/(s|min|h)$/.exec(text.trim()) ?? [];
  const perMs = UNITS[unit];
  if (perMs === undefined || Number(amount) < 1 || Number(amount) > MAX_AMOUNT) {
    throw new InvalidInput(`"${text.slice(0, 40)}" is not a rate: expected for example 600/min, 20/s or 5000/h`);
  }
  return { amount: Number(amount), perMs };
}

/** The text that {@link parseRate} reads. */
export function rateText({ amount, perMs }: Rate): string {
  const unit = Object.keys(UNITS).find((name) => UNITS[name] === perMs);
  return `${amount}/${unit}`;
}
