import type { JSX } from "preact";
import type { ExplainAnswer, WireCondition } from "../../src/wire/mod.ts";
import { factsText } from "../text/facts.ts";
import {
  conditionText,
  depthsOf,
  distanceText,
  missingText,
  valuesText,
  verdictText,
  windowText,
} from "./why-words.ts";

/** Indents are drawn down to this depth. */
const MOST_DEPTH = 4;

const MARKS = { true: "✓", false: "✗", "not reached": "–" } as const;

/** Properties of an answer. */
interface AnswerProps {
  readonly answer: ExplainAnswer;
  /** Goes to a place in the code, counted from 1. */
  readonly onGoTo: (line: number, column: number) => void;
}

/** Why a filter matched or not: the verdict, what led to it, and what the filter saw. */
export function WhyAnswer({ answer, onGoTo }: AnswerProps): JSX.Element {
  const { conditions, windows, missing, error, facts, trader, notes, engine, why } = answer;
  const depths = depthsOf(conditions);
  const { line, column } = error ?? {};
  return (
    <>
      <p class={error === null ? "why-verdict" : "why-verdict down"} role="status">
        {verdictText(answer)}
        {line === undefined ? null : (
          <>
            {" "}
            <button type="button" class="link" onClick={() => onGoTo(line, column ?? 1)}>
              Show in the editor
            </button>
          </>
        )}
      </p>
      {missing.length === 0 ? null : (
        <ul class="backtest-edges" aria-label="What was missing">
          {missing.map((one) => (
            <li key={missingText(one)}>{missingText(one)}</li>
          ))}
        </ul>
      )}
      {notes.length === 0 ? null : (
        <ul class="backtest-edges amber" aria-label="Notes">
          {notes.map((note) => (
            <li key={note}>{sentence(note)}</li>
          ))}
        </ul>
      )}
      {conditions.length === 0 ? null : (
        <ol class="why-conditions" aria-label="Conditions, in the order of the code">
          {conditions.map((one, at) => (
            <Condition key={at} condition={one} depth={Math.min(depths[at] ?? 0, MOST_DEPTH)} onGoTo={onGoTo} />
          ))}
        </ol>
      )}
      <ul class="backtest-edges muted" aria-label="What the filter saw">
        {facts === null || factsText(facts) === "" ? null : <li>Facts: {factsText(facts)}</li>}
        {windows.map((one) => (
          <li key={one.interval}>It saw {windowText(one)}.</li>
        ))}
        {trader === undefined ? null : <li>Version {trader.version} of the trader.</li>}
        {engine === "compiled" ? null : <li>The filter runs slower than it could: {why}.</li>}
      </ul>
    </>
  );
}

function Condition({
  condition,
  depth,
  onGoTo,
}: {
  condition: WireCondition;
  depth: number;
  onGoTo: AnswerProps["onGoTo"];
}): JSX.Element {
  const { text, line, column, verdict, times } = condition;
  const word = conditionText(condition);
  const values = valuesText(condition);
  const details = [values, distanceText(condition), ...(times > 1 ? [`the last of ${times} times`] : [])];
  return (
    <li class={`depth-${depth}`} data-verdict={verdict === null ? "none" : verdict}>
      <span class="why-mark" aria-hidden="true">
        {MARKS[word]}
      </span>
      <span class="why-condition">
        <code>{text}</code> <span class="unseen">is </span>
        <span class="why-word">{word}</span>
        <span class="why-values">{details.filter((one) => one !== "").join(" · ")}</span>
      </span>
      <button
        type="button"
        class="link small"
        aria-label={`Line ${line}, column ${column}, in the editor`}
        onClick={() => onGoTo(line, column)}
      >
        line {line}
      </button>
    </li>
  );
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? "" : "."}`;
}
