import type { JSX } from "preact";
import { countOf } from "../../src/core/mod.ts";
import type { Delivery, Destination } from "../../src/wire/mod.ts";
import type { Page } from "../shell/page.ts";
import { ageText } from "../text/age.ts";
import { offsetMinutes } from "../text/time-zone.ts";
import { utcText } from "../text/utc.ts";
import { CodeForm } from "./code-form.tsx";
import { deliveryText } from "./delivery-text.ts";
import { KINDS } from "./destination-form.tsx";
import type { MessagesState } from "./messages-state.ts";
import { quietText } from "./quiet-time.ts";
import { Secret } from "./secret.tsx";

interface RowProps {
  readonly destination: Destination;
  readonly page: Page;
  readonly state: MessagesState;
}

/** One destination: where it leads, whether it is on, how its messages fare, and what can be done with it. */
export function DestinationRow({ destination, page, state }: RowProps): JSX.Element {
  const { id, name, kind, shown, enabled, confirmed, waiting, lastDeliveredAt, failingSince, lastError } = destination;
  const now = page.market.now.value;
  const note = state.note.value;
  const secret = state.secrets.value.get(id);
  const opened = state.opened.value;
  const isOpen = opened?.id === id;
  return (
    <>
      <tr class="entry">
        <td class="cell-on">
          <button
            type="button"
            role="switch"
            class="switch"
            aria-checked={enabled}
            aria-label={`${name} is on`}
            onClick={() => void state.enable(id, !enabled)}
          />
        </td>
        <th scope="row">
          {name}
          <p class="muted small">
            {KINDS[kind]}, {shown}
            {rulesText(destination, offsetMinutes(now, "local"))}
            {waiting > 0 ? <span class="amber">{waitText(destination)}</span> : null}
            {lastError === null ? null : (
              <span class="down">
                , {failingSince === null ? "" : `failing for ${ageText(now - failingSince)}: `}
                {lastError}
              </span>
            )}
          </p>
          {secret === undefined ? null : <Secret name={name} secret={secret} onDone={() => state.putAway(id)} />}
          {note?.id === id ? (
            <p class={note.kind === "good" ? "small up" : "small down"} role="status">
              {note.text}
            </p>
          ) : null}
          {confirmed ? null : <CodeForm destination={destination} state={state} />}
        </th>
        <td class="roomy">{tradersText(destination, page)}</td>
        <td class={waiting > 0 ? "figure amber" : "figure"}>{waiting}</td>
        <td class="figure roomy">{lastDeliveredAt === null ? "–" : `${ageText(now - lastDeliveredAt)} ago`}</td>
        <td class="cell-actions">
          <button
            type="button"
            class="button small"
            aria-expanded={isOpen}
            aria-label={`Messages to ${name}`}
            onClick={() => void state.open(id)}
          >
            Messages
          </button>
          <button
            type="button"
            class="button small"
            aria-label={`Change ${name}`}
            onClick={() => {
              state.editing.value = destination;
            }}
          >
            Change
          </button>
          {confirmed ? (
            <button type="button" class="button small" aria-label={`Test ${name}`} onClick={() => void state.test(id)}>
              Test
            </button>
          ) : null}
          <button
            type="button"
            class="button small"
            aria-label={`Delete ${name}`}
            onClick={() => state.delete(destination)}
          >
            Delete
          </button>
        </td>
      </tr>
      {isOpen ? (
        <tr>
          <td />
          <td colSpan={5}>
            <Deliveries destination={destination} deliveries={opened.deliveries} state={state} />
          </td>
        </tr>
      ) : null}
    </>
  );
}

/** Rules that differ from those of a new destination. */
function rulesText({ quiet, onChange, priceAlerts, maxPerHour }: Destination, aheadMinutes: number): string {
  return [
    quiet === null ? "" : `, quiet from ${quietText(quiet, aheadMinutes)}`,
    onChange ? ", changes only" : "",
    priceAlerts ? "" : ", no price alerts",
    `, ${maxPerHour} an hour at most`,
  ].join("");
}

/** What waiting signals wait for. */
function waitText({ waitsFor, nextTryAt }: Destination): string {
  if (waitsFor === null || nextTryAt === null) return "";
  const until = utcText(nextTryAt);
  if (waitsFor === "quiet") return `, waits until quiet hours are over, ${until}`;
  return waitsFor === "hour" ? `, waits: this hour's messages are out, next ${until}` : `, next try ${until}`;
}

interface DeliveriesProps {
  readonly destination: Destination;
  readonly deliveries: readonly Delivery[];
  readonly state: MessagesState;
}

function Deliveries({ destination, deliveries, state }: DeliveriesProps): JSX.Element {
  if (deliveries.length === 0) return <p class="muted small">Nothing was sent in the last seven days.</p>;
  return (
    <ul class="deliveries small">
      {deliveries.map((one) => (
        <li key={one.id}>
          {utcText(one.createdAt)}: {deliveryText(one)}
          {one.state === "dead" ? (
            <button
              type="button"
              class="button small"
              aria-label={`Send again: delivery ${one.id} to ${destination.name}`}
              onClick={() => void state.again(destination.id, one.id)}
            >
              Send again
            </button>
          ) : null}
        </li>
      ))}
    </ul>
  );
}

function tradersText({ traders: ids }: Destination, { traders: book }: Page): string {
  if (ids === null) return "all traders";
  return ids.length === 1 ? (book.get(ids[0] as string)?.name ?? "1 trader") : countOf(ids.length, "trader");
}
