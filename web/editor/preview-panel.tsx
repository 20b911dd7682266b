import { type Signal, useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { countOf, openTimeOf } from "../../src/core/mod.ts";
import type { PreviewAnswer } from "../../src/wire/mod.ts";
import { actionProps } from "../access/action-props.ts";
import { chartHash } from "../chart/chart-route.ts";
import { laterView } from "../shell/later-view.tsx";
import { type ListColumn, ListHead } from "../shell/list-head.tsx";
import type { Page } from "../shell/page.ts";
import { factsText } from "../text/facts.ts";
import { utcText } from "../text/utc.ts";
import { sameDraft } from "../traders/trader-draft.ts";
import type { AskWhy } from "../why/why-question.ts";
import type { DraftState, PreviewState } from "./draft-state.ts";
import { MistakeList } from "./mistake-list.tsx";
import { type PreviewMatch, previewMatches } from "./preview-matches.ts";

/** The numbers of closes to look back over that are offered. */
const CLOSES = [60, 120, 240, 500] as const;

const COLUMNS: readonly ListColumn[] = [
  { name: "Close, UTC" },
  { name: "Symbol" },
  { name: "Facts" },
  { name: "Why, and full chart", isUnseen: true },
];

/** Matches in the table; the rest is counted. */
const MOST_ROWS = 200;

/** Properties of the preview panel. */
export interface PreviewPanelProps {
  readonly page: Page;
  readonly state: DraftState;
  readonly onGoTo: (line: number, column: number) => void;
  readonly onWhy: AskWhy;
}

/** The filter's matches at the last closes, as a table and as marks on a chart. */
export function PreviewPanel({ page, state, onGoTo, onWhy }: PreviewPanelProps): JSX.Element {
  const previewed = state.previewed.value;
  const isOld =
    previewed.kind === "done" && !sameDraft(previewed.of, { ...state.draft.value, name: previewed.of.name });
  const lack = page.permissions.lack("screen");
  return (
    <div class="preview" data-preview={previewed.kind}>
      <div class="preview-head">
        <label class="field-inline">
          Look back over{" "}
          <select
            value={state.closes.value}
            onChange={(event) => {
              state.closes.value = Number(event.currentTarget.value);
            }}
          >
            {CLOSES.map((closes) => (
              <option key={closes} value={closes}>
                {closes} closes
              </option>
            ))}
          </select>
        </label>
        <button
          type="button"
          class="button"
          {...actionProps(lack, "Ctrl Enter")}
          disabled={previewed.kind === "running"}
          onClick={() => {
            if (lack === undefined) void state.preview();
          }}
        >
          {previewed.kind === "running" ? "Running …" : "Run preview"}
        </button>
      </div>
      <p class="preview-says" role="status">
        {summaryOf(previewed)}
        {isOld ? <span class="amber"> The filter has changed since.</span> : null}
      </p>
      {previewed.kind === "done" ? (
        <>
          <Found page={page} answer={previewed.answer} onGoTo={onGoTo} onWhy={onWhy} />
          <MissesFrame page={page} state={state} answer={previewed.answer} onWhy={onWhy} />
        </>
      ) : null}
    </div>
  );
}

function Found({
  page,
  answer,
  onGoTo,
  onWhy,
}: Pick<PreviewPanelProps, "page" | "onGoTo" | "onWhy"> & { answer: PreviewAnswer }): JSX.Element {
  const matches = previewMatches(answer);
  const chosen = useSignal<PreviewMatch | undefined>(undefined);
  // Without a choice, the newest one, which is the table's first row.
  const shown = matches.find((one) => isSame(one, chosen.value)) ?? matches[0];
  return (
    <>
      {shown === undefined ? null : (
        <ChartFrame
          page={page}
          choice={{ symbol: shown.symbol, interval: answer.interval }}
          at={openTimeOf(answer.interval, shown.closeTime)}
        />
      )}
      {answer.errors.length > 0 ? <Errors answer={answer} onGoTo={onGoTo} /> : null}
      {shown === undefined ? null : (
        <Matches answer={answer} matches={matches} shown={shown} chosen={chosen} onWhy={onWhy} />
      )}
    </>
  );
}

/** Whether both are the same match, maybe of two runs. */
function isSame(one: PreviewMatch, other: PreviewMatch | undefined): boolean {
  return one.symbol === other?.symbol && one.closeTime === other.closeTime;
}

/** Misses come with the first preview, as the chart does. */
const MissesFrame = laterView(async () => (await import("../why/misses-panel.tsx")).MissesPanel);

/** The chart library comes with the first preview. */
const ChartFrame = laterView(
  async () => (await import("./preview-chart.tsx")).PreviewChart,
  () => <div class="preview-chart" />,
);

function Matches({
  answer,
  matches,
  shown,
  chosen,
  onWhy,
}: {
  answer: PreviewAnswer;
  matches: readonly PreviewMatch[];
  /** The one that the chart shows. */
  shown: PreviewMatch;
  chosen: Signal<PreviewMatch | undefined>;
  onWhy: AskWhy;
}): JSX.Element {
  const more = matches.length - MOST_ROWS;
  const row = useRef<HTMLTableRowElement>(null);
  // After another run it may be far down.
  useEffect(() => row.current?.scrollIntoView({ block: "nearest" }), [shown.symbol, shown.closeTime, answer]);
  return (
    <div class="panel-body">
      <table class="list matches">
        <ListHead columns={COLUMNS} />
        <tbody>
          {matches.slice(0, MOST_ROWS).map((match) => (
            <tr
              key={`${match.closeTime} ${match.symbol}`}
              ref={match === shown ? row : null}
              class={match === shown ? "entry chosen" : "entry"}
              aria-current={match === shown ? "true" : undefined}
            >
              <td>{utcText(match.closeTime + 1).replace(" UTC", "")}</td>
              <th scope="row">
                <button
                  type="button"
                  class="link"
                  onClick={() => {
                    chosen.value = match;
                  }}
                >
                  {match.symbol}
                </button>
              </th>
              <td class="facts">{factsText(match.facts)}</td>
              <td class="cell-actions">
                <button
                  type="button"
                  class="button small"
                  aria-label={`Why? ${match.symbol}, ${utcText(match.closeTime + 1)}`}
                  onClick={() => onWhy(match.symbol, answer.interval, match.closeTime)}
                >
                  Why?
                </button>{" "}
                <a
                  href={chartHash(
                    { symbol: match.symbol, interval: answer.interval },
                    openTimeOf(answer.interval, match.closeTime),
                  )}
                  aria-label={`Chart of ${match.symbol} at this candle`}
                >
                  ↗
                </a>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {more > 0 ? <p class="muted more">and {more} more, which are older</p> : null}
    </div>
  );
}

function Errors({ answer, onGoTo }: { answer: PreviewAnswer; onGoTo: PreviewPanelProps["onGoTo"] }): JSX.Element {
  // The same mistake at every close and symbol is one mistake.
  const messages = [...new Set(answer.errors.map(({ message }) => message))].slice(0, 3);
  return <MistakeList messages={messages} onGoTo={onGoTo} isAlert />;
}

function summaryOf(state: PreviewState): string {
  if (state.kind === "none") return "Preview shows at which of the last closes the filter would have matched.";
  if (state.kind === "running") return "";
  if (state.kind === "failed") return `The preview failed: ${state.detail}`;
  const { closes, interval, notes } = state.answer;
  const cooling = closes.reduce((sum, close) => sum + close.cooling, 0);
  const matches = closes.reduce((sum, close) => sum + close.matches.length, 0);
  const at = closes.filter((close) => close.matches.length > 0).length;
  const { checked = 0, skipped = 0, errors = 0 } = closes.at(-1) ?? {};
  const failed = errors > 0 ? `, ${errors} failed` : "";
  return [
    `${countOf(matches, "match", "matches")} at ${at} of ${countOf(closes.length, "close")} of ${interval}`,
    `at the last one ${countOf(checked, "symbol")} checked, ${skipped} skipped${failed}`,
    ...(cooling === 0 ? [] : [`${countOf(cooling, "match", "matches")} more within the cooldown`]),
    ...notes,
  ].join(" · ");
}
