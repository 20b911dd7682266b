import { type Signal, useComputed, useSignal, useSignalEffect } from "@preact/signals";
import type { JSX } from "preact";
import type { Page } from "./page.ts";
import { SCREENS, type ScreenView } from "./screens.ts";

/** The screen that the address chooses. */
export function ScreenFrame({ page }: { page: Page }): JSX.Element {
  const name = useComputed(() => page.router.route.value.screen).value;
  const views = useSignal<Readonly<Record<string, ScreenView>>>(FIRST_VIEWS);
  const failure = useSignal<string | undefined>(undefined);
  useSignalEffect(() => void fetchView(page.router.route.value.screen, views, failure));
  const lack = useComputed(() => {
    const scope = SCREENS.find((one) => one.name === page.router.route.value.screen)?.scope;
    return scope === undefined ? undefined : page.permissions.lack(scope);
  }).value;
  if (lack !== undefined) return <p class="screen-note">{lack}</p>;
  const View = views.value[name];
  if (View !== undefined) return <View key={name} page={page} />;
  if (failure.value === undefined) return <p class="screen-note">Loading …</p>;
  return (
    <div class="screen-note" role="alert">
      <p>{failure.value}</p>
      <button type="button" class="button" onClick={() => location.reload()}>
        Reload
      </button>
    </div>
  );
}

const FIRST_VIEWS: Readonly<Record<string, ScreenView>> = Object.fromEntries(
  SCREENS.flatMap(({ name, view }) => ("now" in view ? [[name, view.now] as const] : [])),
);

/** A server that is down, or was updated since the page came from it, may not have the file. */
async function fetchView(
  name: string,
  views: Signal<Readonly<Record<string, ScreenView>>>,
  failure: Signal<string | undefined>,
): Promise<void> {
  const screen = SCREENS.find((one) => one.name === name);
  if (screen === undefined || views.peek()[name] !== undefined || !("later" in screen.view)) return;
  failure.value = undefined;
  try {
    const view = await screen.view.later();
    views.value = { ...views.peek(), [name]: view };
  } catch {
    failure.value = `The screen ${screen.title} couldn't be loaded.`;
  }
}
