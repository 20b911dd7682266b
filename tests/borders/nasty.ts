/** Milliseconds of the simulated day, right but for what each entry does to it. */
const NOW = Date.UTC(2026, 1, 10, 12, 30);

/**
 * What an exchange, a collector or an attacker may say in place of a figure, a time or a name. None of it can be meant, in any
 * member of any message: a plausible lie isn't among them, as no single message gives that away.
 */
export const NASTY: Readonly<Record<string, unknown>> = {
  "huge number": 1e308,
  "huge whole number": Number.MAX_SAFE_INTEGER,
  "huge text": "9".repeat(30),
  "huge text of 100,000 digits": "9".repeat(100_000),
  "tiny number": 5e-324,
  "tiny text": `0.${"0".repeat(30)}1`,
  "negative number": -1,
  "negative text": "-1.00000000",
  "negative zero": -0,
  text: "soon",
  null: null,
  "NaN text": "NaN",
  "Infinity text": "Infinity",
  seconds: NOW / 1_000,
  microseconds: NOW * 1_000,
  "nanoseconds, rounded": NOW * 1_000_000,
  "a year ahead": Date.UTC(2027, 1, 10, 12, 30),
  "a year ago": Date.UTC(2025, 1, 10, 12, 30),
  "the year 275,760": 8.64e15,
  "the year 0": Date.UTC(0, 0, 1) - 1_900 * 365.25 * 86_400_000,
  "empty text": "",
  "an object": {},
  "an array": [],
  "an array of a number": ["1.00000000"],
  hexadecimal: "0x10",
  "a space before": " 1",
  "an exponent": "1e5",
  "a line end": "1\n",
  "a half": 0.5,
};

/** Whether a value may be meant where a message has numbers, not text, for prices and amounts. */
export function mayBeAmount(value: unknown): boolean {
  return typeof value === "number" && (value === 0 || (value >= 1e-18 && value <= 1e20));
}

/** Each member with each nasty value, in order. */
export function nastyCases<Member>(members: readonly Member[]): { member: Member; name: string; value: unknown }[] {
  return members.flatMap((member) => Object.entries(NASTY).map(([name, value]) => ({ member, name, value })));
}
