import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { join } from "node:path";
import { type Figure, figureInWords } from "./budgets.ts";
import { isQuick } from "./quick.ts";
import { pageOf, sectionsOf, sectionText, withFigures } from "./results-page.ts";

const PATH = join(import.meta.dir, "../RESULTS.md");
/** The page for users, which has some of the figures. */
const PAGE = join(import.meta.dir, "../../docs/performance.md");

/**
 * Puts one benchmark's section into RESULTS.md, in place of what it said before, and its figures into docs/performance.md; prints it. What was measured in short form is
 * only printed, without a verdict: it shows that a benchmark works, not how fast anything is.
 */
export function writeResult(name: string, body: string, figures: readonly Figure[] = []): void {
  if (isQuick) {
    const rows = figures.map((figure) => `${figure.row}: ${figureInWords(figure)}\n`).join("");
    const note = "In short form: sizes and rounds are too small for a verdict, and RESULTS.md stays as it is.";
    console.log(`\n${sectionText({ name, body, figures: [] })}\n${rows}${note}\n`);
    return;
  }
  const section = { name, body, figures };
  console.log(`\n${sectionText(section)}`);
  const text = existsSync(PATH) ? readFileSync(PATH, "utf8") : "";
  const sections = [...sectionsOf(text).filter((other) => other.name !== name), section];
  writeFileSync(PATH, pageOf(sections));
  writeFileSync(PAGE, withFigures(readFileSync(PAGE, "utf8"), sections));
}

/** The machine and the runtime, for a section's last line. */
export function machine(): string {
  const processors = cpus();
  return `${processors.length} × ${processors[0]?.model.trim() ?? "unknown processor"}, Bun ${Bun.version}`;
}

/** How busy the machine was in the last minute, for a section's last line. */
export function machineLoad(): string {
  return `Load of the machine meanwhile: ${loadavg()[0]?.toFixed(1)} processes for ${cpus().length} cores.`;
}

/** The middle one of an odd number of figures. */
export function median(figures: readonly number[]): number {
  return [...figures].sort((a, b) => a - b)[Math.floor(figures.length / 2)] ?? Number.NaN;
}

/** The figure that so large a share of them doesn't exceed: 0.99 for p99. */
export function quantile(figures: readonly number[] | Float64Array, share: number): number {
  const sorted = Float64Array.from(figures).sort();
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
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
