import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { Interval } from "../../src/core/mod.ts";
import { triggerIntervals } from "../editor/draft-state.ts";
import { DraftStore, SCREENER } from "../editor/draft-store.ts";
import { MarketChoice } from "../market/market-choice.tsx";
import { copyLink } from "../shell/copy-link.ts";
import type { Page } from "../shell/page.ts";
import { routeHash } from "../shell/route.ts";
import { STORAGE_FULL } from "../shell/storage.ts";
import { CodePane } from "./code-pane.tsx";
import { ColumnChoice } from "./column-choice.tsx";
import { ConditionList } from "./condition-list.tsx";
import { FoldButton } from "./fold-button.tsx";
import { ownScreen, PRESETS } from "./presets.ts";
import { shownColumns } from "./screen.ts";
import type { ScreenerState } from "./screener-state.ts";

/** Properties of the panel. */
export interface SetupPanelProps {
  readonly page: Page;
  readonly state: ScreenerState;
  /** Shows the matches again, where there is no room for both. */
  readonly onDone: () => void;
}

/** What is looked for: conditions, columns, or a filter's code. */
export function SetupPanel({ page, state, onDone }: SetupPanelProps): JSX.Element {
  const isCode = state.screen.value.code !== undefined;
  return (
    <section class="panel setup-panel" aria-label="Conditions and columns">
      <div class="setup-head">
        <ScreenChoice state={state} />
        <button type="button" class="button setup-done" onClick={onDone}>
          Show matches
        </button>
      </div>
      <div class="panel-body setup-body">
        <NameLine page={page} state={state} />
        <div class="form-line form-fields">
          <CandlesChoice page={page} state={state} />
          <ScreenMarket page={page} state={state} />
        </div>
        {isCode ? null : (
          <>
            <ConditionList page={page} state={state} />
            <ColumnsPart page={page} state={state} />
          </>
        )}
        <CodePane page={page} state={state} />
      </div>
      <div class="setup-foot">
        <button type="button" class="button button-main" title="Ctrl Enter" onClick={() => void state.run()}>
          Run now
        </button>
        <button type="button" class="button" onClick={() => saveAsTrader(page, state)}>
          Save as trader
        </button>
        <button type="button" class="button" onClick={() => void copyLink(page.router)}>
          Copy link
        </button>
      </div>
    </section>
  );
}

/** Opens the form of a new trader with all that the screen says: it is a draft that isn't saved yet. */
function saveAsTrader({ clock, router, storage }: Page, state: ScreenerState): void {
  const template = `screen ${state.screen.peek().name}`;
  new DraftStore(storage).put(`new ${template}`, { draft: state.draft(), at: clock.now(), by: SCREENER });
  router.go(routeHash("traders", ["new"], { template }));
}

function ScreenChoice({ state }: { state: ScreenerState }): JSX.Element {
  const kept = state.kept.screens.value;
  const { name } = state.screen.value;
  const isKept = kept.some((one) => one.name === name);
  const value = isKept ? `kept ${name}` : PRESETS.some((one) => one.name === name) ? `preset ${name}` : "";
  return (
    <select
      class="screen-choice"
      aria-label="Screen"
      value={value}
      onChange={(event) => {
        const [, from, chosen] = /^(kept|preset) (.*)$/s.exec(event.currentTarget.value) ?? [];
        const screen = (from === "kept" ? kept : PRESETS).find((one) => one.name === chosen);
        if (screen !== undefined) state.choose(screen);
      }}
    >
      {value === "" ? <option value="">Not saved</option> : null}
      {kept.length === 0 ? null : (
        <optgroup label="Yours">
          {kept.map((one) => (
            <option key={one.name} value={`kept ${one.name}`}>
              {one.name}
            </option>
          ))}
        </optgroup>
      )}
      <optgroup label="To begin with">
        {PRESETS.map((one) => (
          <option key={one.name} value={`preset ${one.name}`}>
            {one.name}
          </option>
        ))}
      </optgroup>
    </select>
  );
}

function NameLine({ page, state }: Pick<SetupPanelProps, "page" | "state">): JSX.Element {
  const { name } = state.screen.value;
  const isKept = state.kept.screens.value.some((one) => one.name === name);
  return (
    <form
      class="form-line"
      onSubmit={(event) => {
        event.preventDefault();
        if (name.trim() === "") return;
        const own = ownScreen(state.screen.peek());
        const isKept = state.kept.keep(own);
        page.router.notice.value = isKept ? "" : STORAGE_FULL;
        if (isKept) state.change({ name: own.name }, true);
      }}
    >
      <input
        class="name-input"
        aria-label="Name of the screen"
        placeholder="Name of the screen"
        maxLength={80}
        value={name}
        onInput={(event) => state.change({ name: event.currentTarget.value }, true)}
      />
      <button type="submit" class="button" disabled={name.trim() === ""} title="Keep the screen in this browser">
        Save
      </button>
      {isKept ? (
        <button type="button" class="button" onClick={() => state.kept.remove(name)}>
          Delete
        </button>
      ) : null}
    </form>
  );
}

function CandlesChoice({ page, state }: Pick<SetupPanelProps, "page" | "state">): JSX.Element {
  const { interval } = state.screen.value;
  const offered = triggerIntervals(page.market.intervals.value);
  return (
    <label class="field" title="The candles of RSI, averages, highs, lows and relative volume">
      <span>Candles</span>
      <select
        value={interval}
        disabled={state.screen.value.code !== undefined}
        onChange={(event) => state.change({ interval: event.currentTarget.value as Interval })}
      >
        {[...new Set([...offered, interval])].map((one) => (
          <option key={one} value={one}>
            {one}
          </option>
        ))}
      </select>
    </label>
  );
}

/** The one market whose symbols are looked at, where there are several. */
function ScreenMarket({ page, state }: Pick<SetupPanelProps, "page" | "state">): JSX.Element | null {
  const { markets, firstMarket } = page.market;
  return (
    <MarketChoice
      markets={markets}
      market={state.screen.value.market ?? firstMarket}
      onChoose={(market) => state.change({ market: market === firstMarket ? undefined : market })}
    />
  );
}

function ColumnsPart({ page, state }: Pick<SetupPanelProps, "page" | "state">): JSX.Element {
  const screen = state.screen.value;
  const needed = shownColumns({ columns: [], conditions: screen.conditions });
  const isOpen = useSignal(false);
  return (
    <section class="setup-part" aria-label="Columns">
      <h3>
        <FoldButton isOpen={isOpen}>Columns</FoldButton>
        <span class="panel-count">{shownColumns(screen).length}</span>
      </h3>
      {isOpen.value ? (
        <ColumnChoice
          chosen={shownColumns(screen)}
          fixed={needed}
          interval={screen.interval}
          served={page.market.intervals.value}
          onToggle={(key) => {
            const { columns } = state.screen.peek();
            state.change({
              columns: columns.includes(key) ? columns.filter((one) => one !== key) : [...columns, key],
            });
          }}
        />
      ) : null}
    </section>
  );
}
