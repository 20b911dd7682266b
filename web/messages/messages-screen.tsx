import type { JSX } from "preact";
import { useEffect, useMemo } from "preact/hooks";
import { Destinations } from "../../src/client/mod.ts";
import { type ListColumn, ListHead } from "../shell/list-head.tsx";
import type { Page } from "../shell/page.ts";
import { routeHash } from "../shell/route.ts";
import { UndoNote } from "../shell/undo-note.tsx";
import { DestinationForm } from "./destination-form.tsx";
import { DestinationRow } from "./destination-row.tsx";
import { MessagesState } from "./messages-state.ts";

const COLUMNS: readonly ListColumn[] = [
  { name: "On", kind: "cell-on" },
  { name: "Destination" },
  { name: "Signals of", kind: "roomy" },
  { name: "Waiting", kind: "figure" },
  { name: "Last message", kind: "figure roomy" },
  { name: "Actions", kind: "cell-actions", isUnseen: true },
];

/** `#/traders/messages`: where signals are sent to. */
export function MessagesScreen({ page }: { page: Page }): JSX.Element {
  const { access, client, clock, traders } = page;
  const state = useMemo(
    () =>
      new MessagesState({
        destinations: new Destinations({ url: location.origin, apiKey: access.credential }),
        clock,
        settings: () => client.pageSettings(),
      }),
    [access, client, clock],
  );
  useEffect(() => {
    const leaving = new AbortController();
    void state.follow(leaving.signal);
    void traders.readOnce();
    const settle = (): void => state.deletion.settle();
    addEventListener("pagehide", settle);
    return () => {
      leaving.abort();
      removeEventListener("pagehide", settle);
      settle();
    };
  }, [state, traders]);
  const deleting = state.deletion.pending.value;
  const rows = state.destinations.value;
  const failure = state.failure.value || state.unread.value;
  return (
    <div class="screen screen-traders">
      <section class="panel messages-panel" aria-label="Messages about signals">
        <div class="panel-head">
          <h2>Messages</h2>
          <a class="button" href={routeHash("traders")}>
            Back to traders
          </a>
        </div>
        <p class="panel-says">
          Each signal is sent to these destinations, also while no page is open. It is sent until the receiver takes it,
          for 24 hours.
        </p>
        <p class={failure === "" ? "unseen" : "trouble"} role="alert">
          {failure}
        </p>
        {rows === undefined ? (
          <p class="screen-note">Loading …</p>
        ) : (
          <div class="panel-body">
            {rows.length === 0 ? null : (
              <table class="list messages">
                <ListHead columns={COLUMNS} />
                <tbody>
                  {rows.map((destination) => (
                    <DestinationRow key={destination.id} destination={destination} page={page} state={state} />
                  ))}
                </tbody>
              </table>
            )}
            <UndoNote
              says={deleting === undefined ? undefined : `“${deleting.name}” is being deleted.`}
              onUndo={() => void state.undo()}
            />
            <DestinationForm page={page} state={state} />
          </div>
        )}
      </section>
    </div>
  );
}
