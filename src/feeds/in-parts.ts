/** A list in parts of at most so many, in order. */
export function inParts<T>(all: readonly T[], most: number): T[][] {
  const size = Math.min(most, Math.max(1, all.length));
  return Array.from({ length: Math.ceil(all.length / size) }, (_, part) => all.slice(part * size, (part + 1) * size));
}
