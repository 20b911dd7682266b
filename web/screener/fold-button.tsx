import type { Signal } from "@preact/signals";
import type { ComponentChildren, JSX } from "preact";

/** Shows and hides what follows it. */
export function FoldButton({
  isOpen,
  children,
}: {
  isOpen: Signal<boolean>;
  children: ComponentChildren;
}): JSX.Element {
  return (
    <button
      type="button"
      class="fold"
      aria-expanded={isOpen}
      onClick={() => {
        isOpen.value = !isOpen.peek();
      }}
    >
      {children}
    </button>
  );
}
