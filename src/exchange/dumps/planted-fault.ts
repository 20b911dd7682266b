import { hashText, type Random, seededRandom } from "../../core/mod.ts";

/** What can be planted in a monthly dump. The names are those that `vyx history` gives to what it finds. */
export const PLANTABLE = [
  "broken_zip",
  "wrong_checksum",
  "no_checksum",
  "wrong_columns",
  "glued",
  "doubled",
  "contradicting",
  "disordered",
  "off_grid",
  "high_is_not_highest",
  "hole",
  "reissued",
] as const;

/** One of {@link PLANTABLE}. */
export type PlantedKind = (typeof PLANTABLE)[number];

/** A fault that was planted, and where. */
export interface PlantedFault {
  readonly kind: PlantedKind;
  readonly symbol: string;
  /** The dump's path. */
  readonly file: string;
  /** The open times of the first and the last minute that are spoilt; undefined where it is the whole file. */
  readonly minutes?: { readonly from: number; readonly to: number };
  /** Whether no dump has the minutes as they were: an outage of the exchange. */
  readonly isLost: boolean;
}

/** Where in its file a fault is, before it is applied: rows by their number. */
export interface FaultPlan {
  readonly kind: PlantedKind;
  readonly row: number;
  readonly rows: number;
  readonly isLost: boolean;
  readonly random: Random;
}

/** The longest hole, in minutes. */
const LONGEST_HOLE = 600;

/** Decides by seed and path alone whether a monthly dump gets a fault, and which. */
export function planFault(seed: number, path: string, rows: number, share: number): FaultPlan | undefined {
  const random = seededRandom((hashText(path) ^ seed) >>> 0);
  if (random() >= share || rows < 3) return undefined;
  const kind = PLANTABLE[Math.floor(random() * PLANTABLE.length)] ?? "hole";
  const length = kind === "hole" ? Math.min(rows - 2, 1 + Math.floor(random() * LONGEST_HOLE)) : 1;
  const row = 1 + Math.floor(random() * (rows - length - 1));
  return { kind, row, rows: length, isLost: kind === "hole" && random() < 0.5, random };
}

/** The lines of a table with a fault in them. Faults of whole files leave them as they are. */
export function spoiltLines(lines: readonly string[], { kind, row, rows }: FaultPlan): string[] {
  const line = lines[row] ?? "";
  const fields = line.split(",");
  switch (kind) {
    case "wrong_columns":
      return lines.with(row, fields.slice(0, 7).join(","));
    case "glued":
      return lines.toSpliced(row, 2, `${line}${lines[row + 1]}`);
    case "doubled":
      return lines.toSpliced(row, 0, line);
    case "contradicting":
      return lines.toSpliced(row, 0, fields.with(8, String(Number(fields[8]) + 1)).join(","));
    case "disordered":
      return lines.toSpliced(row, 2, lines[row + 1] ?? "", line);
    case "off_grid":
      return lines.with(row, fields.with(0, `${fields[0]?.slice(0, 9)}7${fields[0]?.slice(10)}`).join(","));
    case "high_is_not_highest":
      return lines.with(row, fields.with(2, "0.00000001").join(","));
    case "hole":
      return lines.toSpliced(row, rows);
    case "reissued":
      return lines.with(row, fields.with(8, String(Number(fields[8]) + 7)).join(","));
    default:
      return [...lines];
  }
}

/** An archive's bytes with some of them lost or changed. */
export function brokenBytes(zip: Uint8Array, random: Random): Uint8Array {
  if (random() < 0.5) return zip.slice(0, Math.floor(zip.byteLength * (0.2 + 0.6 * random())));
  const broken = zip.slice();
  const at = Math.floor(broken.byteLength * (0.3 + 0.4 * random()));
  broken[at] = (broken[at] ?? 0) ^ 0x10;
  return broken;
}
