import { type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { type Client, ClientError } from "../../src/client/mod.ts";
import { type Clock, millis } from "../../src/core/mod.ts";
import { type FiguresAnswer, KEPT_FIGURES, type MetricSample } from "../../src/wire/mod.ts";

/** How often the server is asked for its figures while somebody looks, in milliseconds; for those that everyone may read, as often as it notes them. */
const ASK_EVERY_MS = 2_000;
const ASK_KEPT_EVERY_MS = 10_000;

/** Samples are so far apart in the plots, but for the newest, and so many are kept: an hour. */
const APART_MS = 10_000;
const MOST_SAMPLES = 361;

/** The figures of one moment, by name; those with labels are added up, or the largest counts. */
export interface Sample {
  /** Local time. */
  readonly at: number;
  readonly figures: ReadonlyMap<string, number>;
}

/** The server's figures over the last hour: what it kept until now, and what it says for as long as somebody looks. */
export class Samples {
  readonly #client: Pick<Client, "figures" | "metrics">;
  readonly #clock: Clock;
  readonly #all: Signal<readonly Sample[]> = signal([]);
  readonly #fault: Signal<string> = signal("");
  readonly #isPartial: Signal<boolean> = signal(false);

  constructor(client: Pick<Client, "figures" | "metrics">, clock: Clock) {
    this.#client = client;
    this.#clock = clock;
  }

  /** Oldest first. */
  get all(): ReadonlySignal<readonly Sample[]> {
    return this.#all;
  }

  /** Why the newest are missing, in words; empty while they aren't. */
  get fault(): ReadonlySignal<string> {
    return this.#fault;
  }

  /** Whether the caller may read some figures only. */
  get isPartial(): ReadonlySignal<boolean> {
    return this.#isPartial;
  }

  /** Asks until the signal is aborted. */
  async follow(stop: AbortSignal): Promise<void> {
    await this.#try(stop, () => this.#readKept(stop));
    while (!stop.aborted) {
      if (!this.#isPartial.peek()) await this.#try(stop, () => this.#readNow(stop));
      const isPartial = this.#isPartial.peek();
      await this.#clock.sleep(millis(isPartial ? ASK_KEPT_EVERY_MS : ASK_EVERY_MS), stop).catch(() => {});
      if (isPartial && !stop.aborted) await this.#try(stop, () => this.#readKept(stop));
    }
  }

  /** What the server kept. */
  async #readKept(stop: AbortSignal): Promise<void> {
    this.#all.value = samplesOf(await this.#client.figures({ signal: stop }), this.#clock.now());
  }

  async #readNow(stop: AbortSignal): Promise<void> {
    try {
      const figures = together(await this.#client.metrics({ signal: stop }));
      this.#all.value = joined(this.#all.peek(), { at: this.#clock.now(), figures });
    } catch (cause) {
      if (!(cause instanceof ClientError) || cause.code !== "forbidden") throw cause;
      this.#isPartial.value = true;
    }
  }

  async #try(stop: AbortSignal, work: () => Promise<void>): Promise<void> {
    try {
      await work();
      this.#fault.value = "";
    } catch (cause) {
      if (!stop.aborted) this.#fault.value = wordsFor(cause);
    }
  }
}

/** The samples that a server kept, by the page's clock. */
export function samplesOf({ now, at, figures }: FiguresAnswer, localNow: number): Sample[] {
  const columns = Object.entries(figures);
  return at.map((moment, index) => ({
    at: localNow - (now - moment),
    figures: new Map(
      columns.flatMap(([name, values]): [string, number][] => {
        const value = values[index];
        return value == null ? [] : [[name, value]];
      }),
    ),
  }));
}

/** Samples with one more. The last one makes way for it while it is too near to the one before it. */
export function joined(all: readonly Sample[], next: Sample): readonly Sample[] {
  const [before, last] = [all.at(-2), all.at(-1)];
  const isNear = before !== undefined && last !== undefined && last.at - before.at < APART_MS;
  return [...(isNear ? all.slice(0, -1) : all), next].slice(-MOST_SAMPLES);
}

function together(samples: readonly MetricSample[]): Map<string, number> {
  const figures = new Map<string, number>();
  for (const { name, value } of samples) {
    const before = figures.get(name);
    if (before === undefined) figures.set(name, value);
    else figures.set(name, KEPT_FIGURES[name]?.together === "largest" ? Math.max(before, value) : before + value);
  }
  return figures;
}

function wordsFor(cause: unknown): string {
  const code = cause instanceof ClientError ? cause.code : undefined;
  if (code === "forbidden" || code === "unauthorized")
    return "Your key or account has no permission to read the server's figures.";
  return "The server doesn't answer.";
}
