import type { Signal } from "@preact/signals";
import type { JSX } from "preact";
import type { Page } from "../shell/page.ts";
import { useLater } from "../shell/use-later.ts";
import type { WhyQuestion } from "./why-question.ts";

/** Properties of a frame. */
export interface WhyFrameProps {
  readonly page: Page;
  /** What is asked; the panel is closed while it is undefined. */
  readonly question: Signal<WhyQuestion | undefined>;
  /** Goes to a place in the editor beside the panel; where there is none, links lead to the trader's editor. */
  readonly onGoTo?: (line: number, column: number) => void;
}

const loadPanel = async () => (await import("./why-panel.tsx")).WhyPanel;

/** Why a filter matched or not, over the screen. Its part of the page comes with the first question. */
export function WhyFrame(props: WhyFrameProps): JSX.Element | null {
  const isWanted = props.question.value !== undefined;
  return isWanted ? <WhyLater {...props} /> : null;
}

function WhyLater(props: WhyFrameProps): JSX.Element | null {
  const panel = useLater(loadPanel).value;
  if (panel === undefined) return null;
  if ("missing" in panel) {
    return (
      <p class="trouble" role="alert">
        {panel.missing}
      </p>
    );
  }
  return <panel.here {...props} />;
}
