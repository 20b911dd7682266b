import type { JSX } from "preact";
import type { Interval } from "../../src/core/mod.ts";
import { triggerIntervals } from "../editor/draft-state.ts";
import { FIRST_ORDER } from "../markets/order.ts";
import type { Page } from "../shell/page.ts";
import { Sheet } from "../shell/sheet.tsx";
import { ColumnChoice } from "./column-choice.tsx";

/** The choice of ready columns for the table of symbols. */
export function ColumnSheet({ page, onClose }: { page: Page; onClose: () => void }): JSX.Element {
  const { columns, market, permissions } = page;
  const { interval, keys } = columns.chosen.value;
  const served = market.intervals.value;
  const lack = permissions.lack("screen");
  const toggle = (key: string): void => {
    const others = keys.filter((one) => one !== key);
    columns.choose({ interval, keys: keys.includes(key) ? others : [...keys, key] });
    const { order } = market.rows;
    if (order.peek().column === `fact ${key}`) order.value = FIRST_ORDER;
  };
  return (
    <Sheet title="Columns" kind="column-sheet" onClose={onClose}>
      {lack === undefined ? null : <p class="amber small">{lack}</p>}
      <label class="field-inline">
        Candles{" "}
        <select
          value={interval}
          onChange={(event) => columns.choose({ interval: event.currentTarget.value as Interval, keys })}
        >
          {[...new Set([...triggerIntervals(served), interval])].map((one) => (
            <option key={one} value={one}>
              {one}
            </option>
          ))}
        </select>
      </label>
      <ColumnChoice chosen={keys} interval={interval} served={served} onToggle={toggle} />
      <p class="muted small">
        Values are those of the last close. All of them come with one request at each close of the shortest interval
        that they read.
      </p>
    </Sheet>
  );
}
