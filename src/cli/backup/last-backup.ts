import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** When a backup of what a data folder stands for was last written, as an ISO date in a file of that folder. */
const FILE = "last-backup";

/** Notes the moment for the server that uses the folder. Does nothing where there is no folder. Throws the system's error. */
export function noteBackup(dataDir: string, createdAt: string): void {
  if (existsSync(dataDir)) writeFileSync(join(dataDir, FILE), `${createdAt}\n`, { mode: 0o600 });
}

/** The moment in Unix milliseconds; undefined where none was noted. */
export function lastBackupAt(dataDir: string): number | undefined {
  try {
    const at = Date.parse(readFileSync(join(dataDir, FILE), "utf8").trim());
    return Number.isNaN(at) ? undefined : at;
  } catch {
    return undefined;
  }
}
