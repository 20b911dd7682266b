import type { JSX } from "preact";

/** Properties of the button. */
export interface IconButtonProps {
  /** What it does, for screen readers, and on hovering where there is no `title`. */
  readonly label: string;
  readonly title?: string;
  /** The lines of its picture, as a path in a box of 16 × 16. */
  readonly lines: string;
  readonly class?: string;
  readonly onClick: () => void;
  readonly "aria-haspopup"?: "dialog";
  readonly "aria-keyshortcuts"?: string;
}

/** A button that is a picture. */
export function IconButton({ label, title = label, lines, class: more = "", ...props }: IconButtonProps): JSX.Element {
  return (
    <button type="button" class={`icon-button ${more}`} aria-label={label} title={title} {...props}>
      <svg viewBox="0 0 16 16" width="15" height="15" aria-hidden="true">
        <path d={lines} fill="none" stroke="currentColor" stroke-width="1.4" stroke-linejoin="round" />
      </svg>
    </button>
  );
}
