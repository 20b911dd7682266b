import { useComputed, useSignal, useSignalEffect } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useMemo } from "preact/hooks";
import type { Page } from "../shell/page.ts";
import { useShortcuts } from "../shell/shortcuts.ts";
import { MatchPanel } from "./match-panel.tsx";
import { ScreenerState } from "./screener-state.ts";
import { SetupPanel } from "./setup-panel.tsx";

/** `#/screener`: which symbols fulfil conditions now. */
export function ScreenerScreen({ page }: { page: Page }): JSX.Element {
  const isReady = useComputed(() => page.market.intervals.value.length > 0).value;
  if (!isReady) return <p class="screen-note">Waiting for the server …</p>;
  return <Screener page={page} />;
}

function Screener({ page }: { page: Page }): JSX.Element {
  const state = useMemo(() => new ScreenerState({ ...page, isHidden: () => document.hidden }), [page]);
  /** On a narrow page, either the setup or the matches are there. */
  const isSetupOpen = useSignal(false);
  const show = (isOpen: boolean): void => {
    isSetupOpen.value = isOpen;
  };
  useEffect(() => {
    const seen = (): void => state.seen();
    document.addEventListener("visibilitychange", seen);
    return () => {
      document.removeEventListener("visibilitychange", seen);
      state.close();
    };
  }, [state]);
  useSignalEffect(() => state.open(page.router.route.value));
  // A link's code is to be read before it runs.
  useSignalEffect(() => {
    if (state.isHeld.value) show(true);
  });
  const market = useComputed(() => state.screen.value.market).value;
  const trigger = state.trigger.value;
  useEffect(() => state.follow(trigger), [state, market, trigger]);
  useShortcuts(page, {
    name: "Screener",
    shortcuts: [{ keys: ["Enter"], isWithControl: true, says: "run the screen now", run: () => void state.run() }],
  });
  return (
    <div class="screen screen-screener" data-setup={isSetupOpen.value ? "open" : "closed"}>
      <h2 class="unseen">Screener</h2>
      <SetupPanel page={page} state={state} onDone={() => show(false)} />
      <MatchPanel page={page} state={state} onSetup={() => show(true)} />
    </div>
  );
}
