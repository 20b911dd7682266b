import { type MarketId, millis, type StopSignal } from "../../core/mod.ts";
import type { ClusterMarket, NodeParts } from "./cluster-market.ts";
import type { ClusterMarketStatus } from "./cluster-status.ts";
import { NatsLine } from "./line.ts";
import { StreamWatchdog } from "./watchdog.ts";

/** How often it is looked whether closes are late, in milliseconds. */
const LOOK_EVERY_MS = 1_000;

/** What a serve node does for itself: it follows those that publish, and watches whether closes come through the stream. */
export class Serving {
  /** Where each market comes from. */
  readonly lines: ReadonlyMap<MarketId, NatsLine>;
  readonly #parts: NodeParts;
  readonly #watchdogs: Map<MarketId, StreamWatchdog> = new Map();

  #markets: readonly ClusterMarket[] = [];

  constructor(markets: readonly MarketId[], parts: NodeParts) {
    this.#parts = parts;
    const line = (market: MarketId): NatsLine =>
      new NatsLine({
        ...{ ...parts, market },
        source: () => this.#markets.find(({ store }) => store.market === market)?.state().source ?? null,
        final: (frame) => this.#watchdogs.get(market)?.final(frame),
      });
    this.lines = new Map(markets.map((market) => [market, line(market)]));
  }

  attach(markets: readonly ClusterMarket[]): void {
    const { stopwatch } = this.#parts;
    this.#markets = markets;
    for (const { store } of markets) this.#watchdogs.set(store.market, new StreamWatchdog(store, stopwatch));
  }

  /** Works until the signal is aborted. */
  async run(signal: StopSignal): Promise<void> {
    await Promise.all([...[...this.lines.values()].map((line) => line.run(signal)), this.#look(signal)]);
  }

  status(market: MarketId): Partial<ClusterMarketStatus> {
    const { tail } = this.lines.get(market) ?? {};
    const { isLate = null, late = null } = this.#watchdogs.get(market) ?? {};
    if (tail === undefined) return { isLate, late };
    return { isLate, late, behind: tail.behind, hasStream: tail.isThere, streamLosses: tail.counts.lost };
  }

  async #look(signal: StopSignal): Promise<void> {
    const { clock } = this.#parts;
    while (!signal.aborted) {
      await clock.sleep(millis(LOOK_EVERY_MS), signal).catch(() => {});
      for (const watchdog of this.#watchdogs.values()) watchdog.look();
    }
  }
}
