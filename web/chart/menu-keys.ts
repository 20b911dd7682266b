/** The item of a menu that a key leads to from the item `at`; undefined for keys that lead nowhere. */
export function nextItem(key: string, at: number, texts: readonly string[]): number | undefined {
  const count = texts.length;
  if (key === "ArrowDown") return (at + 1) % count;
  if (key === "ArrowUp") return (Math.max(at, 0) + count - 1) % count;
  if (key === "Home") return 0;
  if (key === "End") return count - 1;
  if (key.length !== 1 || key === " ") return undefined;
  const following = texts.map((_, by) => (at + 1 + by) % count);
  return following.find((one) => texts[one]?.toLowerCase().startsWith(key.toLowerCase()));
}
