import { readColors } from "../shell/read-colors.ts";
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

/** Reads the colours that are in force now. */
export function layerColors(): LayerColors {
  return readColors((color, font) => {
    const drawings = DRAWING_COLORS.map((name) => [name, color(`drawing-${name}`)]);
    return {
      drawings: Object.fromEntries(drawings) as Record<DrawingColor, string>,
      up: color("up"),
      down: color("down"),
      ground: color("panel"),
      font,
    };
  });
}
