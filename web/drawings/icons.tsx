import type { JSX } from "preact";
import type { DrawingTool } from "./drawing-session.ts";

/** Each tool's picture, as paths on 18 × 18. */
const PATHS: Readonly<Record<DrawingTool, string>> = {
  "price-line": "M2 9H16 M7 9a2 2 0 1 0 4 0a2 2 0 1 0 -4 0",
  "trend-line":
    "M4.4 13.6L13.6 4.4 M1.6 15a1.6 1.6 0 1 0 3.2 0a1.6 1.6 0 1 0 -3.2 0 M13.2 3a1.6 1.6 0 1 0 3.2 0a1.6 1.6 0 1 0 -3.2 0",
  rectangle: "M3 5H15V13H3Z",
  fibonacci: "M2 3.5H16 M2 7.5H16 M2 10.5H16 M2 14.5H16",
  measure: "M2 12.5L12.5 2L16 5.5L5.5 16Z M5.5 9L7.5 11 M8.5 6L10.5 8 M11.5 3L13.5 5",
};

function Icon({ path }: { readonly path: string }): JSX.Element {
  return (
    <svg viewBox="0 0 18 18" width="18" height="18" aria-hidden="true">
      <path d={path} fill="none" stroke="currentColor" stroke-width="1.5" />
    </svg>
  );
}

/** The picture of a tool. */
export function ToolIcon({ tool }: { readonly tool: DrawingTool }): JSX.Element {
  return <Icon path={PATHS[tool]} />;
}

/** A pen, for the menu of tools. */
export function PenIcon(): JSX.Element {
  return <Icon path="M3 15L4 11L12.5 2.5L15.5 5.5L7 14Z M10.5 4.5L13.5 7.5" />;
}

/** An arrow that turns back. */
export function UndoIcon(): JSX.Element {
  return <Icon path="M6 3L2.5 6.5L6 10 M2.5 6.5H11a4.25 4.25 0 0 1 0 8.5H6" />;
}

/** An arrow that turns forth. */
export function RedoIcon(): JSX.Element {
  return <Icon path="M12 3L15.5 6.5L12 10 M15.5 6.5H7a4.25 4.25 0 0 0 0 8.5H12" />;
}

/** Lines of a list. */
export function ListIcon(): JSX.Element {
  return <Icon path="M6 4H16 M6 9H16 M6 14H16 M2 4H3.5 M2 9H3.5 M2 14H3.5" />;
}

/** A bin. */
export function RemoveIcon(): JSX.Element {
  return <Icon path="M3 5H15 M7 5V3H11V5 M4.5 5L5.3 15.5H12.7L13.5 5 M7.5 8V12.5 M10.5 8V12.5" />;
}
