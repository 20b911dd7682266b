import type { JSX } from "preact";
import { useMedia } from "../shell/use-media.ts";
import { ChartPane, type ChartPaneProps } from "./chart-pane.tsx";
import type { ChartPanes } from "./chart-panes.ts";

/** Narrower pages have room for one chart. */
const NARROW = "(max-width: 640px)";

/** Properties of the charts: those of each, and which there are. */
export interface PanesViewProps extends Omit<ChartPaneProps, "pane" | "onActivate"> {
  readonly panes: ChartPanes;
}

/** The charts side by side; on a phone, the active one alone. */
export function PanesView({ panes, ...shared }: PanesViewProps): JSX.Element {
  const isNarrow = useMedia(NARROW);
  const shown = isNarrow.value ? [panes.active.value] : panes.all.value;
  return (
    <div class={`panes panes-${shown.length}`}>
      {shown.map((pane) => (
        <ChartPane
          key={pane.id}
          {...shared}
          pane={pane}
          onActivate={shown.length > 1 ? () => panes.activate(pane) : undefined}
        />
      ))}
    </div>
  );
}
