import type { MarketId, MarketSource, UnixMs } from "../core/mod.ts";
import { checkpointBytes, firstStore, type MarketReader, type MarketStore } from "../store/mod.ts";
import { CHECKPOINT_TYPE } from "../wire/mod.ts";
import type { Caller } from "./caller.ts";
import type { LoopTurns } from "./loop-turns.ts";
import { storeAsked } from "./markets-asked.ts";
import { marketParameters } from "./parameters.ts";
import { PIECE_BYTES, type PieceSource } from "./piece-source.ts";
import { checkpointPrice } from "./prices.ts";
import { RequestProblem } from "./problem.ts";
import { type Route, route } from "./route.ts";

/** What a kline takes in a checkpoint: its columns, and a byte that says whether it is closed. */
const BYTES_PER_KLINE = 89;

/** What the route is made of. */
export interface CheckpointParts {
  readonly markets: MarketReader;
  /** Where the data of a market comes from; undefined where nobody has said yet. */
  readonly sourceOf: (market: MarketId) => MarketSource | undefined;
  readonly turns: LoopTurns;
}

/** The route by which another server begins with all that this one has. */
export function checkpointRoute({ markets, sourceOf, turns }: CheckpointParts): Route {
  return route({
    method: "GET",
    path: "/checkpoint",
    says: "All symbols, klines and tickers of a market, as the server writes them to its disk: what a follower begins with",
    scope: "read",
    cost: ({ values: { market } }) => {
      const store = market === undefined ? firstStore(markets) : markets.of(market);
      return store === undefined ? 1 : checkpointPrice(klinesOf(store));
    },
    parameters: { market: marketParameters(markets.served, markets.capacity).market },
    answers: { 200: { says: "the checkpoint", contentType: CHECKPOINT_TYPE } },
    handle: ({ values, caller, now }) => {
      const store = storeAsked(values.market, markets);
      const source = sourceOf(store.market);
      if (source === undefined) {
        throw new RequestProblem("not_ready", `it isn't known yet where the data of ${store.market} comes from`);
      }
      const facts = { market: store.market, source, writtenAt: now as UnixMs };
      const headers = new Headers({ "content-type": CHECKPOINT_TYPE, "cache-control": "no-store" });
      const body = new CheckpointPieces(store, checkpointBytes(store, facts), turns, caller);
      return { status: 200, headers, body, bytes: 0 };
    },
  });
}

/** The most klines that a store can hold of the symbols that it has. */
function klinesOf(store: MarketStore): number {
  return store.symbols().length * store.intervals.length * store.capacity;
}

/** A checkpoint, symbol by symbol as its reader takes them. */
class CheckpointPieces implements PieceSource {
  readonly heldBytes: number;
  readonly totalBytes: number;
  readonly #blocks: Iterator<Uint8Array>;
  readonly #turns: LoopTurns;
  readonly #caller: Caller;
  #block: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  #sent = 0;

  constructor(store: MarketStore, blocks: Iterator<Uint8Array>, turns: LoopTurns, caller: Caller) {
    this.heldBytes = BYTES_PER_KLINE * store.capacity * store.intervals.length;
    this.totalBytes = BYTES_PER_KLINE * klinesOf(store);
    this.#blocks = blocks;
    this.#turns = turns;
    this.#caller = caller;
  }

  async next(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    if (this.#sent === this.#block.byteLength) {
      const block = await this.#turns.run(this.#caller, () => {
        const { value, done } = this.#blocks.next();
        // It is valid until the next one is made, and the runtime may keep it for longer.
        return done === true ? undefined : new Uint8Array(value);
      });
      if (block === undefined) return undefined;
      this.#block = block;
      this.#sent = 0;
    }
    const piece = this.#block.subarray(this.#sent, this.#sent + PIECE_BYTES);
    this.#sent += piece.byteLength;
    return piece;
  }

  close(): void {
    this.#blocks.return?.();
    this.#sent = this.#block.byteLength;
  }
}
