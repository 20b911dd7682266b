import { type Signal, signal } from "@preact/signals";
import type { RefObject } from "preact";
import type { WireKline } from "../../src/wire/mod.ts";
import type { Page } from "../shell/page.ts";
import type { CandleChart } from "./candle-chart.ts";
import { ChartFeed } from "./chart-feed.ts";
import { ChartMenu } from "./chart-menu.ts";
import { type ChartChoice, sameChart } from "./chart-route.ts";
import type { ChartSpan } from "./chart-spans.ts";

/** One chart: its data, what is drawn, and what of it is in sight. The tools act on the active chart's. */
export class PaneState {
  readonly feed: ChartFeed;
  /** Null while nothing is drawn. */
  readonly chart: RefObject<CandleChart | null> = { current: null };
  /** The kline under the pointer, if there is one. */
  readonly pointed: Signal<WireKline | undefined> = signal(undefined);
  readonly menu: ChartMenu = new ChartMenu();
  readonly isFirstInSight: Signal<boolean> = signal(false);
  /** How much is to be in sight of the series that is shown next. */
  readonly since: Signal<ChartSpan | undefined> = signal(undefined);

  constructor({ client, market, queue }: Pick<Page, "client" | "market" | "queue">) {
    this.feed = new ChartFeed({ client, queue, onHeard: () => market.heard() });
  }

  /** Shows another series; nothing happens if it is shown already. */
  choose(choice: ChartChoice): void {
    const before = this.feed.state.peek();
    if (before === undefined || !sameChart(before, choice)) this.feed.choose(choice);
  }

  /** Back to the newest candle. */
  goToEnd(): void {
    this.feed.goLive();
    this.chart.current?.goToEnd();
  }

  close(): void {
    this.feed.close();
  }
}
