import type { JSX } from "preact";
import type { Interval, MarketId } from "../../src/core/mod.ts";
import { WORKED_FILTERS } from "../../src/strategy/mod.ts";
import { MarketChoice } from "../market/market-choice.tsx";
import { routeHash } from "../shell/route.ts";
import { ageText } from "../text/age.ts";
import { filterOf } from "../traders/trader-draft.ts";
import { type DraftState, triggerIntervals } from "./draft-state.ts";

/** Properties of the form. */
export interface TraderFormProps {
  readonly state: DraftState;
  readonly served: readonly Interval[];
  /** The server's markets, the first one first. */
  readonly markets: readonly MarketId[];
  /** Code that takes the place of what was written: a template's, or what the server has. */
  readonly onCode: (code: string) => void;
  /** Puts the cursor at a place of the code. */
  readonly onGoTo: (line: number, column: number) => void;
}

/** A trader's name, when it runs and over what; and saving it. */
export function TraderForm({ state, served, markets, onCode, onGoTo }: TraderFormProps): JSX.Element {
  const discard = (): void => {
    state.discard();
    onCode(state.draft.peek().code);
  };
  return (
    <form
      class="trader-form"
      onSubmit={(event) => {
        event.preventDefault();
        void state.save();
      }}
    >
      <div class="form-line">
        <a class="back" href={routeHash("traders")} aria-label="Back to the list of traders">
          ←
        </a>
        <NameInput state={state} />
        <SaveButtons state={state} onDiscard={discard} />
      </div>
      <Note state={state} onGoTo={onGoTo} onDiscard={discard} />
      <div class="form-line form-fields">
        <TemplateChoice state={state} onCode={onCode} />
        <TriggerChoice state={state} served={served} />
        <CooldownInput state={state} />
        <MarketChoice
          markets={markets}
          market={state.draft.value.market}
          onChoose={(market) => state.changeMarket(market)}
        />
        <SymbolsInput state={state} />
        <TimeframeChoice state={state} served={served} />
      </div>
    </form>
  );
}

function NameInput({ state }: { state: DraftState }): JSX.Element {
  return (
    <input
      class="name-input"
      aria-label="Name"
      placeholder="Name of the trader"
      maxLength={200}
      value={state.draft.value.name}
      onInput={(event) => state.change({ name: event.currentTarget.value })}
    />
  );
}

function SaveButtons({ state, onDiscard }: { state: DraftState; onDiscard: () => void }): JSX.Element {
  const { isSaving, isChanged, enabled, isNew } = state;
  const busy = isSaving.value;
  return (
    <div class="form-buttons">
      {isNew.value || !isChanged.value ? null : (
        <button type="button" class="button" disabled={busy} onClick={onDiscard}>
          Discard
        </button>
      )}
      {isNew.value ? (
        <button type="button" class="button" disabled={busy} onClick={() => void state.save(false)}>
          Save without running
        </button>
      ) : (
        <label class="on-label">
          <button
            type="button"
            role="switch"
            class="switch"
            aria-checked={enabled.value}
            aria-label="The trader is on"
            disabled={busy}
            onClick={() => void state.save(!enabled.value)}
          />
          {enabled.value ? "On" : "Off"}
        </label>
      )}
      <button
        type="button"
        class="button button-main"
        disabled={busy || !isChanged.value}
        title="Ctrl S"
        onClick={() => void (isNew.value ? state.save(true) : state.save())}
      >
        {isNew.value ? "Save and run" : isChanged.value ? "Save" : "Saved"}
      </button>
    </div>
  );
}

/** What became of the last attempt to save, with what can be done about it; before one, where the draft comes from. */
function Note({
  state,
  onGoTo,
  onDiscard,
}: Pick<TraderFormProps, "state" | "onGoTo"> & { onDiscard: () => void }): JSX.Element {
  const { text, isTrouble, place, isWarning = false } = state.note.value;
  if (text === "") return <DraftNote state={state} onDiscard={onDiscard} />;
  return (
    <p class={isTrouble ? "form-note down" : "form-note"} role="status">
      {text}
      {place === undefined ? null : (
        <button type="button" class="link" onClick={() => onGoTo(...place)}>
          Go to line {place[0]}
        </button>
      )}
      {isWarning ? (
        <button type="button" class="link" onClick={() => void state.save(true, true)}>
          Save and run anyway
        </button>
      ) : null}
    </p>
  );
}

/** Says that the draft was restored, or that another tab has one of the same trader. */
function DraftNote({ state, onDiscard }: Pick<TraderFormProps, "state"> & { onDiscard: () => void }): JSX.Element {
  const restored = state.restored.value;
  return (
    <p class="form-note muted" role="status">
      {restored === undefined ? null : (
        <>
          {restored.isScreen
            ? "Made of the screen, not saved yet."
            : `Draft restored, typed ${ageText(restored.ageMs)} ago.`}
          {restored.isBehind ? " The trader has been changed since then." : ""}
          <button type="button" class="link" onClick={onDiscard}>
            Discard the draft
          </button>
        </>
      )}
      {state.isElsewhere.value ? " Another tab is editing this trader, too: the one that saves last wins." : ""}
    </p>
  );
}

function TemplateChoice({ state, onCode }: Pick<TraderFormProps, "state" | "onCode">): JSX.Element {
  return (
    <label class="field">
      <span>Template</span>
      <select
        value=""
        onChange={(event) => {
          const worked = WORKED_FILTERS.find(({ title }) => title === event.currentTarget.value);
          event.currentTarget.value = "";
          if (worked === undefined) return;
          const { name } = state.draft.peek();
          const isUnnamed = name === "" || WORKED_FILTERS.some(({ title }) => title === name);
          state.change({ ...filterOf(worked), ...(isUnnamed ? { name: worked.title } : {}) });
          onCode(worked.code);
        }}
      >
        <option value="">Choose …</option>
        {WORKED_FILTERS.map(({ title }) => (
          <option key={title} value={title}>
            {title}
          </option>
        ))}
      </select>
    </label>
  );
}

function TriggerChoice({ state, served }: Pick<TraderFormProps, "state" | "served">): JSX.Element {
  const { triggerInterval } = state.draft.value;
  const offered = triggerIntervals(served);
  return (
    <label class="field">
      <span>Runs at every</span>
      <select
        value={triggerInterval}
        onChange={(event) => state.change({ triggerInterval: event.currentTarget.value as Interval })}
      >
        {[...new Set([...offered, triggerInterval])].map((interval) => (
          <option key={interval} value={interval}>
            {interval} close
          </option>
        ))}
      </select>
    </label>
  );
}

function CooldownInput({ state }: { state: DraftState }): JSX.Element {
  const { cooldownCandles } = state.draft.value;
  return (
    <label
      class="field"
      title="Number of candles after a signal within which further matches of the same symbol create no signal"
    >
      <span>Cooldown, candles</span>
      <input
        type="number"
        min={0}
        max={1_000}
        step={1}
        value={cooldownCandles}
        onInput={(event) => state.change({ cooldownCandles: event.currentTarget.valueAsNumber || 0 })}
      />
    </label>
  );
}

function SymbolsInput({ state }: { state: DraftState }): JSX.Element {
  const fault = state.symbolsFault();
  return (
    <label class="field field-wide">
      <span class={fault === undefined ? "" : "down"}>{fault ?? "Symbols"}</span>
      <input
        placeholder="all"
        value={state.symbolsText.value}
        aria-invalid={fault !== undefined}
        onInput={(event) => state.changeSymbols(event.currentTarget.value)}
      />
    </label>
  );
}

function TimeframeChoice({ state, served }: Pick<TraderFormProps, "state" | "served">): JSX.Element {
  const { timeframes } = state.draft.value;
  const offered = [...new Set([...served, ...timeframes])];
  return (
    <fieldset class="field field-wide chips">
      <legend>The filter reads</legend>
      {offered.map((interval) => (
        <button
          key={interval}
          type="button"
          aria-pressed={timeframes.includes(interval)}
          onClick={() => {
            const others = timeframes.filter((one) => one !== interval);
            const next = timeframes.includes(interval) ? others : [...timeframes, interval];
            // In the order in which they are served, so that the same choice is the same draft.
            state.change({ timeframes: offered.filter((one) => next.includes(one)) });
          }}
        >
          {interval}
        </button>
      ))}
    </fieldset>
  );
}
