import {
  boundedBody,
  type Clock,
  InvalidInput,
  millis,
  oneLine,
  readRetryAfter,
  reasonOf,
  type StopSignal,
  VyxError,
} from "../core/mod.ts";
import { type ImportAnswer, MAX_IMPORTED_KLINES, type Problem } from "../wire/mod.ts";
import { namesOf, runsOf, wrongTypesOf } from "./import.ts";
import { type RedisCommands, readSeries, type SeriesName } from "./redis/mod.ts";
import { batchesOf, type SeriesSelection } from "./sides.ts";

/** A request that the server was too busy for is sent so often. */
const MAX_TRIES = 5;

/** The wait before the next try where the server doesn't say how long, in milliseconds. */
const DEFAULT_RETRY_AFTER_MS = 1_000;

/** The largest answer that is read, in bytes: a few counts and the first refused klines. */
const MAX_ANSWER_BYTES = 1024 * 1024;

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
  /** Series whose key isn't a sorted set; they were skipped. */
  readonly wrongType: readonly SeriesName[];
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
  const wrongType: SeriesName[] = [];
  for (const batch of batchesOf(names)) {
    const read = await readSeries(redis, batch, { limit });
    wrongType.push(...wrongTypesOf(read));
    for (const series of read) {
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
  return { series: names.length, added, sent, refused, skipped, wrongType, withoutTaker, notKept };
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
    const answer = await answerOf(response, signal);
    if (response.ok) return answer;
    if (answer.code === "unknown_symbol" || answer.code === "unknown_interval") return undefined;
    if ((response.status !== 429 && response.status !== 503) || tries === MAX_TRIES) {
      throw new ImportRefused(`the server answers ${response.status}: ${oneLine(answer.detail ?? "no reason")}`);
    }
    const { headers } = response;
    const told = readRetryAfter(headers.get("retry-after"), headers.get("date"), clock.now());
    await clock.sleep(told ?? millis(DEFAULT_RETRY_AFTER_MS), signal);
  }
}

/** What the server says, as far as it is JSON. Rejects with ImportRefused for a good answer that can't be read: what it took is unknown. */
async function answerOf(response: Response, signal: StopSignal): Promise<Partial<ImportAnswer & Problem>> {
  try {
    const body: unknown = JSON.parse(
      new TextDecoder().decode(await boundedBody(response.body, MAX_ANSWER_BYTES, signal)),
    );
    if (typeof body === "object" && body !== null) return body;
    throw new InvalidInput("the body is no JSON object");
  } catch (cause) {
    if (signal.aborted) throw signal.reason;
    if (response.ok) throw new ImportRefused(`the server's answer can't be read: ${reasonOf(cause)}`, { cause });
    return {};
  }
}
