import { existsSync, readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";
import { headersOf, OPERATOR_KEY } from "./keys.ts";
import type { Target } from "./target.ts";

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

/** Ticks of a processor's time a second, as Linux tells a process' time to all programs. */
const TICKS_PER_SECOND = 100;

/**
 * How long a process' main thread, on which its event loop runs, has worked so far, in milliseconds of a processor, to 10 ms. However
 * busy the machine is with other things, this doesn't grow by it. Undefined where the system doesn't tell (it is Linux that does).
 */
export function mainThreadMsOf(pid: number): number | undefined {
  const path = `/proc/${pid}/task/${pid}/stat`;
  if (!existsSync(path)) return undefined;
  const text = readFileSync(path, "utf8");
  // The name before the last bracket may hold anything; the 12th and 13th figures after it are user and system time.
  const figures = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return ((Number(figures[11]) + Number(figures[12])) * 1_000) / TICKS_PER_SECOND;
}

/**
 * How long a process' main thread had work and no core to do it on so far, in milliseconds: what other threads and programs took from
 * its event loop. Undefined where the system doesn't tell.
 */
export function mainThreadWaitMsOf(pid: number): number | undefined {
  const path = `/proc/${pid}/task/${pid}/schedstat`;
  return existsSync(path) ? Number(readFileSync(path, "utf8").split(" ")[1]) / 1e6 : undefined;
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
