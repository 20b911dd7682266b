import type { ReadonlySignal } from "@preact/signals";
import type { JSX } from "preact";
import type { Market } from "../market/market.ts";
import { TickerRowView } from "./ticker-row.tsx";
import { useKeptFocus } from "./use-kept-focus.ts";
import type { RowWindow } from "./window.ts";

/** What the body is drawn from. */
export interface TableBodyProps {
  readonly market: Market;
  readonly rowHeight: ReadonlySignal<number>;
  readonly window: ReadonlySignal<RowWindow>;
}

/** The rows in sight, and above and below them the space of those that aren't. */
export function TableBody({ market, rowHeight, window }: TableBodyProps): JSX.Element {
  useKeptFocus();
  const rows = market.rows.shown.value;
  const { first, end } = window.value;
  const height = rowHeight.value;
  return (
    <tbody>
      <Space height={first * height} />
      {rows.slice(first, end).map((row, at) => (
        <TickerRowView key={row.symbol} row={row} market={market} rowIndex={first + at + 2} />
      ))}
      <Space height={Math.max(0, rows.length - end) * height} />
    </tbody>
  );
}

function Space({ height }: { height: number }): JSX.Element | null {
  if (height === 0) return null;
  return (
    <tr class="space">
      <td colSpan={5} style={{ height: `${height}px` }} />
    </tr>
  );
}
