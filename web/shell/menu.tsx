import type { ComponentChildren, JSX, RefObject } from "preact";
import { useCallback, useRef } from "preact/hooks";
import { useDismissal } from "./use-dismissal.ts";

/** Properties of a menu. */
export interface MenuProps {
  /** The text of its button. */
  readonly title: string;
  /** The key that opens it. */
  readonly keys?: string;
  /** For those who open it otherwise than by its button. */
  readonly menu?: RefObject<HTMLDetailsElement | null>;
  readonly onOpen?: () => void;
  readonly onClose?: () => void;
  readonly children: ComponentChildren;
}

/** A button that opens a list below it, whose search takes the keyboard at once. Escape, a press outside and another address close it. */
export function Menu({ title, keys, menu, onOpen, onClose, children }: MenuProps): JSX.Element {
  const own = useRef<HTMLDetailsElement>(null);
  const details = menu ?? own;
  useDismissal(
    useCallback(() => details.current, [details]),
    useCallback(
      (isKey: boolean) => {
        if (details.current?.open !== true) return;
        details.current.open = false;
        if (isKey) details.current.querySelector("summary")?.focus();
      },
      [details],
    ),
  );
  return (
    <details
      class="menu"
      ref={details}
      onToggle={({ currentTarget: { open } }) => {
        if (open) onOpen?.();
        else onClose?.();
      }}
    >
      {/* biome-ignore lint/a11y/noStaticElementInteractions: a summary takes the keyboard and is a button for screen readers */}
      <summary
        class="button"
        aria-keyshortcuts={keys}
        onClick={(event) => {
          // Here rather than when the list has opened: a key that is typed at once is already the search's.
          event.preventDefault();
          if (details.current === null) return;
          details.current.open = !details.current.open;
          if (details.current.open) details.current.querySelector<HTMLElement>('[type="search"]')?.focus();
        }}
      >
        {title}
      </summary>
      {children}
    </details>
  );
}
