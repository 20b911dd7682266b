import type { Stopwatch } from "../../core/mod.ts";
import type { FetchProgress } from "../../history/mod.ts";

/** Between two lines, in milliseconds: on a terminal, where a line replaces the one before it, and elsewhere. */
const [EVERY_MS, EVERY_MS_IN_FILES] = [200, 10_000];

/** Characters of the bar. */
const BAR = 24;

/** What we ask of stderr. */
interface Output {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** Shows how far a fetch is: a bar, the rate, and the time that is left. */
export class ProgressLine {
  readonly #output: Output;
  readonly #stopwatch: Stopwatch;
  #shownAt = Number.NEGATIVE_INFINITY;
  #isOpen = false;

  constructor(output: Output, stopwatch: Stopwatch) {
    this.#output = output;
    this.#stopwatch = stopwatch;
  }

  show(progress: FetchProgress): void {
    const isTerminal = this.#output.isTTY === true;
    const now = this.#stopwatch();
    const isLast = progress.done === progress.months;
    if (!isLast && now - this.#shownAt < (isTerminal ? EVERY_MS : EVERY_MS_IN_FILES)) return;
    this.#shownAt = now;
    this.#output.write(isTerminal ? `\r\x1b[K${progressText(progress)}` : `${progressText(progress)}\n`);
    this.#isOpen = isTerminal;
  }

  /** Prints a line that stays. */
  say(message: string): void {
    this.end();
    this.#output.write(`${message}\n`);
  }

  end(): void {
    if (this.#isOpen) this.#output.write("\n");
    this.#isOpen = false;
  }
}

/** @example progressText({ done: 6, months: 24, rows: 267_840, elapsedMs: 2_000 }) // "██████░… 6 of 24 months, 133,920 klines/s, 6 s left" */
export function progressText({ done, months, rows, elapsedMs }: FetchProgress): string {
  const filled = Math.round((BAR * done) / Math.max(1, months));
  const rate = Math.round(rows / Math.max(0.001, elapsedMs / 1_000)).toLocaleString("en-US");
  const left = done === 0 ? "" : `, ${timeText((elapsedMs / done) * (months - done))} left`;
  return `${"█".repeat(filled)}${"░".repeat(BAR - filled)} ${done} of ${months} months, ${rate} klines/s${left}`;
}

function timeText(ms: number): string {
  const seconds = Math.ceil(ms / 1_000);
  return seconds < 120 ? `${seconds} s` : `${Math.ceil(seconds / 60)} min`;
}
