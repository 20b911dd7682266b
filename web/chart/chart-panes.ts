import { batch, computed, type ReadonlySignal, type Signal, signal, untracked } from "@preact/signals";
import type { Interval } from "../../src/core/mod.ts";
import type { WireKline } from "../../src/wire/mod.ts";
import type { Page } from "../shell/page.ts";
import { keepText } from "../shell/storage.ts";
import { type ChartChoice, chartHash } from "./chart-route.ts";
import { PaneState } from "./pane-state.ts";
import { type ChartCount, chartsBeside, chartsText, ONE_CHART, readCharts, type SideBySide } from "./view-charts.ts";

const KEPT_AS = "vyx.charts";

/** The charts, and which of them is active. */
interface Layout {
  readonly panes: readonly PaneState[];
  readonly active: PaneState;
}

/** One, two or four charts side by side. The active one is the one that the address names, and that tools and keys act on. */
export class ChartPanes {
  readonly all: ReadonlySignal<readonly PaneState[]>;
  readonly active: ReadonlySignal<PaneState>;
  readonly #page: Page;
  readonly #layout: Signal<Layout>;
  /** Series of charts that were closed, for when there are as many again. */
  #former: readonly ChartChoice[] = [];

  constructor(page: Page) {
    this.#page = page;
    this.#layout = signal(this.#layoutOf(readCharts(page.storage.getItem(KEPT_AS) ?? "") ?? ONE_CHART));
    this.all = computed(() => this.#layout.value.panes);
    this.active = computed(() => this.#layout.value.active);
  }

  /** The series of all, as the address has them. */
  get sideBySide(): SideBySide {
    const { panes, active } = this.#layout.value;
    return panes.map((pane) => (pane === active ? undefined : pane.choice.value));
  }

  /** Shows as many charts, with these series beside the active one; the charts that are there stay. */
  take(charts: SideBySide): void {
    if (chartsText(charts) !== untracked(() => chartsText(this.sideBySide)))
      this.#show(this.#layoutOf(charts, this.#layout.peek().panes));
  }

  /** Shows another number of charts. New ones have the active chart's symbol in the next longer intervals, or what was closed before. */
  show(count: ChartCount, intervals: readonly Interval[]): void {
    const { panes, active } = this.#layout.peek();
    const choice = active.choice.peek();
    if (count === panes.length || choice === undefined) return;
    const others = panes.filter((pane) => pane !== active).flatMap((pane) => pane.choice.peek() ?? []);
    const beside = chartsBeside(choice, [...others, ...this.#former], intervals, count - 1);
    this.#former = [...others, ...this.#former].slice(count - 1);
    const at = Math.min(panes.indexOf(active), count - 1);
    this.#show(this.#layoutOf([...beside.slice(0, at), undefined, ...beside.slice(at)], panes));
    this.#keep();
  }

  /** Makes a chart the active one, and its series that of the address. */
  activate(pane: PaneState): void {
    const { panes, active } = this.#layout.peek();
    const choice = pane.choice.peek();
    if (pane === active || choice === undefined) return;
    batch(() => {
      this.#show({ panes, active: pane });
      this.#page.router.replace(chartHash(choice));
    });
    this.#keep();
  }

  /** The same for the chart after the active one, from the last on the first again. */
  activateNext(): void {
    const { panes, active } = this.#layout.peek();
    const next = panes[(panes.indexOf(active) + 1) % panes.length];
    if (next !== undefined) this.activate(next);
  }

  /** Asks at once for what couldn't be had, for example because the network is back. */
  retry(): void {
    for (const pane of this.all.peek()) pane.feed.retry();
  }

  #show(layout: Layout): void {
    batch(() => {
      for (const pane of layout.panes) pane.isActive.value = pane === layout.active;
      this.#layout.value = layout;
    });
  }

  #layoutOf(charts: SideBySide, before: readonly PaneState[] = []): Layout {
    const panes = charts.map((choice, at) => {
      const pane = before[at] ?? this.#newPane();
      if (choice !== undefined) pane.choose(choice);
      return pane;
    });
    const active = panes[charts.indexOf(undefined)] ?? panes[0] ?? this.#newPane();
    for (const pane of panes) pane.isActive.value = pane === active;
    return { panes, active };
  }

  #newPane(): PaneState {
    return new PaneState(this.#page, { onPoint: (from, kline) => this.#link(from, kline) });
  }

  /** All charts mark the moment that the pointer is on in one of them. */
  #link(from: PaneState, kline: WireKline | undefined): void {
    for (const pane of this.all.peek()) if (pane !== from) pane.linked.value = kline?.openTime;
  }

  #keep(): void {
    keepText(
      this.#page.storage,
      KEPT_AS,
      untracked(() => chartsText(this.sideBySide)),
    );
  }
}
