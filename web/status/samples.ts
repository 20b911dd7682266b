import { type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { type Client, ClientError } from "../../src/client/mod.ts";
import { type Clock, millis } from "../../src/core/mod.ts";
import type { MetricSample } from "../../src/wire/mod.ts";

/** How often the server is asked for its figures while somebody looks, in milliseconds. */
const ASK_EVERY_MS = 2_000;

/** So many samples are kept for the plots: five minutes. */
const MOST_SAMPLES = 150;

/** Figures of which the largest counts, where each market has its own: how late the latest is. */
const LARGEST: ReadonlySet<string> = new Set(["vyx_feed_lag_seconds", "vyx_close_lag_p99_seconds"]);

/** The figures of one moment, by name; those with labels are added up, or the largest counts. */
export interface Sample {
  /** Local time. */
  readonly at: number;
  readonly figures: ReadonlyMap<string, number>;
}

/** The server's figures over the last minutes, asked for as long as somebody looks. */
export class Samples {
  readonly #client: Pick<Client, "metrics">;
  readonly #clock: Clock;
  readonly #all: Signal<readonly Sample[]> = signal([]);
  readonly #fault: Signal<string> = signal("");

  constructor(client: Pick<Client, "metrics">, clock: Clock) {
    this.#client = client;
    this.#clock = clock;
  }

  /** Oldest first. */
  get all(): ReadonlySignal<readonly Sample[]> {
    return this.#all;
  }

  /** Why there are none, in words; empty while there are. */
  get fault(): ReadonlySignal<string> {
    return this.#fault;
  }

  /** Asks until the signal is aborted. */
  async follow(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      await this.#ask(stop);
      await this.#clock.sleep(millis(ASK_EVERY_MS), stop).catch(() => {});
    }
  }

  async #ask(stop: AbortSignal): Promise<void> {
    try {
      const figures = together(await this.#client.metrics({ signal: stop }));
      this.#all.value = [...this.#all.peek(), { at: this.#clock.now(), figures }].slice(-MOST_SAMPLES);
      this.#fault.value = "";
    } catch (cause) {
      if (!stop.aborted) this.#fault.value = wordsFor(cause);
    }
  }
}

function together(samples: readonly MetricSample[]): Map<string, number> {
  const figures = new Map<string, number>();
  for (const { name, value } of samples) {
    const before = figures.get(name);
    if (before === undefined) figures.set(name, value);
    else figures.set(name, LARGEST.has(name) ? Math.max(before, value) : before + value);
  }
  return figures;
}

function wordsFor(cause: unknown): string {
  const code = cause instanceof ClientError ? cause.code : undefined;
  if (code === "forbidden" || code === "unauthorized")
    return "Your key or account has no permission to read the server's figures.";
  return "The server doesn't answer.";
}
