import type { JSX } from "preact";
import { countOf } from "../../src/core/mod.ts";
import type { DraftState } from "../editor/draft-state.ts";
import { type BacktestChoice, SPANS } from "./backtest-choice.ts";
import type { BacktestState } from "./backtest-state.ts";

/** Properties of the fields. */
interface FieldsProps {
  readonly state: DraftState;
  readonly backtest: BacktestState;
}

/** What a backtest looks at. The rest is the trader's: its filter, its interval, its cooldown. */
export function BacktestFields({ state, backtest }: FieldsProps): JSX.Element {
  const { range, universe, horizons, feesPercent } = backtest.choice.value;
  const { triggerInterval } = state.draft.value;
  return (
    <div class="form-line form-fields">
      <RangeChoice backtest={backtest} />
      {range === "dates" ? <Days backtest={backtest} /> : null}
      <UniverseChoice state={state} backtest={backtest} />
      {universe === "top" ? <Top backtest={backtest} /> : null}
      <label class="field">
        <span>Outcomes after, candles of {triggerInterval}</span>
        <input
          value={horizons}
          size={14}
          onInput={(event) => backtest.change({ horizons: event.currentTarget.value })}
        />
      </label>
      <NumberField
        label="Fees, %"
        title="What buying and selling cost together: subtracted from each return"
        value={feesPercent}
        most={10}
        step="any"
        onChange={(value) => backtest.change({ feesPercent: value })}
      />
    </div>
  );
}

function RangeChoice({ backtest }: Pick<FieldsProps, "backtest">): JSX.Element {
  return (
    <label class="field">
      <span>Range</span>
      <select
        value={backtest.choice.value.range}
        onChange={(event) => backtest.change({ range: event.currentTarget.value })}
      >
        {SPANS.map(({ name, says }) => (
          <option key={name} value={name}>
            {says}
          </option>
        ))}
        <option value="dates">From – to …</option>
      </select>
    </label>
  );
}

function Days({ backtest }: Pick<FieldsProps, "backtest">): JSX.Element {
  const { fromDay, toDay } = backtest.choice.value;
  return (
    <>
      <label class="field">
        <span>First day, UTC</span>
        <input
          type="date"
          value={fromDay}
          onInput={(event) => backtest.change({ fromDay: event.currentTarget.value })}
        />
      </label>
      <label class="field">
        <span>Last day, UTC</span>
        <input type="date" value={toDay} onInput={(event) => backtest.change({ toDay: event.currentTarget.value })} />
      </label>
    </>
  );
}

function UniverseChoice({ state, backtest }: FieldsProps): JSX.Element {
  const { symbols } = state.draft.value;
  const { universe } = backtest.choice.value;
  return (
    <label class="field">
      <span>Symbols</span>
      <select
        value={symbols === null && universe === "trader" ? "all" : universe}
        onChange={(event) => backtest.change({ universe: event.currentTarget.value as BacktestChoice["universe"] })}
      >
        {symbols === null ? null : <option value="trader">The trader's {countOf(symbols.length, "symbol")}</option>}
        <option value="all">All, delisted too</option>
        <option value="top">Top by volume …</option>
      </select>
    </label>
  );
}

function Top({ backtest }: Pick<FieldsProps, "backtest">): JSX.Element {
  const { top, topDays } = backtest.choice.value;
  return (
    <>
      <NumberField label="Top" value={top} most={5_000} onChange={(value) => backtest.change({ top: value })} />
      <NumberField
        label="Of the last days"
        title="The symbols with the most quote volume in so many days before each close's day"
        value={topDays}
        most={365}
        onChange={(value) => backtest.change({ topDays: value })}
      />
    </>
  );
}

function NumberField({
  label,
  title,
  value,
  most,
  step = 1,
  onChange,
}: {
  label: string;
  title?: string;
  value: number;
  most: number;
  step?: number | "any";
  onChange: (value: number) => void;
}): JSX.Element {
  return (
    <label class="field" title={title}>
      <span>{label}</span>
      <input
        type="number"
        min={step === 1 ? 1 : 0}
        max={most}
        step={step}
        value={Number.isNaN(value) ? "" : value}
        onInput={(event) => onChange(event.currentTarget.valueAsNumber)}
      />
    </label>
  );
}
