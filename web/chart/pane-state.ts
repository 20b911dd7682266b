import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { RefObject } from "preact";
import type { WireKline } from "../../src/wire/mod.ts";
import type { DrawingSession } from "../drawings/drawing-session.ts";
import type { Page } from "../shell/page.ts";
import type { Route } from "../shell/route.ts";
import type { CandleChart } from "./candle-chart.ts";
import { ChartFeed } from "./chart-feed.ts";
import { goalOf } from "./chart-goal.ts";
import type { ChartMarker } from "./chart-markers.ts";
import { ChartMenu } from "./chart-menu.ts";
import { type ChartChoice, chartChoiceOf, sameChart } from "./chart-route.ts";
import type { ChartSpan } from "./chart-spans.ts";
import type { ViewRange } from "./view-range.ts";

type OnPoint = (pane: PaneState, kline: WireKline | undefined) => void;

let panes = 0;

/** One chart: its data, what is drawn, and what of it is in sight. The tools act on the active chart's. */
export class PaneState {
  /** Unique among the charts of the page. */
  readonly id: number;
  readonly feed: ChartFeed;
  /** Null while nothing is drawn. */
  readonly chart: RefObject<CandleChart | null> = { current: null };
  /** Undefined before the first one was chosen. */
  readonly choice: Signal<ChartChoice | undefined> = signal(undefined);
  /** Whether the address names its series, and tools and keys act on it. */
  readonly isActive: Signal<boolean> = signal(true);
  /** The moment that the pointer is on in a chart beside this one. */
  readonly linked: Signal<number | undefined> = signal(undefined);
  /** The kline under the pointer, or at the linked moment, if there is one. */
  readonly pointed: Signal<WireKline | undefined> = signal(undefined);
  /** The marks of signals at its candles. */
  readonly marks: Signal<readonly ChartMarker[]> = signal([]);
  readonly menu: ChartMenu = new ChartMenu();
  /** Drawing on it, once that part of the page is there. */
  readonly drawings: Signal<DrawingSession | undefined> = signal(undefined);
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

  readonly #onPoint: OnPoint;
  #isFollowing = false;

  /** `onPoint` is called when the pointer is on another candle, or on none. */
  constructor(
    { client, market, queue }: Pick<Page, "client" | "market" | "queue">,
    { onPoint = () => {} }: { readonly onPoint?: OnPoint } = {},
  ) {
    this.#onPoint = onPoint;
    panes += 1;
    this.id = panes;
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

  /** Chooses another series; nothing happens if it is chosen already. */
  choose(choice: ChartChoice): void {
    const before = this.choice.peek();
    if (before !== undefined && sameChart(before, choice)) return;
    this.choice.value = choice;
    if (this.#isFollowing) this.feed.choose(choice);
  }

  /** Loads the chosen series and keeps it live. Returns a function that ends it. */
  follow(): () => void {
    this.#isFollowing = true;
    const choice = this.choice.peek();
    if (choice !== undefined) this.feed.choose(choice);
    return () => {
      this.#isFollowing = false;
      this.feed.close();
    };
  }

  /** The pointer is on a candle, or on none. */
  point(kline: WireKline | undefined): void {
    this.pointed.value = kline;
    this.#onPoint(this, kline);
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
}
