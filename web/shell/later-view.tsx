import type { JSX } from "preact";
import { useLater } from "./use-later.ts";

/** A view whose code is fetched when it is first drawn. Until it is there, `waiting` is in its place; if it can't be had, the reason. */
export function laterView<Props extends object>(
  load: () => Promise<(props: Props) => JSX.Element | null>,
  waiting: () => JSX.Element | null = () => null,
): (props: Props) => JSX.Element | null {
  return (props) => {
    const view = useLater(load).value;
    if (view === undefined) return waiting();
    if ("here" in view) return <view.here {...props} />;
    return (
      <p class="trouble" role="alert">
        {view.missing}
      </p>
    );
  };
}

/** In place of a screen or panel that isn't there yet. */
export function loadingNote(): JSX.Element {
  return <p class="screen-note">Loading …</p>;
}
