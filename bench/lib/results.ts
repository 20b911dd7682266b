import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";

const PATH = join(import.meta.dir, "../RESULTS.md");
const TITLE =
  "# What was measured\n\nWritten by `npm run bench`. Figures count beside their rival of the same run, on the same machine, and nowhere else.\n";

/** Puts one benchmark's section into RESULTS.md, in place of what it said before, and prints it. */
export function writeResult(name: string, body: string): void {
  const sections = new Map<string, string>();
  const text = existsSync(PATH) ? readFileSync(PATH, "utf8") : "";
  for (const section of text.split(/^## /m).slice(1)) {
    const end = section.indexOf("\n");
    sections.set(section.slice(0, end).trim(), section.slice(end + 1).trim());
  }
  sections.set(name, body.trim());
  const sorted = [...sections].sort(([a], [b]) => (a < b ? -1 : 1));
  writeFileSync(PATH, `${[TITLE, ...sorted.map(([title, section]) => `## ${title}\n\n${section}\n`)].join("\n")}`);
  console.log(`\n## ${name}\n\n${body.trim()}\n`);
}

/** The machine and the runtime, for a section's last line. */
export function machine(): string {
  const processors = cpus();
  return `${processors.length} × ${processors[0]?.model.trim() ?? "unknown processor"}, Bun ${Bun.version}`;
}

/** The middle one of an odd number of figures. */
export function median(figures: readonly number[]): number {
  return [...figures].sort((a, b) => a - b)[Math.floor(figures.length / 2)] ?? Number.NaN;
}

/** Programs that aren't installed; a rival is named as missing, never left out in silence. */
export function missingPrograms(names: readonly string[]): string[] {
  return names.filter((name) => Bun.which(name, { PATH: `${process.env.PATH}:/usr/sbin:/sbin` }) === null);
}

/** Whether a benchmark can run: says which programs are missing, and in which of Debian's packages they are. */
export function hasPrograms(bench: string, names: readonly string[], packages: string): boolean {
  const missing = missingPrograms(names);
  if (missing.length === 0) return true;
  console.error(
    `${bench}: not measured, as ${missing.join(", ")} is not installed (Debian: apt-get install ${packages})`,
  );
  process.exitCode = 1;
  return false;
}
