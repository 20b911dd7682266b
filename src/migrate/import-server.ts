import { type Clock, InvalidInput, millis, oneLine, reasonOf, type StopSignal, VyxError } from "../core/mod.ts";
import { type ImportAnswer, MAX_IMPORTED_KLINES, type Problem } from "../wire/mod.ts";
import { namesOf, runsOf } from "./import.ts";
import { type RedisCommands, readSeries } from "./redis/mod.ts";
import { batchesOf, type SeriesSelection } from "./sides.ts";

/** A request that the server was too busy for is sent so often. */
const MAX_TRIES = 5;

/** Where the klines go. */
export interface ImportServerOptions extends SeriesSelection {
  readonly url: string;
  /** Of the scope admin. */
  readonly apiKey: string | undefined;
  readonly limit: number;
  readonly clock: Clock;
  readonly signal: StopSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

/** What it came to. */
export interface ImportServerReport {
  readonly series: number;
  /** Klines that the server didn't have. */
  readonly added: number;
  readonly sent: number;
  /** Klines that the server didn't take, by reason. */
  readonly refused: Readonly<Record<string, number>>;
  /** Members that are no candles. */
  readonly skipped: number;
  /** Series without the taker's volumes aren't sent: a running server would take them for certain. */
  readonly withoutTaker: number;
  /** Series that the server doesn't keep. */
  readonly notKept: number;
}

/** The server refused an import. */
class ImportRefused extends VyxError {
  readonly code = "import_refused";
  readonly retryable = false;
}

/**
 * Hands what Redis has to a running server, by `POST /import`. What it has already it keeps, so the same import may be run
 * again, and one that was cut short loses nothing.
 */
export async function importToServer(redis: RedisCommands, options: ImportServerOptions): Promise<ImportServerReport> {
  const { limit, signal, onProgress } = options;
  const names = await namesOf(redis, options);
  let [done, added, sent, skipped, withoutTaker, notKept] = [0, 0, 0, 0, 0, 0];
  const refused: Record<string, number> = {};
  for (const batch of batchesOf(names)) {
    for (const series of await readSeries(redis, batch, { limit })) {
      if (signal.aborted) throw signal.reason;
      done += 1;
      skipped += series.bad.length;
      const { symbol, interval } = series;
      const candles = series.candles.filter(({ kline }) => kline.closed);
      if (candles.some(({ hasTaker }) => !hasTaker)) {
        withoutTaker += 1;
        continue;
      }
      for (const run of runsOf({ symbol, interval, candles })) {
        for (let first = 0; first < run.length; first += MAX_IMPORTED_KLINES) {
          const klines = run.slice(first, first + MAX_IMPORTED_KLINES);
          const answer = await post(options, { symbol, interval, klines });
          if (answer === undefined) {
            notKept += 1;
            break;
          }
          sent += klines.length;
          added += answer.added ?? 0;
          for (const [reason, count] of Object.entries(answer.reasons ?? {})) {
            refused[reason] = (refused[reason] ?? 0) + count;
          }
        }
      }
      onProgress?.(done, names.length);
    }
  }
  return { series: names.length, added, sent, refused, skipped, withoutTaker, notKept };
}

/** What the server took; undefined where it doesn't keep the series. */
async function post(
  { url, apiKey, clock, signal }: ImportServerOptions,
  body: object,
): Promise<Partial<ImportAnswer> | undefined> {
  for (let tries = 1; ; tries += 1) {
    const response = await fetch(`${url.replace(/\/$/, "")}/import`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
      },
      body: JSON.stringify(body),
    }).catch((cause: unknown) => {
      throw new InvalidInput(`--url: ${url} can't be reached: ${reasonOf(cause)}`, { cause });
    });
    const answer = (await response.json().catch(() => ({}))) as Partial<ImportAnswer & Problem>;
    if (response.ok) return answer;
    if (answer.code === "unknown_symbol" || answer.code === "unknown_interval") return undefined;
    if ((response.status !== 429 && response.status !== 503) || tries === MAX_TRIES) {
      throw new ImportRefused(`the server answers ${response.status}: ${oneLine(answer.detail ?? "no reason")}`);
    }
    await clock.sleep(millis(Number(response.headers.get("retry-after") ?? "1") * 1_000), signal);
  }
}
