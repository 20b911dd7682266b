import { InvalidInput } from "../core/mod.ts";

/** When the embedded database's commits reach the disk: before each is answered, within a second, or when the system likes. */
export type DatabaseDurability = "commit" | "second" | "off";

export const DATABASE_DURABILITIES: readonly DatabaseDurability[] = ["commit", "second", "off"];

export const DEFAULT_DURABILITY: DatabaseDurability = "second";

/** Reads a durability. Throws InvalidInput that lists the right ones. */
export function parseDurability(text: string): DatabaseDurability {
  const durability = DATABASE_DURABILITIES.find((name) => name === text);
  if (durability === undefined) {
    throw new InvalidInput(`"${text}" is not a durability: expected ${DATABASE_DURABILITIES.join(", ")}`);
  }
  return durability;
}
