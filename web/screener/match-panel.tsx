import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { countOf } from "../../src/core/mod.ts";
import { shownOf } from "../shell/latest-answer.ts";
import type { Page } from "../shell/page.ts";
import { utcText } from "../text/utc.ts";
import { FoldButton } from "./fold-button.tsx";
import { MatchTable } from "./match-table.tsx";
import type { Found, ScreenerState } from "./screener-state.ts";

/** Symbols of one reason that are named; the rest is counted. */
const MOST_NAMED = 12;

/** Properties of the panel. */
export interface MatchPanelProps {
  readonly page: Page;
  readonly state: ScreenerState;
  /** Shows the setup, where there is no room for both. */
  readonly onSetup: () => void;
}

/** What the last run found, as of when, and what it couldn't look at. */
export function MatchPanel({ page, state, onSetup }: MatchPanelProps): JSX.Element {
  const phase = state.found.phase.value;
  const shown = shownOf(phase);
  return (
    <section class="panel match-panel" aria-label="Matches">
      <div class="match-head">
        <p class="match-says" role="status" data-phase={phase.kind}>
          {state.isHeld.value ? (
            <span class="amber">Not run: this link brings its own code.</span>
          ) : phase.kind === "failed" ? (
            <span class="down">The screen couldn't run: {phase.detail}</span>
          ) : (
            summary(shown)
          )}
        </p>
        <label class="auto">
          <input
            type="checkbox"
            checked={state.isAuto.value}
            onChange={(event) => {
              state.isAuto.value = event.currentTarget.checked;
            }}
          />
          Run at each close of {state.trigger.value}
        </label>
        <button type="button" class="button setup-open" onClick={onSetup}>
          Conditions
        </button>
      </div>
      {state.linkFault.value === "" ? null : <p class="match-note amber">{state.linkFault.value}</p>}
      {shown === undefined ? null : (
        <>
          <Notes state={state} found={shown} />
          <MatchTable page={page} state={state} found={shown} />
        </>
      )}
    </section>
  );
}

function summary(found: Found | undefined): JSX.Element | string {
  if (found === undefined) return "Looking …";
  const { matches, checked, skipped, errors, closeTime, interval } = found.answer;
  const rest = [
    ...(skipped.length === 0 ? [] : [`${skipped.length} skipped`]),
    ...(errors.length === 0 ? [] : [`${errors.length} failed`]),
  ];
  return (
    <>
      <strong>{matches.length}</strong> of {countOf(checked, "symbol")} {matches.length === 1 ? "matches" : "match"}
      {rest.length === 0 ? "" : `, ${rest.join(", ")}`}
      <span class="muted">
        {" "}
        · as of {utcText(closeTime + 1)}, close of {interval}
      </span>
    </>
  );
}

/** Why symbols were skipped or failed, and what else there is to know. */
function Notes({ state, found }: { state: ScreenerState; found: Found }): JSX.Element | null {
  const isOpen = useSignal(false);
  const { skipped, errors, notes } = found.answer;
  const reasons = [
    ...notes.map((note) => ({ reason: `${note}.`, symbols: [] as readonly string[] })),
    ...byReason(skipped.map(({ symbol, reason }) => ({ symbol, reason: `Skipped: ${reason}` }))),
    ...byReason(errors.map(({ symbol, message }) => ({ symbol, reason: `Failed: ${message}` }))),
  ];
  const { unserved } = state.made.value;
  const missing = state.screen.value.code === undefined ? unserved : [];
  if (reasons.length === 0 && missing.length === 0) return null;
  return (
    <div class="match-note">
      <FoldButton isOpen={isOpen}>{noteText(skipped.length, errors.length, notes.length + missing.length)}</FoldButton>
      {isOpen.value ? (
        <ul>
          {missing.map((key) => (
            <li key={key}>{`This server has no candles for the column ${key}.`}</li>
          ))}
          {reasons.map(({ reason, symbols }) => (
            <li key={reason}>
              {reason}
              {symbols.length === 0 ? null : <span class="muted"> {namesText(symbols)}</span>}
            </li>
          ))}
        </ul>
      ) : null}
    </div>
  );
}

function noteText(skipped: number, failed: number, notes: number): string {
  return [
    ...(skipped === 0 ? [] : [`${skipped} skipped`]),
    ...(failed === 0 ? [] : [`${failed} failed`]),
    ...(notes === 0 ? [] : [countOf(notes, "note")]),
  ].join(", ");
}

/** The same reason of several symbols is one. Times in it differ from symbol to symbol only where the reason does. */
function byReason(
  all: readonly { readonly symbol: string; readonly reason: string }[],
): { reason: string; symbols: readonly string[] }[] {
  const symbols = new Map<string, string[]>();
  for (const { symbol, reason } of all) symbols.set(reason, [...(symbols.get(reason) ?? []), symbol]);
  return [...symbols].map(([reason, of]) => ({ reason, symbols: of }));
}

function namesText(symbols: readonly string[]): string {
  const more = symbols.length - MOST_NAMED;
  return `${symbols.slice(0, MOST_NAMED).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
