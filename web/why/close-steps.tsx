import type { JSX } from "preact";
import type { Interval } from "../../src/core/mod.ts";
import { utcText } from "../text/utc.ts";

/** Properties of the steps. */
export interface CloseStepsProps {
  /** The close that is shown. */
  readonly close: { readonly closeTime: number; readonly interval: Interval } | undefined;
  /** Whether another one may be asked for now. The buttons keep the focus meanwhile. */
  readonly isReady: boolean;
  /** Goes so many candles on; back if negative. */
  readonly onStep: (by: number) => void;
}

/** The close that is shown, and the closes beside it. */
export function CloseSteps({ close, isReady, onStep }: CloseStepsProps): JSX.Element {
  const step = (by: number, name: string, text: string): JSX.Element => (
    <button type="button" class="button" aria-label={name} aria-disabled={!isReady} onClick={() => onStep(by)}>
      {text}
    </button>
  );
  return (
    <span class="why-steps">
      {step(-1, "The close before", "‹")}
      <span>{close === undefined ? "…" : `${utcText(close.closeTime + 1)} · ${close.interval}`}</span>
      {step(1, "The close after", "›")}
    </span>
  );
}
