import { readColors } from "../shell/read-colors.ts";
import { STUDY_COLORS } from "./study-palette.ts";

/** The colours of the chart; they stand in the style sheet with all the others. */
export interface ChartColors {
  readonly text: string;
  readonly line: string;
  readonly edge: string;
  readonly cross: string;
  /** Behind the crosshair's figures, which are white. */
  readonly label: string;
  readonly up: string;
  readonly down: string;
  readonly upVolume: string;
  readonly downVolume: string;
  readonly mark: string;
  readonly accent: string;
  /** Below the line of an area. */
  readonly area: string;
  readonly amber: string;
  readonly histogram: string;
  /** The palette of studies. */
  readonly studies: readonly string[];
  readonly ground: string;
  readonly font: string;
}

/** Reads the colours that are in force now, dark or light. */
export function chartColors(): ChartColors {
  return readColors((color, font) => ({
    text: color("muted"),
    line: color("grid"),
    edge: color("edge"),
    cross: color("cross"),
    label: color("label"),
    up: color("up"),
    down: color("down"),
    upVolume: color("up-volume"),
    downVolume: color("down-volume"),
    mark: color("mark"),
    accent: color("accent"),
    area: color("area"),
    amber: color("amber"),
    histogram: color("histogram"),
    studies: STUDY_COLORS.map((_, at) => color(`study-${at + 1}`)),
    ground: color("panel"),
    font,
  }));
}
