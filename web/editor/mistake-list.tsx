import type { JSX } from "preact";
import { placeIn } from "../text/code-place.ts";

/** Properties of the list. */
export interface MistakeListProps {
  /** What was wrong with a filter, in words; each may begin with its line and column. */
  readonly messages: readonly string[];
  readonly onGoTo: (line: number, column: number) => void;
  /** Read out as soon as it is there. */
  readonly isAlert?: boolean;
}

/** Mistakes of a filter, each of which leads to its place in the code, if it names one. */
export function MistakeList({ messages, onGoTo, isAlert = false }: MistakeListProps): JSX.Element {
  return (
    <ul class="mistakes" role={isAlert ? "alert" : undefined}>
      {messages.map((message) => {
        const place = placeIn(message);
        return (
          <li key={message}>
            <button
              type="button"
              class="link down"
              disabled={place === undefined}
              onClick={() => place && onGoTo(...place)}
            >
              {message}
            </button>
          </li>
        );
      })}
    </ul>
  );
}
