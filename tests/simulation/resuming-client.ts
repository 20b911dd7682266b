import { emptyKline } from "../../src/core/mod.ts";
import type { MarketStore, Series } from "../../src/store/mod.ts";

/** What a client has had of one series. */
interface Had {
  /** The open time of the last closed kline that was there when it first came. */
  readonly from: number;
  readonly openTimes: Set<number>;
}

/**
 * Somebody who follows all series through every restart, and comes back with `since`: has the snapshot of what is there,
 * and then each closed kline that is told. However often the server was killed, none may be missing in the end.
 */
export class ResumingClient {
  readonly #had: Map<string, Had> = new Map();

  /** A server without a checkpoint knows nothing of what was: what it reads of the past isn't told. */
  forget(): void {
    this.#had.clear();
  }

  connect(store: MarketStore): void {
    const held = new Set(seriesOf(store).flatMap((series) => (closedIn(series).length > 0 ? [nameOf(series)] : [])));
    // Neither does one whose checkpoint is older than the symbol: it can't vouch for what was since.
    for (const name of this.#had.keys()) if (!held.has(name)) this.#had.delete(name);
    for (const series of seriesOf(store)) {
      const had = this.#had.get(nameOf(series)) ?? this.#first(series);
      for (const openTime of closedIn(series)) had?.openTimes.add(openTime);
    }
    store.listen({
      kline: (series, kline) => {
        if (!kline.closed) return;
        const had = this.#had.get(nameOf(series));
        if (had !== undefined) had.openTimes.add(kline.openTime);
        else this.#had.set(nameOf(series), { from: kline.openTime, openTimes: new Set([kline.openTime]) });
      },
    });
  }

  /** The closed klines that are held and that the client never had, in words. */
  missing(store: MarketStore): string[] {
    return seriesOf(store).flatMap((series) => {
      const had = this.#had.get(nameOf(series));
      if (had === undefined) return [];
      return closedIn(series)
        .filter((openTime) => openTime > had.from && !had.openTimes.has(openTime))
        .map((openTime) => `${nameOf(series)}: whoever came back never got ${new Date(openTime).toISOString()}`);
    });
  }

  #first(series: Series): Had | undefined {
    const from = closedIn(series).at(-1);
    if (from === undefined) return undefined;
    const had = { from, openTimes: new Set<number>() };
    this.#had.set(nameOf(series), had);
    return had;
  }
}

function nameOf({ symbol, interval }: Series): string {
  return `${symbol} ${interval}`;
}

function seriesOf(store: MarketStore): Series[] {
  return store
    .symbols()
    .flatMap(({ symbol }) => store.intervals.flatMap((interval) => store.series(symbol, interval) ?? []));
}

function closedIn({ ring }: Series): number[] {
  const kline = emptyKline();
  return Array.from({ length: ring.length }, (_, position) => ({ ...ring.read(position, kline) })).flatMap(
    ({ openTime, closed }) => (closed ? [openTime] : []),
  );
}
