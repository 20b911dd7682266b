import type { BacktestEvent, BacktestSignal, Outcome, PlannedBacktest } from "../strategy/mod.ts";
import { rounded, roundedShares } from "../wire/mod.ts";
import { ARROW_END } from "./arrow.ts";
import { signalBatch } from "./backtest-arrow.ts";
import { joined } from "./bytes.ts";
import type { PieceSource } from "./piece-source.ts";

/** A piece ends when it is this large, in bytes: it is made in one go, in about a millisecond. */
const PIECE_BYTES: number = 64 * 1024;

/** Rows of an Arrow batch at most. */
const BATCH_ROWS = 500;

/** So many blocks of klines without a full batch are followed by what there is, so that the connection isn't silent for long. */
const BLOCKS_A_BATCH = 16;

/** Bytes that an answer holds, about: what its threads found ahead, and a block of klines for each. */
const HELD_BYTES: number = 8 * 1024 * 1024;

const encoder = new TextEncoder();

/** What the last line says of a failure. Where it says nothing, the connection is cut. */
export type ProblemOf = (cause: unknown) => { readonly code: string; readonly detail: string } | undefined;

/** What comes of a backtest as JSON lines, as it comes. A failure is the last line. */
export class BacktestLines implements PieceSource {
  readonly heldBytes: number = HELD_BYTES;
  readonly totalBytes: number = HELD_BYTES;
  readonly #planned: PlannedBacktest;
  readonly #events: AsyncGenerator<BacktestEvent, void>;
  readonly #problemOf: ProblemOf;
  #isOver = false;

  constructor(planned: PlannedBacktest, problemOf: ProblemOf) {
    this.#planned = planned;
    this.#events = planned.events();
    this.#problemOf = problemOf;
  }

  async next(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    if (this.#isOver) return undefined;
    let text = "";
    try {
      while (text.length < PIECE_BYTES) {
        const { value: event, done } = await this.#events.next();
        if (done === true) {
          this.#isOver = true;
          break;
        }
        text += `${lineOf(event)}\n`;
        if (event.kind !== "signal") break;
      }
    } catch (cause) {
      this.#isOver = true;
      const problem = this.#problemOf(cause);
      if (problem === undefined) throw cause;
      text += `${JSON.stringify({ problem })}\n`;
    }
    return text === "" ? undefined : encoder.encode(text);
  }

  close(): void {
    this.#isOver = true;
    this.#planned.close();
    end(this.#events);
  }
}

/** The signals of a backtest as an Arrow IPC stream. A failure cuts the connection. */
export class BacktestBatches implements PieceSource {
  readonly heldBytes: number = HELD_BYTES;
  readonly totalBytes: number = HELD_BYTES;
  readonly #planned: PlannedBacktest;
  readonly #events: AsyncGenerator<BacktestEvent, void>;
  readonly #horizons: readonly number[];
  #hasBegun = false;
  #isOver = false;

  constructor(planned: PlannedBacktest, horizons: readonly number[]) {
    this.#planned = planned;
    this.#events = planned.events();
    this.#horizons = horizons;
  }

  async next(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    if (this.#isOver) return undefined;
    const signals: BacktestSignal[] = [];
    let blocks = 0;
    while (signals.length < BATCH_ROWS && blocks < BLOCKS_A_BATCH) {
      const { value: event, done } = await this.#events.next();
      if (done === true) {
        this.#isOver = true;
        break;
      }
      if (event.kind === "signal") signals.push(event.signal);
      else blocks += 1;
    }
    const batch = signalBatch(signals, this.#horizons, !this.#hasBegun);
    this.#hasBegun = true;
    return this.#isOver ? joined([batch, ARROW_END]) : batch;
  }

  close(): void {
    this.#isOver = true;
    this.#planned.close();
    end(this.#events);
  }
}

/** Lets what waits for its reader come to its end. */
function end(events: AsyncGenerator<BacktestEvent, void>): void {
  // It may be on its way, and then fails because it was closed.
  events.return().catch(() => {});
}

/** The line of an event. A signal's facts are as the filter gave them. */
function lineOf(event: BacktestEvent): string {
  switch (event.kind) {
    case "progress":
      return JSON.stringify({ progress: { minutes: event.minutes, of: event.of } });
    case "signal": {
      const { outcomes, ...signal } = event.signal;
      return JSON.stringify({ signal: { ...signal, outcomes: outcomes.map(shown) } });
    }
    case "result":
      return JSON.stringify({ result: event.result }, roundedShares);
  }
}

function shown(outcome: Outcome): Outcome {
  const { returnPercent, bestPercent, worstPercent } = outcome;
  return {
    ...outcome,
    returnPercent: rounded(returnPercent),
    bestPercent: rounded(bestPercent),
    worstPercent: rounded(worstPercent),
  };
}
