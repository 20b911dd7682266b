import type { Signal } from "@preact/signals";
import type { JSX } from "preact";
import { laterView } from "../shell/later-view.tsx";
import type { Page } from "../shell/page.ts";
import type { WhyQuestion } from "./why-question.ts";

/** Properties of a frame. */
export interface WhyFrameProps {
  readonly page: Page;
  /** What is asked; the panel is closed while it is undefined. */
  readonly question: Signal<WhyQuestion | undefined>;
  /** Goes to a place in the editor beside the panel; where there is none, links lead to the trader's editor. */
  readonly onGoTo?: (line: number, column: number) => void;
}

/** Why a filter matched or not, over the screen. Its part of the page comes with the first question. */
export function WhyFrame(props: WhyFrameProps): JSX.Element | null {
  const isWanted = props.question.value !== undefined;
  return isWanted ? <WhyPanel {...props} /> : null;
}

const WhyPanel = laterView(async () => (await import("./why-panel.tsx")).WhyPanel);
