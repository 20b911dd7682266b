import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { WORKED_FILTERS } from "../../src/strategy/mod.ts";
import { useDestinations } from "../messages/sent-to.tsx";
import { type ListColumn, ListHead } from "../shell/list-head.tsx";
import type { Page } from "../shell/page.ts";
import { routeHash } from "../shell/route.ts";
import { useShortcuts } from "../shell/shortcuts.ts";
import { UndoNote } from "../shell/undo-note.tsx";
import { TraderRow } from "./trader-row.tsx";

const COLUMNS: readonly ListColumn[] = [
  { name: "On", kind: "cell-on" },
  { name: "Trader" },
  { name: "Last run", kind: "figure roomy" },
  { name: "Checked", kind: "figure roomy" },
  { name: "Matches", kind: "figure roomy" },
  { name: "Errors", kind: "figure roomy" },
  { name: "Signals today", kind: "figure" },
  { name: "In all", kind: "figure roomy" },
  { name: "Actions", kind: "cell-actions", isUnseen: true },
];

/** All traders of the caller, each with how its last run went. */
export function TraderList({ page }: { page: Page }): JSX.Element {
  const { traders: book } = page;
  useEffect(() => {
    const leaving = new AbortController();
    void book.follow(leaving.signal);
    return () => leaving.abort();
  }, [book]);
  useShortcuts(page, {
    name: "Traders",
    shortcuts: [
      { keys: ["n"], says: "new trader", run: () => page.router.go(routeHash("traders", ["new"])) },
      { keys: ["u"], says: "undo a deletion", run: () => book.undo() },
    ],
  });
  const destinations = useDestinations(page).value;
  const traders = book.traders.value;
  const state = book.state.value;
  const deleting = book.deletion.pending.value;
  return (
    <div class="screen screen-traders">
      <section class="panel" aria-label="Traders">
        <div class="panel-head">
          <h2>Traders</h2>
          <span class="panel-count">{state.kind === "ready" ? countText(traders) : ""}</span>
          {page.runsTraders ? (
            <a class="button" href={routeHash("traders", ["messages"])}>
              Messages
            </a>
          ) : null}
          <a class="button" href={routeHash("traders", ["file"])}>
            Import / export
          </a>
          <a class="button button-main" href={routeHash("traders", ["new"])}>
            New trader
          </a>
        </div>
        <Trouble page={page} />
        {traders.length > 0 ? (
          <div class="panel-body">
            <table class="list traders">
              <ListHead columns={COLUMNS} />
              <tbody>
                {traders.map((trader) => (
                  <TraderRow key={trader.id} trader={trader} page={page} destinations={destinations} />
                ))}
              </tbody>
            </table>
          </div>
        ) : (
          <NoTraders state={state.kind} />
        )}
        <UndoNote
          says={deleting === undefined ? undefined : `“${deleting.name}” and its signals are being deleted.`}
          onUndo={() => book.undo()}
        />
      </section>
    </div>
  );
}

/** The error of the last request. */
function Trouble({ page }: { page: Page }): JSX.Element | null {
  const state = page.traders.state.value;
  const text =
    page.traders.failure.value || (state.kind === "failed" ? `The traders couldn't be loaded: ${state.detail}` : "");
  return text === "" ? null : (
    <p class="trouble" role="alert">
      {text}
    </p>
  );
}

function NoTraders({ state }: { state: "loading" | "ready" | "failed" }): JSX.Element | null {
  if (state === "loading") return <p class="screen-note">Loading …</p>;
  if (state === "failed") return <div class="panel-body" />;
  return (
    <div class="empty">
      <p>
        A trader runs a filter at every close of an interval and stores each match as a signal. There are no traders
        yet. Start with one of these:
      </p>
      <ul class="templates">
        {WORKED_FILTERS.map(({ title, timeframes }) => (
          <li key={title}>
            <a href={routeHash("traders", ["new"], { template: title })}>{title}</a>
            <span class="muted"> {timeframes.join(" ")}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}

function countText(traders: readonly { readonly enabled: boolean }[]): string {
  return traders.length === 0 ? "" : `${traders.filter(({ enabled }) => enabled).length} of ${traders.length} on`;
}
