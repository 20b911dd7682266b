/** Facts longer than this are cut, in characters. */
const LONGEST = 160;

/** The facts of a match in one line: {rsi: 28.4123} → "rsi 28.4123". Shortens large structures. */
export function factsText(facts: Readonly<Record<string, unknown>>): string {
  const text = Object.entries(facts)
    .map(([name, value]) => `${name} ${factText(value)}`)
    .join(" · ");
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text;
}

function factText(value: unknown): string {
  if (typeof value === "number") return numberText(value);
  if (typeof value === "string") return value;
  return JSON.stringify(value);
}

/** Six figures are plenty to compare by; whole numbers keep all of theirs. */
function numberText(value: number): string {
  if (Number.isInteger(value) || value === 0) return String(value);
  return String(Number(value.toPrecision(6)));
}
