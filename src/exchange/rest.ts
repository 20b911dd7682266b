import type { SymbolStatus, UnixMs } from "../core/mod.ts";
import { type Budget, type MarketNow, type RestAnswer, type RestDialect, RestProblem } from "./dialect.ts";
import type { SymbolLives } from "./faults/life.ts";
import type { Market } from "./market.ts";
import type { PairView } from "./view.ts";

/** The exchange's REST answers, at the present step of market time. */
export class Rest {
  readonly #dialect: RestDialect;
  readonly #source: Market["source"];
  /** Names this run of the market, so that all who follow it call it by one name. */
  readonly #id: string;
  readonly #views: ReadonlyMap<string, PairView>;
  readonly #lives: SymbolLives;
  readonly #budget: Budget;
  readonly #now: () => UnixMs;

  constructor(
    dialect: RestDialect,
    source: Market["source"],
    views: ReadonlyMap<string, PairView>,
    lives: SymbolLives,
    budget: Budget,
    now: () => UnixMs,
    id: string,
  ) {
    this.#dialect = dialect;
    this.#source = source;
    this.#views = views;
    this.#lives = lives;
    this.#budget = budget;
    this.#now = now;
    this.#id = id;
  }

  /** Answers a request that came from an address. */
  answer(request: Request, address: string): Response {
    const { status, body, headers } = this.#answer(request, address);
    // Says whose data this is, so that nobody takes it for a real market.
    const init = { status, headers: { ...headers, "x-vyx-exchange": this.#source, "x-vyx-market": this.#id } };
    return typeof body === "string" ? new Response(body, init) : Response.json(body, init);
  }

  #answer({ method, url }: Request, address: string): RestAnswer {
    const { pathname, searchParams } = new URL(url);
    const dialect = this.#dialect;
    const now = this.#now();
    const route = method === "GET" && Object.hasOwn(dialect.routes, pathname) ? dialect.routes[pathname] : undefined;
    if (route === undefined) return dialect.notFound(method, pathname, now);
    const verdict = this.#budget.spend(address, route.cost(searchParams));
    if (!verdict.allowed) return dialect.sentAway(verdict, now);
    try {
      return dialect.answered(route.answer(searchParams, this.#marketAt(now)), verdict.used, now);
    } catch (cause) {
      if (!(cause instanceof RestProblem)) throw cause;
      return dialect.refused(cause, verdict.used, now);
    }
  }

  #marketAt(now: UnixMs): MarketNow {
    const statusOf = (symbol: string): SymbolStatus | undefined => this.#lives.statusOf(symbol, now);
    return {
      source: this.#source,
      now,
      statusOf,
      listedAt: (symbol) => Math.max(this.#views.get(symbol)?.first ?? 0, this.#lives.spanOf(symbol).from) as UnixMs,
      view: (symbol) => (statusOf(symbol) === undefined ? undefined : this.#views.get(symbol)),
      views: () => [...this.#views.values()].filter(({ pair }) => statusOf(pair.symbol) !== undefined),
    };
  }
}
