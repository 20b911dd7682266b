import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { type Random, reasonOf, seededRandom } from "../../src/core/mod.ts";
import { DamagedDatabase, startEmbeddedDatabase } from "../../src/embedded/mod.ts";
import { openDatabase } from "../../src/traders/mod.ts";
import { dataFolder } from "../helpers/made-database.ts";

/** What a cut did to a killed database's files, and what its next start did. */
export interface Cut {
  /** In words. */
  readonly cut: string;
  /** `silent`: it opened with other rows than before the cut. `other`: it ended without the sentence of a damaged database. */
  readonly end: "whole" | "refused" | "silent" | "other";
  /** The sentence with which the start ended. */
  readonly sentence?: string;
}

/** What is cut, and how often. */
export interface CutOptions {
  readonly cuts: number;
  readonly seed: number;
  /** The process is killed when it has committed at least so many signals. */
  readonly signals: number;
}

/** Kills a process that writes signals, and opens what it left once for each cut. */
export async function cutFiles({ cuts, seed, signals }: CutOptions, onCut: (cut: Cut) => void): Promise<void> {
  const random = seededRandom(seed);
  const killed = await killedFolder(signals);
  const place = mkdtempSync(join(tmpdir(), "vyx-cut-"));
  const copy = (): void => {
    rmSync(place, { recursive: true, force: true });
    cpSync(killed, place, { recursive: true });
  };
  try {
    copy();
    const whole = await rowsIn(place);
    copy();
    for (let n = 0; n < cuts; n += 1) {
      const { file, cut } = cutOne(join(place, "database"), random);
      const end = await opened(place, whole);
      onCut({ cut, ...end });
      // A start that refuses changes nothing.
      if (end.end === "refused") cpSync(join(killed, "database", file), join(place, "database", file));
      else copy();
    }
  } finally {
    for (const folder of [killed, place]) rmSync(folder, { recursive: true, force: true });
  }
}

async function opened(place: string, whole: string): Promise<Omit<Cut, "cut">> {
  try {
    return { end: (await rowsIn(place)) === whole ? "whole" : "silent" };
  } catch (cause) {
    return { end: cause instanceof DamagedDatabase ? "refused" : "other", sentence: reasonOf(cause) };
  }
}

async function killedFolder(signals: number): Promise<string> {
  const folder = await dataFolder();
  const writer = Bun.spawn([process.execPath, join(import.meta.dir, "writer.ts"), folder], {
    stdout: "pipe",
    stderr: "inherit",
  });
  let committed = 0;
  for await (const chunk of writer.stdout) {
    committed = Number(new TextDecoder().decode(chunk).trim().split("\n").at(-1));
    if (committed >= signals) break;
  }
  writer.kill("SIGKILL");
  await writer.exited;
  if (committed < signals) throw new Error(`the writer ended after ${committed} signals`);
  return folder;
}

/** A line that changes with each row, read from the tables themselves. */
async function rowsIn(place: string): Promise<string> {
  const database = await startEmbeddedDatabase(place);
  const sql = openDatabase({ url: database.url, connections: 1 });
  try {
    const [row] = await sql<{ line: string }[]>`
      select concat_ws(' ', (select count(*) from public.traders), count(*), sum(hashtextextended(s::text, 0)),
        (select count(*) from vyx.migrations)) as line from public.signals s`;
    return row?.line ?? "";
  } finally {
    await sql.end();
    await database.stop();
  }
}

/** Cuts a file short, changes a bit of it, or deletes it. Says what was done. */
function cutOne(folder: string, random: Random): { readonly file: string; readonly cut: string } {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  // Half of the cuts are where most of what changes is: a database has hundreds of small files that never do.
  const large = files.filter((file) => statSync(file).size > 200_000 || file.includes("pg_wal"));
  const among = random() < 0.5 ? large : files.filter((file) => statSync(file).size > 0);
  const file = among[Math.floor(random() * among.length)] ?? "";
  const name = relative(folder, file);
  const at = Math.floor(random() * statSync(file).size);
  const kind = Math.floor(random() * 3);
  if (kind === 0) {
    truncateSync(file, at);
    return { file: name, cut: `${name} cut short to ${at} bytes` };
  }
  if (kind === 1) {
    rmSync(file);
    return { file: name, cut: `${name} deleted` };
  }
  const content = readFileSync(file);
  content[at] = (content[at] ?? 0) ^ (1 << Math.floor(random() * 8));
  writeFileSync(file, content);
  return { file: name, cut: `${name} changed at byte ${at}` };
}
