import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { useBackdropClose } from "./use-backdrop-close.ts";

/** Properties of a sheet. */
export interface SheetProps {
  readonly title: string;
  /** A class of its own, for its style. */
  readonly kind?: string;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}

/** A dialog that comes up from the bottom on a phone. Escape, a press beside it and another address close it. */
export function Sheet({ title, kind = "", onClose, children }: SheetProps): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  const backdrop = useBackdropClose();
  useEffect(() => {
    const own = dialog.current;
    const before = document.activeElement;
    own?.showModal();
    const close = (): void => own?.close();
    addEventListener("hashchange", close);
    return () => {
      removeEventListener("hashchange", close);
      // A form that is done takes the sheet away while it is open: then the browser doesn't give the focus back.
      if (own?.open === true && before instanceof HTMLElement) before.focus({ preventScroll: true });
    };
  }, []);
  return (
    <dialog class={`sheet ${kind}`} ref={dialog} aria-label={title} onClose={onClose} {...backdrop}>
      <header>
        <h2>{title}</h2>
        <button type="button" class="button" onClick={() => dialog.current?.close()}>
          Close
        </button>
      </header>
      {children}
    </dialog>
  );
}
