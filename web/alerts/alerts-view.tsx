import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { conditionText, eventDetails, eventTitle } from "../../src/alerts/mod.ts";
import type { AlertEvent } from "../../src/wire/mod.ts";
import { chartHash } from "../chart/chart-route.ts";
import type { Page } from "../shell/page.ts";
import { UndoNote } from "../shell/undo-note.tsx";
import type { AlertBook } from "./alert-book.ts";
import { AlertDialog } from "./alert-dialog.tsx";

/** The dialog about a price alert, while somebody is asked, and what fired while the page is open. */
export function AlertsView({ page }: { page: Page }): JSX.Element | null {
  const { priceAlerts, router } = page;
  const book = priceAlerts.book.value;
  const asked = priceAlerts.asked.value;
  useEffect(() => {
    priceAlerts.load().catch(() => {
      router.notice.value = "Price alerts couldn't be loaded. Reload the page.";
    });
  }, [priceAlerts, router]);
  if (book === undefined) return null;
  const deleting = book.deletion.pending.value;
  return (
    <>
      {asked === undefined ? null : (
        <AlertDialog
          page={page}
          book={book}
          asked={asked}
          onClose={() => {
            priceAlerts.asked.value = undefined;
          }}
        />
      )}
      <div class="fired-alerts">
        <UndoNote
          says={
            deleting === undefined
              ? undefined
              : `The alert “${deleting.symbol} ${conditionText(deleting.condition)}” is being deleted.`
          }
          onUndo={() => book.undo()}
        />
        <FiredAlerts book={book} />
      </div>
    </>
  );
}

/** What fired, until it is closed. It is read out as it comes. */
function FiredAlerts({ book }: { book: AlertBook }): JSX.Element {
  const fired = book.fired.value;
  return (
    <div class="fired-list" role="status" aria-label="Price alerts that fired">
      {fired.map((event) => (
        <FiredAlert key={event.id} event={event} onClose={() => book.close(event.id)} />
      ))}
    </div>
  );
}

function FiredAlert({ event, onClose }: { event: AlertEvent; onClose: () => void }): JSX.Element {
  const title = eventTitle(event);
  return (
    <div class="fired-alert">
      <p>
        <a href={chartHash({ symbol: event.symbol, interval: "1m" }, event.openTime)}>{title}</a>
        <span class="muted small">{eventDetails(event)}</span>
        {event.note === "" ? null : <span class="small">{event.note}</span>}
      </p>
      <button type="button" class="icon-button" aria-label={`Close: ${title}`} onClick={onClose}>
        <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
          <path d="M4 4l8 8M12 4l-8 8" fill="none" stroke="currentColor" stroke-width="1.5" />
        </svg>
      </button>
    </div>
  );
}
