/** The colours of the chart; they stand in the style sheet with all the others. */
export interface ChartColors {
  readonly text: string;
  readonly line: string;
  readonly cross: string;
  readonly up: string;
  readonly down: string;
  readonly upVolume: string;
  readonly downVolume: string;
  readonly mark: string;
  readonly font: string;
}

/** Reads the colours that are in force now, dark or light. */
export function chartColors(): ChartColors {
  const style = getComputedStyle(document.documentElement);
  const color = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  return {
    text: color("muted"),
    line: color("grid"),
    cross: color("cross"),
    up: color("up"),
    down: color("down"),
    upVolume: color("up-volume"),
    downVolume: color("down-volume"),
    mark: color("mark"),
    font: getComputedStyle(document.body).fontFamily,
  };
}
