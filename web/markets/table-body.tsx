import { type ReadonlySignal, useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { Page } from "../shell/page.ts";
import { columnsOf } from "./columns.ts";
import { TickerRowView } from "./ticker-row.tsx";
import { useKeptFocus } from "./use-kept-focus.ts";
import { OVERSCAN_ROWS, type RowWindow } from "./window.ts";

/** Properties of the table's body. */
export interface TableBodyProps {
  readonly page: Page;
  readonly isList: boolean;
  readonly rowHeight: ReadonlySignal<number>;
  readonly window: ReadonlySignal<RowWindow>;
}

/** The rows in sight, and above and below them the space of those that aren't. */
export function TableBody({ page, isList, rowHeight, window }: TableBodyProps): JSX.Element {
  useKeptFocus();
  const rows = page.market.rows.shown.value;
  const { first, end } = window.value;
  const height = rowHeight.value;
  const drawn = rows.slice(first, end);
  const focused = useSignal("");
  // All rows together are one stop of Tab: the row that had the focus last while it is there, or else about the first one in sight.
  const inSight = drawn[first === 0 ? 0 : OVERSCAN_ROWS + 1] ?? drawn[0];
  const tabStop = (drawn.find(({ symbol }) => symbol === focused.value) ?? inSight)?.symbol;
  const columns = columnsOf(isList).length + (isList ? 0 : page.columns.heads.value.length);
  return (
    <tbody
      onFocusIn={({ target }) => {
        if (target instanceof HTMLElement) focused.value = target.dataset.symbol ?? focused.peek();
      }}
    >
      <Space columns={columns} height={first * height} />
      {drawn.map((row, at) => (
        <TickerRowView
          key={row.symbol}
          row={row}
          page={page}
          isList={isList}
          rowIndex={first + at + 2}
          isTabStop={row.symbol === tabStop}
        />
      ))}
      <Space columns={columns} height={Math.max(0, rows.length - end) * height} />
    </tbody>
  );
}

function Space({ columns, height }: { columns: number; height: number }): JSX.Element | null {
  if (height === 0) return null;
  return (
    <tr class="space">
      <td colSpan={columns} style={{ height: `${height}px` }} />
    </tr>
  );
}
