import { DRAWING_COLORS, type DrawingColor } from "./drawing.ts";

/** The colours of the layer as they are in force now, dark or light. */
export interface LayerColors {
  readonly drawings: Readonly<Record<DrawingColor, string>>;
  readonly up: string;
  readonly down: string;
  /** Of the ground below the candles, for handles. */
  readonly ground: string;
  readonly font: string;
}

/** Reads the colours from the style sheet. */
export function layerColors(): LayerColors {
  // A property's own value would be "light-dark(…)"; what comes of it where it is used is a colour.
  const probe = document.body.appendChild(document.createElement("i"));
  const style = getComputedStyle(probe);
  const color = (name: string): string => {
    probe.style.color = `var(--${name})`;
    return style.color;
  };
  const drawings = DRAWING_COLORS.map((name) => [name, color(`drawing-${name}`)]);
  const colors = {
    drawings: Object.fromEntries(drawings) as Record<DrawingColor, string>,
    up: color("up"),
    down: color("down"),
    ground: color("panel"),
    font: style.fontFamily,
  };
  probe.remove();
  return colors;
}
