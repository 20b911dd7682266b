/** A count with its noun in the right number: `countOf(1, "symbol")` → "1 symbol", `countOf(1_234, "match", "matches")` → "1,234 matches". */
export function countOf(count: number, one: string, many: string = `${one}s`): string {
  return `${count.toLocaleString("en-US")} ${count === 1 ? one : many}`;
}
