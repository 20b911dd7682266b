import { useComputed } from "@preact/signals";
import type { JSX } from "preact";
import type { Page } from "../shell/page.ts";
import { useLater } from "../shell/use-later.ts";
import { SignalsScreen } from "../signals/signals-screen.tsx";

const loadAlerts = async () => (await import("./alerts-screen.tsx")).AlertsScreen;

/** `#/signals` lists what traders found, `#/signals/alerts` the price alerts. */
export function SignalsOrAlerts({ page }: { page: Page }): JSX.Element {
  const isAlerts = useComputed(() => page.router.route.value.parts[0] === "alerts").value;
  return isAlerts ? <AlertsLoader page={page} /> : <SignalsScreen page={page} />;
}

function AlertsLoader({ page }: { page: Page }): JSX.Element {
  const screen = useLater(loadAlerts).value;
  if (screen === undefined) return <p class="screen-note">Loading …</p>;
  return "missing" in screen ? <p class="screen-note">{screen.missing}</p> : <screen.here page={page} />;
}
