import { type Client, createClient } from "../../../src/client/mod.ts";
import { reasonOf } from "../../../src/core/mod.ts";
import type { RunningProxy } from "../proxies.ts";
import { KEY } from "./fleet.ts";

/** Programs that ask one question after another. */
const ASKING = 6;

/** For one try, in milliseconds. How long an answer takes isn't looked at: the machine may have much else to do. */
const PATIENCE_MS = 60_000;

/** Programs that ask through the SDK, and what became of their requests. */
export interface Requests {
  readonly answered: number;
  /** Why tries failed and how often; the SDK made up for them by other tries, except for {@link failures}. */
  readonly failedTries: Map<string, number>;
  /** Why calls of the SDK failed, after all their tries. */
  readonly failures: readonly string[];
  stop(): Promise<void>;
}

/**
 * Starts to ask the servers behind a proxy, each program with a pause between two questions: some are to be under way at all times, and the
 * processor is for others, too. Each request has a connection of its own, so that the proxy chooses a server for each.
 */
export function startRequests({ url, trusting }: RunningProxy, symbols: readonly string[], pauseMs: number): Requests {
  let answered = 0;
  const failedTries = new Map<string, number>();
  const failures: string[] = [];
  const client = createClient({
    url,
    apiKey: KEY,
    tryTimeoutMs: PATIENCE_MS,
    deadlineMs: 2 * PATIENCE_MS,
    fetch: async (address, init) => {
      const note = (reason: string): unknown => failedTries.set(reason, (failedTries.get(reason) ?? 0) + 1);
      const failed = (cause: unknown): never => {
        note(reasonOf(cause));
        throw cause;
      };
      const answer = await trusting.fetch(address, { ...init, keepalive: false }).catch(failed);
      if (answer.status >= 500) note(`status ${answer.status}`);
      return answer;
    },
  });
  let isOver = false;
  const questions: readonly ((client: Client, symbol: string) => Promise<unknown>)[] = [
    (asked, symbol) => asked.klines(symbol, "1m", { limit: 100 }),
    (asked, symbol) => asked.klines(symbol, "5m", { limit: 500 }),
    (asked) => asked.series({ symbols: "*", intervals: ["1m"], limit: 5 }),
    (asked) => asked.tickers(),
    (asked) => asked.closes(),
    (asked) => asked.traders.list(),
  ];
  const ask = async (index: number): Promise<void> => {
    for (let round = index; !isOver; round += 1) {
      const question = questions[round % questions.length];
      const symbol = symbols[round % symbols.length] ?? "";
      try {
        await question?.(client, symbol);
        answered += 1;
      } catch (cause) {
        failures.push(String(cause));
      }
      await Bun.sleep(pauseMs);
    }
  };
  const asking = Array.from({ length: ASKING }, (_, index) => ask(index));
  return {
    get answered() {
      return answered;
    },
    failedTries,
    failures,
    stop: async () => {
      isOver = true;
      await Promise.all(asking);
    },
  };
}
