import { type ReadonlySignal, useSignalEffect } from "@preact/signals";
import type { Page } from "../shell/page.ts";
import { candleFault } from "./chart-goal.ts";
import { chartChoiceOf } from "./chart-route.ts";
import type { PaneState } from "./pane-state.ts";
import { type ChartView, readView, viewHash } from "./view-address.ts";

/** What the chart shows of one part of the view, and how to show something else. */
export interface ViewBinding<Value> {
  /** Reads signals. */
  readonly now: () => Value;
  readonly take: (value: Value) => void;
}

/** The parts of the view that aren't the range: the chart itself goes to the range that an address asks for. */
export type ViewBindings = { readonly [Name in Exclude<keyof ChartView, "range">]: ViewBinding<ChartView[Name]> };

/** Shows the view that an address states, and keeps the address up to date with the view, without entries in the history. */
export function useViewAddress({ router }: Page, active: ReadonlySignal<PaneState>, bindings: ViewBindings): void {
  const names = Object.keys(bindings) as (keyof ViewBindings)[];
  useSignalEffect(() => {
    const route = router.route.value;
    if (chartChoiceOf(route) === undefined) return;
    const { view, faults } = readView(route.query);
    const all = [candleFault(route) ?? [], ...faults].flat();
    if (all.length > 0) router.notice.value = all.join(" ");
    if (view === undefined) return;
    for (const name of names) take(bindings, view, name);
  });
  useSignalEffect(() => {
    const route = router.route.value;
    const pane = active.value;
    pane.moves.value;
    const others = Object.fromEntries(names.map((name) => [name, bindings[name].now()]));
    return router.noteSoon(() => {
      const [choice, range] = [chartChoiceOf(route), pane.rangeFor(route)];
      if (choice === undefined || range === undefined) return undefined;
      return viewHash(choice, { ...others, range } as ChartView);
    });
  });
}

function take<Name extends keyof ViewBindings>(bindings: ViewBindings, view: ChartView, name: Name): void {
  bindings[name].take(view[name]);
}
