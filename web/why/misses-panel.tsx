import type { JSX } from "preact";
import { useEffect, useMemo } from "preact/hooks";
import { nearestMisses } from "../../src/client/mod.ts";
import { countOf, openTimeOf } from "../../src/core/mod.ts";
import type { MissesAnswer, PreviewAnswer } from "../../src/wire/mod.ts";
import { chartHash } from "../chart/chart-route.ts";
import type { DraftState } from "../editor/draft-state.ts";
import { LatestAnswer, lastOf, shownOf } from "../shell/latest-answer.ts";
import { type ListColumn, ListHead } from "../shell/list-head.tsx";
import type { Page } from "../shell/page.ts";
import { CloseSteps } from "./close-steps.tsx";
import { type AskWhy, closeBeside } from "./why-question.ts";
import { distanceText, valuesText } from "./why-words.ts";

/** Misses that are listed. */
const MOST_MISSES = 20;

const COLUMNS: readonly ListColumn[] = [
  { name: "Symbol" },
  { name: "Kept from matching by" },
  { name: "Why?", kind: "cell-actions", isUnseen: true },
];

/** Properties of the panel. */
export interface MissesPanelProps {
  readonly page: Page;
  readonly state: DraftState;
  /** The preview whose newest close is looked at first. */
  readonly answer: PreviewAnswer;
  readonly onWhy: AskWhy;
}

/** Which symbols came nearest to matching at a close. Asked for when somebody wants to know: it runs the filter several times. */
export function MissesPanel({ page, state, answer: preview, onWhy }: MissesPanelProps): JSX.Element {
  const misses = useMemo(() => new LatestAnswer<MissesAnswer>(), [preview]);
  useEffect(() => () => misses.close(), [misses]);
  const ask = (closeTime: number | undefined): void => {
    const { code, timeframes, triggerInterval: interval } = state.draft.peek();
    const request = { code, timeframes, interval, symbols: state.symbolsAsked(), closeTime, limit: MOST_MISSES };
    const options = { url: location.origin, apiKey: page.access.credential };
    void misses.ask((signal) => nearestMisses(options, request, { signal }));
  };
  const phase = misses.phase.value;
  const [shown, last] = [shownOf(phase), lastOf(phase)];
  if (phase.kind === "none") {
    return (
      <div class="misses apart">
        <button type="button" class="button" onClick={() => ask(preview.closes.at(-1)?.closeTime)}>
          Show nearest misses
        </button>
      </div>
    );
  }
  return (
    <section class="misses" aria-label="Nearest misses" aria-busy={phase.kind === "asking"} data-misses={phase.kind}>
      <div class="apart">
        <h2>Nearest misses</h2>
        <CloseSteps
          close={last}
          isReady={phase.kind !== "asking"}
          onStep={(by) => {
            if (phase.kind !== "asking") ask(last && closeBeside(last.interval, last.closeTime, by));
          }}
        />
      </div>
      <p class="small muted" role="status">
        {phase.kind === "failed" ? `No misses: ${phase.detail}` : shown === undefined ? "Asking …" : summaryOf(shown)}
      </p>
      {shown === undefined || shown.misses.length === 0 ? null : (
        <table class="list small">
          <ListHead columns={COLUMNS} />
          <tbody>
            {shown.misses.map((miss) => (
              <Row key={miss.symbol} miss={miss} of={shown} onWhy={onWhy} />
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function Row({
  miss: { symbol, condition },
  of: { interval, closeTime },
  onWhy,
}: {
  miss: MissesAnswer["misses"][number];
  of: MissesAnswer;
  onWhy: AskWhy;
}): JSX.Element {
  const details = [valuesText(condition), distanceText(condition)].filter((one) => one !== "");
  return (
    <tr class="entry">
      <th scope="row">
        <a href={chartHash({ symbol, interval }, openTimeOf(interval, closeTime))}>{symbol}</a>
      </th>
      <td>
        <code>{condition.text}</code>
        {condition.verdict === true ? " was true" : ""}
        <span class="why-values">{details.join(" · ")}</span>
      </td>
      <td class="cell-actions">
        <button
          type="button"
          class="button small"
          aria-label={`Why? ${symbol}, nearest miss`}
          onClick={() => onWhy(symbol, interval, closeTime)}
        >
          Why?
        </button>
      </td>
    </tr>
  );
}

function summaryOf({ checked, matches, missed, unchecked, notes }: MissesAnswer): string {
  return [
    `${countOf(checked, "symbol")} checked, ${countOf(matches, "match", "matches")}`,
    `${missed.toLocaleString("en-US")} kept from it by one comparison alone`,
    ...(unchecked === 0 ? [] : [`no time for ${countOf(unchecked, "symbol")}`]),
    ...notes,
  ].join(" · ");
}
