import type { JSX } from "preact";
import type { WireHorizon, WireReturns } from "../../src/wire/mod.ts";
import { type ListColumn, ListHead } from "../shell/list-head.tsx";
import { returnText } from "../text/returns.ts";
import { shareText } from "./backtest-words.ts";

const COLUMNS: readonly ListColumn[] = [
  { name: "Candles", kind: "figure" },
  { name: "Of", isUnseen: true },
  { name: "Count", kind: "figure" },
  { name: "Hits", kind: "figure" },
  { name: "Mean", kind: "figure" },
  { name: "Median", kind: "figure" },
  { name: "Quartiles", kind: "figure" },
];

/** The returns after each horizon, the signals' beside the baseline's. */
export function OutcomeTable({ outcomes }: { outcomes: readonly WireHorizon[] }): JSX.Element {
  return (
    <table class="list small outcomes">
      <caption class="unseen">Returns after each horizon, of the signals beside the baseline</caption>
      <ListHead columns={COLUMNS} />
      {outcomes.map(({ horizon, signals, baseline }) => (
        <tbody key={horizon}>
          <tr>
            <th scope="rowgroup" rowSpan={2} class="figure">
              {horizon}
            </th>
            <th scope="row">signals</th>
            <Figures of={signals} />
          </tr>
          <tr class="baseline">
            <th scope="row">baseline</th>
            <Figures of={baseline} />
          </tr>
        </tbody>
      ))}
    </table>
  );
}

function Figures({ of }: { of: WireReturns }): JSX.Element {
  return (
    <>
      <td class="figure">{of.count.toLocaleString("en-US")}</td>
      <td class="figure">{shareText(of.hitRate)}</td>
      <td class="figure">{returnText(of.meanPercent)}</td>
      <td class="figure">{returnText(of.medianPercent)}</td>
      <td class="figure">
        {of.lowerQuartilePercent === null
          ? "–"
          : `${returnText(of.lowerQuartilePercent)} to ${returnText(of.upperQuartilePercent)}`}
      </td>
    </>
  );
}
