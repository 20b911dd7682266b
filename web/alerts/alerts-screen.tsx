import type { JSX } from "preact";
import { useCallback, useEffect } from "preact/hooks";
import { type ListColumn, ListHead } from "../shell/list-head.tsx";
import type { Page } from "../shell/page.ts";
import { routeHash } from "../shell/route.ts";
import { useLater } from "../shell/use-later.ts";
import type { AlertBook } from "./alert-book.ts";
import { draftFor } from "./alert-draft.ts";
import { AlertRow } from "./alert-row.tsx";

const COLUMNS: readonly ListColumn[] = [
  { name: "On", kind: "cell-on" },
  { name: "Alert" },
  { name: "Price", kind: "figure" },
  { name: "Distance", kind: "figure" },
  { name: "Last fired", kind: "figure roomy" },
  { name: "Actions", kind: "cell-actions", isUnseen: true },
];

/** `#/signals/alerts`: the price alerts, newest first. */
export function AlertsScreen({ page }: { page: Page }): JSX.Element {
  const { priceAlerts, market } = page;
  const book = priceAlerts.book.value;
  const later = useLater(useCallback(() => priceAlerts.load(), [priceAlerts])).value;
  useEffect(() => void book?.read(), [book]);
  const note = later !== undefined && "missing" in later ? later.missing : "Loading …";
  const add = (): void => {
    priceAlerts.asked.value = { draft: draftFor(market.chosen.peek()?.symbol ?? "") };
  };
  return (
    <div class="screen screen-signals">
      <section class="panel alerts-panel" aria-label="Price alerts">
        <div class="panel-head">
          <h2>Price alerts</h2>
          <a class="button" href={routeHash("signals")}>
            Back to signals
          </a>
          <div class="panel-tools">
            <a class="button" href={routeHash("traders", ["messages"])}>
              Messages
            </a>
            <button type="button" class="button button-main" onClick={add}>
              New alert
            </button>
          </div>
        </div>
        {book === undefined ? <p class="screen-note">{note}</p> : <Alerts page={page} book={book} />}
      </section>
    </div>
  );
}

function Alerts({ page, book }: { page: Page; book: AlertBook }): JSX.Element {
  const alerts = book.alerts.value;
  // While the dialog is open, its own failure is said there.
  const failure = (page.priceAlerts.asked.value === undefined ? book.failure.value : "") || book.unread.value;
  return (
    <>
      <p class={failure === "" ? "unseen" : "trouble"} role="alert">
        {failure}
      </p>
      {alerts === undefined ? (
        <p class="screen-note">
          {failure === "" ? "Loading …" : "The alerts couldn't be read. They are asked for again."}
        </p>
      ) : alerts.length === 0 ? (
        <p class="screen-note">
          No alerts yet. Press <b>New alert</b>, or right-click a price or a line on the chart.
        </p>
      ) : (
        <div class="panel-body">
          <table class="list alerts">
            <ListHead columns={COLUMNS} />
            <tbody>
              {alerts.map((alert) => (
                <AlertRow key={alert.id} alert={alert} page={page} book={book} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </>
  );
}
