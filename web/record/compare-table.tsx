import type { JSX } from "preact";
import type { TraderPerformance } from "../../src/wire/mod.ts";
import { shareText } from "../backtests/backtest-words.ts";
import { type ListColumn, ListHead } from "../shell/list-head.tsx";
import { returnText } from "../text/returns.ts";

type Returns = TraderPerformance["outcomes"][number]["baseline"];

/** The returns of two versions side by side, after each horizon, and below each its baseline: that is of other closes, too. */
export function CompareTable({ before, after }: { before: TraderPerformance; after: TraderPerformance }): JSX.Element {
  return (
    <table class="list small outcomes">
      <caption class="unseen">
        Returns after each horizon, of version {before.version} and of version {after.version}
      </caption>
      <ListHead
        columns={[
          { name: "Candles", kind: "figure" },
          { name: "Of", isUnseen: true },
          ...[before, after].flatMap(columnsOf),
        ]}
      />
      {before.outcomes.map((outcome) => {
        const other = after.outcomes.find(({ horizon }) => horizon === outcome.horizon);
        return (
          <tbody key={outcome.horizon}>
            <tr>
              <th scope="rowgroup" rowSpan={2} class="figure">
                {outcome.horizon}
              </th>
              <th scope="row">signals</th>
              <Figures of={outcome.signals} />
              <Figures of={other?.signals} />
            </tr>
            <tr class="baseline">
              <th scope="row">baseline</th>
              <Figures of={outcome.baseline} />
              <Figures of={other?.baseline} />
            </tr>
          </tbody>
        );
      })}
    </table>
  );
}

function columnsOf({ version }: TraderPerformance): readonly ListColumn[] {
  return [
    { name: `v${version} count`, kind: "figure" },
    { name: `v${version} hits`, kind: "figure roomy" },
    { name: `v${version} mean`, kind: "figure" },
    { name: `v${version} median`, kind: "figure roomy" },
  ];
}

function Figures({ of }: { of: Returns | undefined }): JSX.Element {
  return (
    <>
      <td class="figure">{of?.count.toLocaleString("en-US") ?? "–"}</td>
      <td class="figure roomy">{shareText(of?.hitRate ?? null)}</td>
      <td class="figure">{returnText(of?.meanPercent ?? null)}</td>
      <td class="figure roomy">{returnText(of?.medianPercent ?? null)}</td>
    </>
  );
}
