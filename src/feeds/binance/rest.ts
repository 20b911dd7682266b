import {
  type Clock,
  closeTimeOf,
  type Interval,
  type Kline,
  type MarketSource,
  millis,
  type OpenTimeRange,
  type Symbol,
  type Ticker,
  type UnixMs,
  VyxError,
} from "../../core/mod.ts";
import { type Lane, WeightGovernor } from "./governor.ts";
import { type ExchangeInfo, readExchangeInfo, readKlineRows, readTickers, readTime } from "./rows.ts";

/** The most rows that one `/api/v3/klines` gives. */
export const MAX_ROWS = 1_000;

/** How long one call may take, in milliseconds. */
const CALL_TIMEOUT_MS = 10_000;

/** How long to stay away when a 429 or 418 doesn't say, in milliseconds. */
const DEFAULT_RETRY_AFTER_MS = 60_000;

/** Request weights. Source: Binance spot API, 2026-07. */
const WEIGHT = { klines: 2, exchangeInfo: 20, tickers: 80, time: 1 } as const;

/** A REST call that brought no usable answer. `status` is the HTTP status, or undefined when there was none. */
export class ExchangeError extends VyxError {
  readonly code = "exchange_error";
  readonly retryable: boolean;
  readonly status: number | undefined;

  constructor(message: string, status: number | undefined, retryable: boolean, cause?: unknown) {
    super(message, { cause });
    this.status = status;
    this.retryable = retryable;
  }
}

/** The REST calls that the feed makes, each through the weight governor. */
export class BinanceRest {
  readonly governor: WeightGovernor;
  readonly #base: string;
  readonly #fetch: typeof fetch;
  #source: MarketSource;

  constructor(baseUrl: string, clock: Clock, fetcher: typeof fetch = fetch) {
    this.#base = baseUrl.replace(/\/+$/, "");
    this.#fetch = fetcher;
    this.governor = new WeightGovernor(clock);
    this.#source = isBinanceHost(this.#base) ? "binance" : "simulated";
  }

  /** Whose data this is: the exchange's own hosts are real; any other host is simulated until it says that it is recorded. */
  get source(): MarketSource {
    return this.#source;
  }

  async exchangeInfo(lane: Lane, signal: AbortSignal): Promise<ExchangeInfo> {
    const info = await this.#read("/api/v3/exchangeInfo", WEIGHT.exchangeInfo, lane, signal, readExchangeInfo);
    this.governor.limitPerMinute = info.weightPerMinute;
    return info;
  }

  async tickers(lane: Lane, signal: AbortSignal): Promise<Ticker[]> {
    return await this.#read("/api/v3/ticker/24hr", WEIGHT.tickers, lane, signal, readTickers);
  }

  /** The exchange's clock. */
  async time(lane: Lane, signal: AbortSignal): Promise<UnixMs> {
    return await this.#read("/api/v3/time", WEIGHT.time, lane, signal, readTime);
  }

  /** At most {@link MAX_ROWS} klines that open in the range, oldest first; the last one may be open. */
  async klines(
    symbol: Symbol,
    interval: Interval,
    range: OpenTimeRange,
    marketTime: UnixMs,
    lane: Lane,
    signal: AbortSignal,
  ): Promise<Kline[]> {
    const query = new URLSearchParams({
      symbol,
      interval,
      startTime: String(Math.max(0, range.from)),
      endTime: String(closeTimeOf(interval, range.to)),
      limit: String(MAX_ROWS),
    });
    const path = `/api/v3/klines?${query}`;
    return await this.#read(path, WEIGHT.klines, lane, signal, (body) => readKlineRows(body, interval, marketTime));
  }

  /** Asks and reads; an answer that can't be read is as good as none, and asked for again. */
  async #read<T>(
    path: string,
    weight: number,
    lane: Lane,
    signal: AbortSignal,
    read: (body: unknown) => T,
  ): Promise<T> {
    const body = await this.#get(path, weight, lane, signal);
    try {
      return read(body);
    } catch (cause) {
      throw new ExchangeError(`${path}: ${words(cause)}`, 200, true, cause);
    }
  }

  async #get(path: string, weight: number, lane: Lane, signal: AbortSignal): Promise<unknown> {
    await this.governor.leave(weight, lane, signal);
    let response: Response;
    try {
      const timeout = AbortSignal.timeout(CALL_TIMEOUT_MS);
      response = await this.#fetch(`${this.#base}${path}`, { signal: AbortSignal.any([signal, timeout]) });
    } catch (cause) {
      signal.throwIfAborted();
      throw new ExchangeError(`${path}: no answer: ${words(cause)}`, undefined, true, cause);
    }
    const used = Number(response.headers.get("x-mbx-used-weight-1m"));
    if (used > 0) this.governor.observe(used);
    this.#learnSource(response.headers.get("x-vyx-exchange"));
    if (!response.ok) throw await this.#failure(path, response);
    try {
      return await response.json();
    } catch (cause) {
      signal.throwIfAborted();
      throw new ExchangeError(`${path}: the answer isn't JSON: ${words(cause)}`, response.status, true, cause);
    }
  }

  async #failure(path: string, response: Response): Promise<ExchangeError> {
    const said = (await response.text().catch(() => "")).slice(0, 300);
    const { status } = response;
    if (status === 429 || status === 418) {
      const seconds = Number(response.headers.get("retry-after"));
      this.governor.stop(millis(seconds > 0 ? seconds * 1_000 : DEFAULT_RETRY_AFTER_MS));
      const what = status === 418 ? "this address is banned for a while" : "too much request weight";
      return new ExchangeError(`${path}: ${what}, asked to wait ${seconds || 60} s: ${said}`, status, true);
    }
    if (status === 451) {
      return new ExchangeError(`${path}: the exchange doesn't serve this place (451): ${said}`, status, false);
    }
    if (status === 403) {
      return new ExchangeError(`${path}: the exchange's firewall refuses this address (403): ${said}`, status, false);
    }
    return new ExchangeError(`${path}: ${status}: ${said}`, status, status >= 500);
  }

  #learnSource(said: string | null): void {
    if (this.#source === "binance") return;
    if (said === "recorded" || said === "simulated") this.#source = said;
  }
}

/** Whether the address is one of the exchange's own. */
function isBinanceHost(base: string): boolean {
  const host = new URL(base).hostname;
  return ["binance.com", "binance.vision", "binance.us"].some((own) => host === own || host.endsWith(`.${own}`));
}

/** An unknown failure in words. */
export function words(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
