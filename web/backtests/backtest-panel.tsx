import type { JSX } from "preact";
import { backtest as askBacktest } from "../../src/client/mod.ts";
import { countOf } from "../../src/core/mod.ts";
import { actionProps } from "../access/action-props.ts";
import type { DraftState } from "../editor/draft-state.ts";
import type { Page } from "../shell/page.ts";
import { sameDraft } from "../traders/trader-draft.ts";
import type { AskWhy } from "../why/why-question.ts";
import { sameChoice } from "./backtest-choice.ts";
import { BacktestFields } from "./backtest-fields.tsx";
import { BacktestOutcome } from "./backtest-outcome.tsx";
import { type BacktestPhase, BacktestState } from "./backtest-state.ts";
import { phaseText, progressText } from "./backtest-words.ts";
import { runBacktest } from "./run-backtest.ts";

/** Properties of the backtest panel. */
export interface BacktestPanelProps {
  readonly page: Page;
  readonly state: DraftState;
  /** The editor keeps the backtest while another tab is in front. */
  readonly backtest: { current: BacktestState | undefined };
  readonly onWhy: AskWhy;
}

/** Which signals the trader would have given in the past, and what became of the price after them. */
export function BacktestPanel({ page, state, backtest, onWhy }: BacktestPanelProps): JSX.Element {
  backtest.current ??= newBacktest(page);
  const { current } = backtest;
  const phase = current.phase.value;
  const isRunning = phase.kind === "running";
  const lack = page.permissions.lack("screen");
  return (
    <div class="preview" data-backtest={phase.kind}>
      <form
        class="backtest-form"
        onSubmit={(event) => {
          event.preventDefault();
          if (isRunning) current.stop();
          else if (lack === undefined) void runBacktest(page, state, current);
        }}
      >
        <BacktestFields state={state} backtest={current} />
        <div class="form-line">
          <button
            type="submit"
            class={isRunning ? "button run-button" : "button button-main run-button"}
            {...actionProps(lack, "Ctrl Enter")}
          >
            {isRunning ? "Stop" : "Run backtest"}
          </button>
          <Progress phase={phase} cooldown={state.draft.value.cooldownCandles} />
        </div>
      </form>
      <p class={phase.kind === "failed" ? "backtest-says down" : "backtest-says"} role="status">
        {phaseText(phase)}
        {isOld(phase, state, current) ? (
          <span class="amber"> The trader or the choice above has changed since.</span>
        ) : null}
      </p>
      {phase.kind === "done" ? <BacktestOutcome page={page} backtest={current} onWhy={onWhy} {...phase} /> : null}
    </div>
  );
}

function newBacktest({ access, clock }: Page): BacktestState {
  return new BacktestState({
    ask: (request, signal) => askBacktest({ url: location.origin, apiKey: access.credential }, request, { signal }),
    clock,
  });
}

/** Beside the button: what else the trader decides, or how far the backtest is. That isn't read aloud at each step. */
function Progress({ phase, cooldown }: { phase: BacktestPhase; cooldown: number }): JSX.Element {
  if (phase.kind !== "running") {
    const text = cooldown === 0 ? "no cooldown" : `a cooldown of ${countOf(cooldown, "candle")}`;
    return <span class="muted small">With {text}, as the trader.</span>;
  }
  const { minutes, of } = phase.progress;
  return (
    <div class="backtest-progress">
      <progress aria-label="Share of the minutes that were looked at" max={1} value={of === 0 ? 0 : minutes / of} />
      <span>{progressText(phase.progress)}</span>
    </div>
  );
}

function isOld(phase: BacktestPhase, state: DraftState, { choice }: BacktestState): boolean {
  if (phase.kind !== "done") return false;
  const { asked } = phase;
  return (
    !sameDraft(asked.draft, { ...state.draft.value, name: asked.draft.name }) || !sameChoice(asked.choice, choice.value)
  );
}
