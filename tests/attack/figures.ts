import { readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";
import { headersOf, OPERATOR_KEY, type Target } from "./target.ts";

/** What the server's own metrics say, summed over labels unless some are asked for. */
export class Metrics {
  readonly #lines: readonly string[];

  private constructor(text: string) {
    this.#lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  }

  static async of({ url }: Target): Promise<Metrics> {
    const response = await fetch(`${url}/metrics`, { headers: headersOf(OPERATOR_KEY) });
    if (!response.ok) throw new Error(`/metrics: ${response.status}`);
    return new Metrics(await response.text());
  }

  /** Throws when there is no such metric, so that a renamed one can't pass for zero. */
  value(name: string, labels = ""): number {
    const found = this.#lines.filter((line) => line.startsWith(name) && " {".includes(line[name.length] ?? ""));
    if (found.length === 0) throw new Error(`there is no metric ${name}`);
    return found
      .filter((line) => line.includes(labels))
      .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" ") + 1)), 0);
  }
}

/** Memory of a process that its container is charged for, in bytes: what is resident, and memory files that nobody has mapped. */
export function memoryOf(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const resident = 1_024 * Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]);
  return resident + memoryFiles(pid);
}

/** Kernel memory of all sockets of the machine, in bytes: answers that were sent and not read. */
export function socketMemory(): number {
  const pages = Number(/^TCP:.* mem (\d+)/m.exec(readFileSync("/proc/net/sockstat", "utf8"))?.[1]);
  return pages * 4_096;
}

function memoryFiles(pid: number): number {
  let bytes = 0;
  for (const descriptor of readdirSync(`/proc/${pid}/fd`)) {
    const path = `/proc/${pid}/fd/${descriptor}`;
    try {
      if (readlinkSync(path).startsWith("/memfd:")) bytes += statSync(path).blocks * 512;
    } catch {
      // It was closed meanwhile.
    }
  }
  return bytes;
}

/** The value that a share of the figures doesn't pass; 0 where there are none. */
export function percentile(figures: readonly number[], share: number): number {
  const sorted = figures.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil((sorted.length * share) / 100) - 1)] ?? 0;
}
