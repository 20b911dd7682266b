import { ClientError } from "../client/mod.ts";
import { FairQueue, type Interval, parseSymbol, VyxError } from "../core/mod.ts";
import { FilterCodeFault } from "../strategy/mod.ts";
import type { ScreenAnswer } from "../wire/mod.ts";
import {
  type AskedOfFilter,
  type CheckCaller,
  type FilterCheck,
  type MarketOnServer,
  type Screener,
  ScreenerBusy,
  type ScreenRequest,
  type ScreenResult,
} from "./ports.ts";

/** Screens of one process that a server is asked for at a time; owners take turns. Half of what a server takes of one key. */
const SCREENS_AT_A_TIME = 4;

/** As many screens may wait as the engine has in hand, which is bounded there. */
const UNBOUNDED = { perCaller: Number.POSITIVE_INFINITY, total: Number.POSITIVE_INFINITY };

/** What a server screener is made of. */
export interface ServerScreenerParts {
  /** Screens markets whose klines are here, and checks filters. Made when it is first needed: a sandbox takes memory. */
  readonly here: () => Promise<Screener>;
  readonly warn: (message: string) => void;
}

/** Lets the server that keeps a market's klines screen it. Markets whose klines were read are screened here. */
export class ServerScreener implements Screener {
  readonly #parts: ServerScreenerParts;
  readonly #queue: FairQueue<string, () => void> = new FairQueue(UNBOUNDED);
  #running = 0;
  #here: Promise<Screener> | undefined;
  #hasWarned = false;

  constructor(parts: ServerScreenerParts) {
    this.#parts = parts;
  }

  async screen(request: ScreenRequest): Promise<ScreenResult> {
    const { onServer } = request.market;
    if (onServer === undefined) return await (await this.#screener()).screen(request);
    let result: ScreenResult | undefined;
    let failure: VyxError | undefined;
    try {
      result = await this.#screenThere(onServer, request);
      if (result.pending?.length !== request.symbols.length) return result;
    } catch (cause) {
      if (cause instanceof ClientError && cause.code === "forbidden") return await this.#withoutPermission(request);
      if (!(cause instanceof VyxError)) throw cause;
      failure = failureOf(cause);
      if (!failure.retryable) throw failure;
    }
    const market = await onServer.elsewhere?.(failure);
    if (market !== undefined) {
      return { ...(await (await this.#screener()).screen({ ...request, market })), market };
    }
    if (result === undefined) throw failure;
    return result;
  }

  async check(code: string, asked?: AskedOfFilter, by?: CheckCaller): Promise<FilterCheck> {
    return await (await this.#screener()).check(code, asked, by);
  }

  async windows(code: string, timeframes: readonly Interval[]): Promise<ReadonlyMap<Interval, number>> {
    return await (await this.#screener()).windows(code, timeframes);
  }

  async #screenThere(onServer: MarketOnServer, request: ScreenRequest): Promise<ScreenResult> {
    const { owner, code, timeframes, symbols, interval, closeTime } = request;
    return resultOf(
      await this.#inTurn(owner, () => onServer.screen({ code, timeframes, symbols, interval, closeTime })),
    );
  }

  /** A key without the scope `screen` may still read the klines, which takes longer and more memory. */
  async #withoutPermission(request: ScreenRequest): Promise<ScreenResult> {
    if (!this.#hasWarned) {
      this.#hasWarned = true;
      this.#parts.warn(
        "the key VYX_API_KEY has no scope screen: klines are read and screened here. Give it the scopes read and screen",
      );
    }
    return await (await this.#screener()).screen(request);
  }

  /** Owners have equal shares of the time that the server spends on their filters. */
  async #inTurn(owner: string, ask: () => Promise<ScreenAnswer>): Promise<ScreenAnswer> {
    await new Promise<void>((resolve) => {
      this.#queue.enter(owner, resolve, "short");
      this.#begin();
    });
    let milliseconds = 0;
    try {
      const answer = await ask();
      milliseconds = answer.milliseconds;
      return answer;
    } finally {
      this.#queue.end(owner, milliseconds);
      this.#running -= 1;
      this.#begin();
    }
  }

  #begin(): void {
    while (this.#running < SCREENS_AT_A_TIME) {
      const next = this.#queue.next(true);
      if (next === undefined) return;
      this.#running += 1;
      next.job();
    }
  }

  /** One that couldn't be made is made again next time. */
  #screener(): Promise<Screener> {
    this.#here ??= this.#parts.here().catch((cause: unknown) => {
      this.#here = undefined;
      throw cause;
    });
    return this.#here;
  }
}

function resultOf({ matches, pending, ...rest }: ScreenAnswer): ScreenResult {
  return {
    ...rest,
    matches: matches.map(({ symbol, facts, price }) => ({
      symbol: parseSymbol(symbol),
      facts,
      price: price ?? undefined,
    })),
    skipped: rest.skipped.map((one) => ({ ...one, symbol: parseSymbol(one.symbol) })),
    errors: rest.errors.map((one) => ({ ...one, symbol: parseSymbol(one.symbol) })),
    pending: pending.map(parseSymbol),
  };
}

/** A server's failure as the engine and the functions know it from a screener here. */
function failureOf(cause: VyxError): VyxError {
  if (!(cause instanceof ClientError)) return cause;
  const { code, status, retryAfterMs, message } = cause;
  // The filter or the request is wrong: said as if it had been read here.
  if (code === "invalid_parameter")
    return new FilterCodeFault(message.replace(/^POST \/screen: /, ""), undefined, { cause });
  // A symbol left the server's list between two requests: the next try reads the new list.
  if (code === "unknown_symbol") return new ScreenerBusy(message, { cause });
  // A server that says when to come back has no place or no turn now: no attempt is spent on that.
  if (status === 429 || (status === 503 && retryAfterMs !== undefined))
    return new ScreenerBusy(message, { cause, retryAfterMs });
  return cause;
}
