import type { Interval, Kline } from "../../src/core/mod.ts";
import type { Agent } from "./agent.ts";

/** What is so, found out without the tools: from the server's own routes, and from the exchange that it follows. */
export interface Truth {
  get<T>(path: string): Promise<T>;
  /** The exchange's final klines that open from `from` to `to`. */
  klines(symbol: string, interval: Interval, from: number, to: number): readonly Kline[];
  /** The exchange's time. */
  now(): number;
  /** A name that no other run of the task has. */
  readonly name: string;
  /** A trader of the same user that is on and matched each symbol at its last closes. */
  readonly trader: { readonly id: string; readonly name: string };
}

/** Something that a user asks an agent for. */
export interface Task<Found = unknown> {
  readonly question: string;
  /** Calls of tools that solve it, at most. */
  readonly calls: number;
  /** What an agent does: only what the tools and resources say goes into the answer. */
  solve(agent: Agent, truth: Pick<Truth, "name" | "trader">): Promise<Found>;
  /** Whether the answer is right. */
  check(found: Found, truth: Truth): Promise<void> | void;
}

/** A task; what is checked follows from what solves it. */
export function task<Found>(definition: Task<Found>): Task {
  // Only its own answer is handed to its check.
  return definition as unknown as Task;
}
