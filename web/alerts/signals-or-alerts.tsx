import { useComputed } from "@preact/signals";
import type { JSX } from "preact";
import { laterView, loadingNote } from "../shell/later-view.tsx";
import type { Page } from "../shell/page.ts";
import { SignalsScreen } from "../signals/signals-screen.tsx";

/** `#/signals` lists what traders found, `#/signals/alerts` the price alerts. */
export function SignalsOrAlerts({ page }: { page: Page }): JSX.Element {
  const isAlerts = useComputed(() => page.router.route.value.parts[0] === "alerts").value;
  return isAlerts ? <AlertsScreen page={page} /> : <SignalsScreen page={page} />;
}

const AlertsScreen = laterView(async () => (await import("./alerts-screen.tsx")).AlertsScreen, loadingNote);
