/** Parts that one search has at most: the server takes 20. */
const MOST_PARTS = 12;

/** Names shorter than this aren't looked for among assets' names: too many have two letters. */
const LEAST_LETTERS = 3;

/** A symbol's asset, as exchanges write it, and its name, where it has one. */
export interface NamedAsset {
  readonly asset: string;
  readonly name: string;
}

/** What is looked for when somebody types a part of a name: the part itself, and the assets whose names have it. */
export function searchParts(typed: string, assets: Iterable<NamedAsset>): readonly string[] {
  const text = typed.replaceAll(",", " ").trim();
  if (text === "") return [];
  const lower = text.toLowerCase();
  const parts = new Set([text]);
  if (text.length >= LEAST_LETTERS) {
    for (const { asset, name } of assets) if (name.toLowerCase().includes(lower)) parts.add(asset);
  }
  return [...parts].slice(0, MOST_PARTS);
}
