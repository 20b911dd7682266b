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
  // A property's own value would be "light-dark(…)"; what comes of it where it is used is a colour.
  const probe = document.body.appendChild(document.createElement("i"));
  const style = getComputedStyle(probe);
  const color = (name: string): string => {
    probe.style.color = `var(--${name})`;
    return style.color;
  };
  const colors = {
    text: color("muted"),
    line: color("grid"),
    cross: color("cross"),
    up: color("up"),
    down: color("down"),
    upVolume: color("up-volume"),
    downVolume: color("down-volume"),
    mark: color("mark"),
    font: style.fontFamily,
  };
  probe.remove();
  return colors;
}
