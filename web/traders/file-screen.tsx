import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useMemo } from "preact/hooks";
import { countOf } from "../../src/core/mod.ts";
import { ListHead } from "../shell/list-head.tsx";
import type { Page } from "../shell/page.ts";
import { routeHash } from "../shell/route.ts";
import { saveFile } from "../shell/save-file.ts";
import { type ClashChoice, type ImportRow, ImportState } from "./import-state.ts";
import { traderFile } from "./trader-file.ts";

/** `#/traders/file`: traders as a file, and from one. */
export function FileScreen({ page }: { page: Page }): JSX.Element {
  const { traders: book, client, market } = page;
  useEffect(() => void book.read(), [book]);
  const state = useMemo(
    () =>
      new ImportState({
        traders: client.traders,
        markets: market.markets,
        existing: () => book.traders.peek(),
        served: () => market.intervals.peek(),
      }),
    [book, client, market],
  );
  return (
    <div class="screen">
      <section class="panel" aria-label="Import and export">
        <div class="panel-head">
          <a class="back" href={routeHash("traders")} aria-label="Back to the list of traders">
            ←
          </a>
          <h2>Import and export traders</h2>
        </div>
        <div class="panel-body trader-file">
          <Export page={page} />
          <Import state={state} onDone={() => void book.read()} />
        </div>
      </section>
    </div>
  );
}

function Export({ page }: { page: Page }): JSX.Element {
  const traders = page.traders.traders.value;
  const left = useSignal<ReadonlySet<string>>(new Set());
  const chosen = traders.filter(({ id }) => !left.value.has(id));
  return (
    <section aria-label="Export">
      <h3>Export</h3>
      <p class="muted small">
        A JSON file with the filters and settings of the chosen traders. Another server can import it. It has no signals
        and no keys.
      </p>
      {traders.length === 0 ? (
        <p class="muted">There are no traders to export.</p>
      ) : (
        <fieldset class="export-choice">
          <legend class="unseen">Traders to export</legend>
          {traders.map(({ id, name }) => (
            <label key={id}>
              <input
                type="checkbox"
                checked={!left.value.has(id)}
                onChange={(event) => {
                  const next = new Set(left.peek());
                  if (event.currentTarget.checked) next.delete(id);
                  else next.add(id);
                  left.value = next;
                }}
              />
              <span>{name}</span>
            </label>
          ))}
        </fieldset>
      )}
      <button
        type="button"
        class="button"
        disabled={chosen.length === 0}
        onClick={() => saveFile("vyx-traders.json", new Blob([traderFile(chosen)], { type: "application/json" }))}
      >
        Export {countOf(chosen.length, "trader")}
      </button>
    </section>
  );
}

function Import({ state, onDone }: { state: ImportState; onDone: () => void }): JSX.Element {
  const { phase, rows, fault, ready, open, switchesOn } = state;
  const wrong = rows.value.filter((row) => row.fault !== "").length;
  return (
    <section aria-label="Import">
      <h3>Import</h3>
      <p class="muted small">Each trader in the file is checked before anything is made.</p>
      <label class="field file-field">
        <span>File of traders</span>
        <input
          type="file"
          accept=".json,application/json"
          disabled={phase.value === "checking" || phase.value === "importing"}
          onChange={async (event) => {
            const [file] = event.currentTarget.files ?? [];
            if (file !== undefined) await state.readFile(file);
          }}
        />
      </label>
      <p class={fault.value === "" ? "small" : "small down"} role="status">
        {fault.value || phaseText(phase.value, rows.value.length, wrong, open.value)}
      </p>
      {rows.value.length === 0 ? null : (
        <>
          <table class="list small">
            <caption class="unseen">Traders of the file</caption>
            <ListHead columns={[{ name: "Trader" }, { name: "Result of the check" }]} />
            <tbody>
              {rows.value.map((row, at) => (
                <tr key={at} class="entry">
                  <th scope="row">{row.title}</th>
                  <td>
                    <Result
                      row={row}
                      isOpen={phase.value === "checked"}
                      onChoose={(choice) => state.choose(at, choice)}
                    />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
          <label class="check-field">
            <input
              type="checkbox"
              checked={switchesOn.value}
              disabled={phase.value !== "checked"}
              onChange={(event) => {
                switchesOn.value = event.currentTarget.checked;
              }}
            />
            <span>Switch on the new traders that are on in the file</span>
          </label>
          <button
            type="button"
            class="button button-main"
            disabled={phase.value !== "checked" || open.value > 0 || ready.value === 0}
            onClick={async () => {
              await state.run();
              onDone();
            }}
          >
            Import {countOf(ready.value, "trader")}
          </button>
        </>
      )}
    </section>
  );
}

function Result({
  row,
  isOpen,
  onChoose,
}: {
  row: ImportRow;
  isOpen: boolean;
  onChoose: (choice: ClashChoice | undefined) => void;
}): JSX.Element {
  if (row.fault !== "") return <span class="down">Can't be imported: {row.fault}</span>;
  if (row.done !== "") return <span>{row.done}</span>;
  if (row.taken === undefined) return <span class="muted">ready</span>;
  return (
    <label class="field-inline">
      The name is taken:{" "}
      <select
        value={row.choice ?? ""}
        disabled={!isOpen}
        aria-label={`There is a trader ${row.title} already`}
        onChange={(event) => onChoose((event.currentTarget.value || undefined) as ClashChoice | undefined)}
      >
        <option value="">choose …</option>
        <option value="both">keep both, with another name</option>
        <option value="replace">replace the one that is there</option>
        <option value="skip">skip this one</option>
      </select>
    </label>
  );
}

function phaseText(phase: ImportState["phase"]["value"], rows: number, wrong: number, open: number): string {
  if (phase === "none") return "";
  if (phase === "checking") return "Checking the file …";
  if (phase === "importing") return "Importing …";
  const faults = wrong === 0 ? "" : `, ${wrong} of them can't be imported`;
  if (phase === "done") return `Done: ${countOf(rows, "trader")} in the file${faults}.`;
  const asked = open === 0 ? "" : ` Choose what to do with ${countOf(open, "name")} that you have already.`;
  return `${countOf(rows, "trader")} in the file${faults}.${asked}`;
}
