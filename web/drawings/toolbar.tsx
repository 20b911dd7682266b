import type { ComponentChildren, JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

/** Properties of a toolbar. */
export interface ToolbarProps {
  readonly class: string;
  readonly label: string;
  readonly isVertical: boolean;
  readonly children: ComponentChildren;
}

/** Buttons side by side of which Tab reaches one; arrows, Home and End go on from it. */
export function Toolbar({ class: name, label, isVertical, children }: ToolbarProps): JSX.Element {
  const bar = useRef<HTMLDivElement>(null);
  /** The button that Tab reaches. */
  const current = useRef(0);
  const spread = (): void => {
    const buttons = buttonsOf(bar.current);
    const at = Math.min(current.current, buttons.length - 1);
    for (const [index, button] of buttons.entries()) button.tabIndex = index === at ? 0 : -1;
  };
  useLayoutEffect(spread);
  const [back, forth] = isVertical ? ["ArrowUp", "ArrowDown"] : ["ArrowLeft", "ArrowRight"];
  return (
    <div
      ref={bar}
      class={name}
      role="toolbar"
      aria-label={label}
      aria-orientation={isVertical ? "vertical" : "horizontal"}
      onFocusIn={(event) => {
        current.current = Math.max(0, buttonsOf(bar.current).indexOf(event.target as HTMLButtonElement));
        spread();
      }}
      onKeyDown={(event) => {
        const buttons = buttonsOf(bar.current);
        const steps: Readonly<Record<string, number>> = {
          [back]: current.current - 1,
          [forth]: current.current + 1,
          Home: 0,
          End: buttons.length - 1,
        };
        const next = steps[event.key];
        if (next === undefined) return;
        event.preventDefault();
        buttons[(next + buttons.length) % buttons.length]?.focus();
      }}
    >
      {children}
    </div>
  );
}

function buttonsOf(bar: HTMLElement | null): HTMLButtonElement[] {
  return [...(bar?.querySelectorAll("button") ?? [])];
}
