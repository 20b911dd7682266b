import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import type { Page } from "./page.ts";
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

/** The same for a part of a screen that has no place for words: if it can't be had, the page's notice says so. */
export function laterPart<Props extends { readonly page: Page }>(
  load: () => Promise<(props: Props) => JSX.Element | null>,
  name: string,
): (props: Props) => JSX.Element | null {
  return (props) => {
    const part = useLater(load).value;
    const isMissing = part !== undefined && "missing" in part;
    const { router } = props.page;
    useEffect(() => {
      if (isMissing) router.notice.value = `${name} couldn't be loaded. Reload the page.`;
    }, [isMissing, router]);
    return part !== undefined && "here" in part ? <part.here {...props} /> : null;
  };
}

/** In place of a screen or panel that isn't there yet. */
export function loadingNote(): JSX.Element {
  return <p class="screen-note">Loading …</p>;
}
