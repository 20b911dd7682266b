import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import type { TraderVersion } from "../../src/wire/mod.ts";
import { laterView } from "../shell/later-view.tsx";
import { lastOf } from "../shell/latest-answer.ts";
import { type ListColumn, ListHead } from "../shell/list-head.tsx";
import { utcText } from "../text/utc.ts";
import type { ReadVersions, RecordState } from "./record-state.ts";
import { RecordView } from "./record-view.tsx";
import { changesText, settingsOf } from "./record-words.ts";

const COLUMNS: readonly ListColumn[] = [
  { name: "Version" },
  { name: "Since, UTC" },
  { name: "Signals", kind: "figure" },
  { name: "Changed" },
  { name: "Compare", kind: "cell-actions", isUnseen: true },
];

/** Properties of the panel. */
export interface RecordPanelProps {
  readonly record: RecordState;
  /** Puts a version's code and settings into the editor. */
  readonly onTake: (version: TraderVersion) => void;
}

/** A trader's versions, and what became of the signals of each. */
export function RecordPanel({ record, onTake }: RecordPanelProps): JSX.Element {
  useEffect(() => {
    void record.load();
    return () => record.close();
  }, [record]);
  const phase = record.versions.phase.value;
  const read = lastOf(phase);
  const versions = read?.versions ?? [];
  const chosen = versions.find(({ version }) => version === record.chosen.value) ?? versions[0];
  const other = versions.find(({ version }) => version === record.other.value && version !== chosen?.version);
  return (
    <section class="panel-body record-panel" aria-label="Versions and their records" data-versions={phase.kind}>
      <div class="preview-head">
        <label class="field-inline">
          Fees, %{" "}
          <input
            type="number"
            min={0}
            max={10}
            step="any"
            value={record.feesPercent.value}
            onChange={(event) => record.changeFees(event.currentTarget.valueAsNumber)}
          />
        </label>
        <button type="button" class="button" onClick={() => void record.load()}>
          Read again
        </button>
      </div>
      {phase.kind === "failed" ? (
        <p class="trouble" role="alert">
          The versions couldn't be loaded: {phase.detail}
        </p>
      ) : null}
      {read === undefined ? null : <Versions record={record} read={read} chosen={chosen} />}
      {chosen === undefined ? null : other === undefined ? (
        <Version record={record} version={chosen} onTake={onTake} />
      ) : (
        <CompareFrame
          record={record}
          before={other.version < chosen.version ? other : chosen}
          after={other.version < chosen.version ? chosen : other}
        />
      )}
    </section>
  );
}

function Versions({
  record,
  read: { versions, cursor },
  chosen,
}: {
  record: RecordState;
  read: ReadVersions;
  chosen: TraderVersion | undefined;
}): JSX.Element {
  return (
    <>
      <table class="list small">
        <caption class="unseen">Versions, newest first</caption>
        <ListHead columns={COLUMNS} />
        <tbody>
          {versions.map((one, at) => (
            <Row key={one.version} record={record} version={one} before={versions[at + 1]} chosen={chosen} />
          ))}
        </tbody>
      </table>
      {cursor === null ? null : (
        <button type="button" class="button more" onClick={() => void record.older()}>
          Older
        </button>
      )}
    </>
  );
}

function Row({
  record,
  version,
  before,
  chosen,
}: {
  record: RecordState;
  version: TraderVersion;
  before: TraderVersion | undefined;
  chosen: TraderVersion | undefined;
}): JSX.Element {
  const { version: number, createdAt, signals } = version;
  const isChosen = number === chosen?.version;
  const isCompared = number === record.other.value && !isChosen;
  return (
    <tr class={isChosen || isCompared ? "entry chosen" : "entry"}>
      <th scope="row" class="cell-close">
        <button
          type="button"
          class="link"
          aria-pressed={isChosen}
          onClick={() => {
            record.chosen.value = number;
            record.other.value = undefined;
          }}
        >
          Version {number}
        </button>
      </th>
      <td class="cell-close">{utcText(Math.floor(createdAt / 60_000) * 60_000).replace(" UTC", "")}</td>
      <td class="figure">{signals.toLocaleString("en-US")}</td>
      <td class="facts">{changesText(before, version)}</td>
      <td class="cell-actions">
        {isChosen ? null : (
          <button
            type="button"
            class="button small"
            aria-pressed={isCompared}
            aria-label={`Compare version ${number} with version ${chosen?.version}`}
            onClick={() => {
              record.other.value = isCompared ? undefined : number;
            }}
          >
            Compare
          </button>
        )}
      </td>
    </tr>
  );
}

/** One version: its record, its settings and its code. */
function Version({
  record,
  version,
  onTake,
}: {
  record: RecordState;
  version: TraderVersion;
  onTake: RecordPanelProps["onTake"];
}): JSX.Element {
  return (
    <>
      <div class="apart">
        <h2>Version {version.version}</h2>
        <button type="button" class="button" onClick={() => onTake(version)}>
          Put into the editor
        </button>
      </div>
      <RecordView record={record.recordOf(version.version)} title={`version ${version.version}`} />
      <dl class="settings small">
        {settingsOf(version).map(([name, text]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
      <pre class="diff">{version.code}</pre>
    </>
  );
}

/** What compares codes comes with the first comparison. */
const CompareFrame = laterView(async () => (await import("./version-compare.tsx")).VersionCompare);
