import { useComputed } from "@preact/signals";
import type { JSX } from "preact";
import { conditionText } from "../../src/alerts/mod.ts";
import type { PriceAlert } from "../../src/wire/mod.ts";
import { chartHash } from "../chart/chart-route.ts";
import type { Page } from "../shell/page.ts";
import { percentText } from "../text/percent.ts";
import { priceText } from "../text/price.ts";
import type { AlertBook } from "./alert-book.ts";
import { draftOf } from "./alert-draft.ts";
import { distanceOf } from "./alert-level.ts";

interface RowProps {
  readonly alert: PriceAlert;
  readonly page: Page;
  readonly book: AlertBook;
}

/** One alert: what it waits for, how far the price is from it, and what can be done with it. */
export function AlertRow({ alert, page, book }: RowProps): JSX.Element {
  const { id, symbol, state, note, lastEvent, fires } = alert;
  const { market, timeZone } = page;
  const words = conditionText(alert.condition);
  const name = `${symbol} ${words}`;
  const isActive = state === "active";
  const price = useComputed(() =>
    market.rows.count.value > 0 ? market.rows.get(symbol)?.ticker.value.price : undefined,
  );
  const now = market.timeOf(symbol);
  const distance = isActive ? distanceOf(alert.condition, price.value, now) : undefined;
  return (
    <tr class="entry" data-state={state}>
      <td class="cell-on">
        <button
          type="button"
          role="switch"
          class="switch"
          aria-checked={isActive}
          aria-label={`${name}: is watched`}
          onClick={() => void book.change(id, { active: !isActive })}
        />
      </td>
      <th scope="row">
        <a href={chartHash({ symbol, interval: market.chosen.value?.interval ?? "5m" })}>{name}</a>
        <p class="muted small">
          <StateWords alert={alert} page={page} />
          {note === "" ? null : <>, “{note}”</>}
        </p>
        {lastEvent === null ? null : <p class="muted small narrow">Last fired {timeZone.text(lastEvent.at)}</p>}
      </th>
      <td class="figure">
        {price.value === undefined ? "–" : priceText(price.value, market.decimals(symbol, price.value))}
      </td>
      <td class="figure">{distance === undefined ? "–" : percentText(distance)}</td>
      <td class="figure roomy">
        {lastEvent === null ? (
          "–"
        ) : (
          <a
            href={chartHash({ symbol: lastEvent.symbol, interval: "1m" }, lastEvent.openTime)}
            title={`Fired ${fires} times`}
          >
            {timeZone.text(lastEvent.at)}
          </a>
        )}
      </td>
      <td class="cell-actions">
        <button
          type="button"
          class="button small"
          aria-label={`Change ${name}`}
          onClick={() => {
            page.priceAlerts.asked.value = { draft: draftOf(alert), id };
          }}
        >
          Change
        </button>
        <button type="button" class="button small" aria-label={`Delete ${name}`} onClick={() => book.delete(alert)}>
          Delete
        </button>
      </td>
    </tr>
  );
}

/** Where an alert stands, and how it goes on. */
function StateWords({ alert, page }: Omit<RowProps, "book">): JSX.Element {
  const { state, problem, again, expiresAt } = alert;
  const until = expiresAt === null ? "" : `, until ${page.timeZone.text(expiresAt)}`;
  switch (state) {
    case "active":
      if (problem !== null) return <span class="amber">{problem}</span>;
      return (
        <>{again === null ? `watched, fires once${until}` : `watched, fires again after ${again} minutes${until}`}</>
      );
    case "fired":
      return <span class="amber">fired</span>;
    case "expired":
      return <>expired</>;
    case "failed":
      return <span class="down">{problem ?? "it can't be watched any more"}</span>;
    case "off":
      return <>off</>;
  }
}
