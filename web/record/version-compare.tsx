import type { JSX } from "preact";
import { countOf } from "../../src/core/mod.ts";
import type { TraderVersion } from "../../src/wire/mod.ts";
import { shownOf } from "../shell/latest-answer.ts";
import { type ListColumn, ListHead } from "../shell/list-head.tsx";
import { codeDiff, type DiffRow } from "./code-diff.ts";
import { CompareTable } from "./compare-table.tsx";
import type { RecordState } from "./record-state.ts";
import { RecordView } from "./record-view.tsx";
import { changesOf } from "./record-words.ts";

/** Properties of a comparison. */
export interface CompareProps {
  readonly record: RecordState;
  readonly before: TraderVersion;
  readonly after: TraderVersion;
}

/** Two versions of a trader: what differs, and the record of each. */
export function VersionCompare({ record, before, after }: CompareProps): JSX.Element {
  const changes = changesOf(before, after);
  const [first, second] = [before, after].map(({ version }) => shownOf(record.recordOf(version).phase.value));
  const columns: readonly ListColumn[] = [
    { name: "Setting" },
    { name: `Version ${before.version}` },
    { name: `Version ${after.version}` },
  ];
  return (
    <section class="compare" aria-label={`Version ${before.version} beside version ${after.version}`}>
      <div class="apart">
        <h2>
          Version {before.version} and version {after.version}
        </h2>
      </div>
      {changes.length === 0 ? (
        <p class="small muted">The settings are the same.</p>
      ) : (
        <table class="list small">
          <ListHead columns={columns} />
          <tbody>
            {changes.map((change) => (
              <tr key={change.name}>
                <th scope="row">{change.name}</th>
                <td>{change.before}</td>
                <td>{change.after}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <CodeDiff before={before.code} after={after.code} />
      {first === undefined || second === undefined ? null : <CompareTable before={first} after={second} />}
      <div class="compare-records">
        {[before, after].map(({ version }) => (
          <div key={version}>
            <h3>Version {version}</h3>
            <RecordView record={record.recordOf(version)} title={`version ${version}`} isBrief />
          </div>
        ))}
      </div>
    </section>
  );
}

function CodeDiff({ before, after }: { before: string; after: string }): JSX.Element {
  if (before === after) return <p class="small muted">The code is the same.</p>;
  return (
    <pre class="diff">
      {codeDiff(before, after).map((row, at) => (
        <Line key={at} row={row} />
      ))}
    </pre>
  );
}

function Line({ row }: { row: DiffRow }): JSX.Element {
  if (row.kind === "left out")
    return (
      <span class="muted">
        {countOf(row.lines, "line")} the same{"\n"}
      </span>
    );
  const [sign, Tag] =
    row.kind === "added"
      ? ["+", "ins" as const]
      : row.kind === "removed"
        ? ["−", "del" as const]
        : [" ", "span" as const];
  return (
    <Tag class={`diff-${row.kind}`}>
      {String(row.line).padStart(4)} {sign} {row.text}
      {"\n"}
    </Tag>
  );
}
