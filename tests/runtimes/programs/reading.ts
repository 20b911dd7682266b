import {
  ClientError,
  type ClientOptions,
  createClient,
  type HistoryProgress,
  systemClock,
} from "../../../src/client/mod.ts";
import type { Clock } from "../../../src/core/mod.ts";

/** Where the servers are. */
export interface ReadingArgument {
  /** The fault proxy's URL. */
  readonly proxy: string;
  /** A URL where nobody listens. */
  readonly refusing: string;
  /** Tells the runs of several runtimes apart. */
  readonly run: string;
}

/** What a call came to: the answer, or what was thrown. */
export interface Outcome {
  readonly answer?: unknown;
  readonly thrown?: Readonly<Record<string, unknown>>;
  /** The waits between tries that the client asked its clock for, in milliseconds. */
  readonly waits: readonly number[];
}

/** Long enough for a busy machine, where time isn't what a case is about. */
const PATIENT = { tryTimeoutMs: 20_000, deadlineMs: 50_000 };
const HASTY = { tryTimeoutMs: 4_000, deadlineMs: 50_000 };
const QUICK_BACK_OFF = { firstMs: 20, longestMs: 40 };

type Ask = (client: ReturnType<typeof createClient>) => Promise<unknown>;

const btc: Ask = (client) => client.klines("btcusdt", "1m", { limit: 2, closed: true });

/** All cases at once, each with a client of its own, by name. */
export async function reading({ proxy, refusing, run }: ReadingArgument): Promise<Record<string, Outcome>> {
  const outcomes: Record<string, Outcome> = {};
  const cases: Promise<void>[] = [];
  const add = (
    name: string,
    fault: string,
    ask: Ask = btc,
    options: Partial<ClientOptions> = {},
    onWait?: () => void,
  ): void => {
    const url = fault === "refused" ? refusing : `${proxy}/${run}-${name}/${fault}`;
    const waits: number[] = [];
    const settings = { url, backOff: QUICK_BACK_OFF, ...PATIENT, ...options };
    const clock: Clock = {
      now: () => systemClock.now(),
      sleep: (span, signal) => {
        // The limit of a try is slept for as well.
        if (span !== settings.tryTimeoutMs) {
          waits.push(span);
          onWait?.();
        }
        return systemClock.sleep(span, signal);
      },
    };
    const client = createClient({ ...settings, clock });
    cases.push(
      ask(client).then(
        (answer) => void Object.assign(outcomes, { [name]: { answer, waits } }),
        (cause: unknown) => void Object.assign(outcomes, { [name]: { thrown: described(cause), waits } }),
      ),
    );
  };

  add("well", "none/0");
  add("health", "none/0", (client) => client.health());
  add("ready", "none/0", (client) => client.ready());
  add("symbols", "none/0", (client) => client.symbols());
  add("series", "none/0", (client) => client.series({ symbols: "*", intervals: ["1m", "5m"], limit: 2 }));
  add("tickers", "none/0", (client) => client.tickers());
  add("ticker", "none/0", (client) => client.ticker("BTCUSDT"));
  add("one-ticker", "none/0", (client) => client.tickers({ symbols: ["币安人生USDT"] }));
  add("closes", "none/0", (client) => client.closes());
  add("coverage", "none/0", (client) => client.coverage("BTCUSDT", "5m"));
  add("history", "none/0", async (client) => {
    const progress: unknown[] = [];
    const startTime = Date.UTC(2026, 1, 10, 0, 7);
    const onProgress = (now: HistoryProgress): void => {
      progress.push([now.klines, now.settled, now.fraction === 1]);
    };
    const times: number[] = [];
    for await (const { openTime } of client.history("BTCUSDT", "1m", { startTime, pageKlines: 120, onProgress })) {
      times.push(openTime);
    }
    return { times, progress };
  });
  add("unknown", "none/0", (client) => client.klines("NOPEUSDT", "1m"));
  add("wrong", "none/0", (client) => client.klines("BTCUSDT", "1m", { limit: 0 }));
  add("refused", "refused");
  for (const fault of ["reset", "cut", "502", "503", "504", "429-seconds", "429-date"]) {
    add(`${fault}-once`, `${fault}/1`);
    if (!fault.startsWith("429")) add(`${fault}-always`, `${fault}/99`);
  }
  add("silence-once", "silence/1", btc, HASTY);
  add("slow-once", "slow/1", btc, HASTY);
  add("slow-always", "slow/99", btc, { ...HASTY, maxTries: 2 });
  add("429-hour", "429-hour/99");
  add("500", "500/99");
  add("garbage", "garbage/99");
  add("schema", "schema/99");
  add("screen", "503/99", (client) => client.screen({ code: "return true", timeframes: ["1m"] }));
  add("deadline", "503/99", btc, {
    tryTimeoutMs: 40_000,
    deadlineMs: 45_000,
    backOff: { firstMs: 100_000, longestMs: 100_000 },
  });
  add("breaker", "503/3", breaking, { maxTries: 1, breakAfterFailures: 3, halfOpenAfterMs: 300 });
  const [inWait, inTry] = [new AbortController(), new AbortController()];
  const slow = { backOff: { firstMs: 40_000, longestMs: 40_000 } };
  add("abort-wait", "503/99", withSignal(inWait), slow, () => inWait.abort("changed my mind"));
  add("abort-try", "silence/99", withSignal(inTry));
  setTimeout(() => inTry.abort("changed my mind"), 500);
  add("abort-before", "none/0", (client) => client.health({ signal: AbortSignal.abort("not wanted") }));
  await Promise.all(cases);
  return outcomes;
}

/** Three failures, one call that isn't sent, then one that finds the server well again. */
async function breaking(client: ReturnType<typeof createClient>): Promise<unknown> {
  const seen: unknown[] = [];
  const call = (): Promise<unknown> =>
    btc(client).then(
      () => "answered",
      (cause: unknown) => (cause instanceof ClientError ? cause.code : String(cause)),
    );
  for (let time = 0; time < 4; time += 1) seen.push(await call());
  while ((await call()) !== "answered") await new Promise((resolve) => setTimeout(resolve, 50));
  return seen;
}

/** A call that can be aborted. */
function withSignal({ signal }: AbortController): Ask {
  return (client) => client.klines("BTCUSDT", "1m", { signal });
}

function described(cause: unknown): Readonly<Record<string, unknown>> {
  if (!(cause instanceof ClientError)) return { reason: cause instanceof Error ? `${cause.stack}` : cause };
  const { name, code, status, retryable, message, requestId, retryAfterMs } = cause;
  return { name, code, status, retryable, message, requestId, retryAfterMs, hasCause: cause.cause !== undefined };
}
