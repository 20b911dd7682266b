import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { RefObject } from "preact";
import type { WireKline } from "../../src/wire/mod.ts";
import type { Page } from "../shell/page.ts";
import type { Route } from "../shell/route.ts";
import type { CandleChart } from "./candle-chart.ts";
import { ChartFeed } from "./chart-feed.ts";
import { goalOf } from "./chart-goal.ts";
import { ChartMenu } from "./chart-menu.ts";
import { type ChartChoice, chartChoiceOf, sameChart } from "./chart-route.ts";
import type { ChartSpan } from "./chart-spans.ts";
import type { ViewRange } from "./view-range.ts";

/** One chart: its data, what is drawn, and what of it is in sight. The tools act on the active chart's. */
export class PaneState {
  readonly feed: ChartFeed;
  /** Null while nothing is drawn. */
  readonly chart: RefObject<CandleChart | null> = { current: null };
  /** The kline under the pointer, if there is one. */
  readonly pointed: Signal<WireKline | undefined> = signal(undefined);
  readonly menu: ChartMenu = new ChartMenu();
  readonly isFirstInSight: Signal<boolean> = signal(false);
  /** Whether the newest candle is in sight. */
  readonly isNewestInSight: ReadonlySignal<boolean>;
  /** The close of the newest candle; undefined while it isn't known. */
  readonly newestClose: ReadonlySignal<number | undefined>;
  /** How much is to be in sight of the series that is shown next. */
  readonly since: Signal<ChartSpan | undefined> = signal(undefined);
  /** Rises whenever other candles come into sight. */
  readonly moves: Signal<number> = signal(0);
  readonly #isLastInSight: Signal<boolean> = signal(true);
  #reached: Route | undefined;

  constructor({ client, market, queue }: Pick<Page, "client" | "market" | "queue">) {
    this.feed = new ChartFeed({ client, queue, onHeard: () => market.heard() });
    const { state } = this.feed;
    this.isNewestInSight = computed(() => state.value?.isLive !== false && this.#isLastInSight.value);
    this.newestClose = computed(() => (state.value?.isLive === true ? state.value.klines.at(-1)?.close : undefined));
  }

  /** Which ends of what is drawn are in sight. */
  sees({ first, last }: { readonly first: boolean; readonly last: boolean }): void {
    this.isFirstInSight.value = first;
    this.#isLastInSight.value = last;
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

  moved(): void {
    this.moves.value = this.moves.peek() + 1;
  }

  /** The route whose goal was reached: that is done once. */
  get reached(): Route | undefined {
    return this.#reached;
  }

  reach(route: Route): void {
    this.#reached = route;
    this.moved();
  }

  /** The range in sight of a route's series; undefined while that isn't drawn, or its goal isn't reached. */
  rangeFor(route: Route): ViewRange | undefined {
    const [choice, state] = [chartChoiceOf(route), this.feed.state.peek()];
    const isThere = choice !== undefined && state !== undefined && sameChart(choice, state);
    const isReached = goalOf(route) === undefined || this.#reached === route;
    return isThere && isReached ? this.chart.current?.rangeInSight() : undefined;
  }

  close(): void {
    this.feed.close();
  }
}
