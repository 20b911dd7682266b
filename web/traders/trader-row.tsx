import type { JSX } from "preact";
import { countOf, MARKET_NAMES } from "../../src/core/mod.ts";
import type { Execution, ListedTrader } from "../../src/wire/mod.ts";
import type { Page } from "../shell/page.ts";
import { routeHash } from "../shell/route.ts";
import { ageText } from "../text/age.ts";
import { utcText } from "../text/utc.ts";

/** One trader: what it is, whether it is on, how its last run went, and what can be done with it. */
export function TraderRow({ trader, page }: { trader: ListedTrader; page: Page }): JSX.Element {
  const { id, name, enabled, triggerInterval, market: watched, symbols, problem, lastExecution: last } = trader;
  const { traders: book, market } = page;
  const of = market.markets.length < 2 ? "" : ` of ${MARKET_NAMES[watched]}`;
  const which =
    symbols === null
      ? `all symbols${of}`
      : symbols.length === 1
        ? symbols[0]
        : `${countOf(symbols.length, "symbol")}${of}`;
  return (
    <tr class="entry">
      <td class="cell-on">
        <button
          type="button"
          role="switch"
          class="switch"
          aria-checked={enabled}
          aria-label={`${name} is on`}
          onClick={() => void book.enable(id, !enabled)}
        />
      </td>
      <th scope="row">
        <a href={routeHash("traders", [id])}>{name}</a>
        <p class="muted small">
          at each {triggerInterval} close, {which}
          <Trouble problem={problem} last={last} />
        </p>
      </th>
      <td class="figure" title={last === null ? undefined : `the close at ${utcText(last.closeTime + 1)}`}>
        {last === null ? "–" : `${ageText(market.now.value - last.finishedAt)} ago`}
      </td>
      <td class="figure roomy">{last?.symbolsChecked ?? "–"}</td>
      <td class="figure">{last?.matches ?? "–"}</td>
      <td class="figure roomy">{last?.signals ?? "–"}</td>
      <Errors last={last} />
      <td class="cell-actions">
        <a class="button small" href={routeHash("signals", [], { trader: id })} aria-label={`Signals of ${name}`}>
          Signals
        </a>
        <a
          class="button small"
          href={routeHash("traders", [id], { side: "record" })}
          aria-label={`Record of ${name}, and its versions`}
        >
          Record
        </a>
        <button type="button" class="button small" aria-label={`Clone ${name}`} onClick={() => void book.clone(id)}>
          Clone
        </button>
        <button type="button" class="button small" aria-label={`Delete ${name}`} onClick={() => book.delete(id)}>
          Delete
        </button>
      </td>
    </tr>
  );
}

/** Why the trader can't run, or why its last run failed or left symbols out. */
function Trouble({ problem, last }: Pick<ListedTrader, "problem"> & { last: Execution | null }): JSX.Element | null {
  if (problem !== null) return <span class="down">, can't run: {problem}</span>;
  if (last?.status === "failed") return <span class="down">, failed: {last.error}</span>;
  if (last === null || last.skipped === 0 || last.errors > 0 || last.error === null) return null;
  return (
    <span>
      , {last.skipped} skipped: {last.error}
    </span>
  );
}

function Errors({ last }: { last: Execution | null }): JSX.Element {
  if (last === null) return <td class="figure">–</td>;
  return (
    <td class={last.errors > 0 ? "figure down" : "figure"} title={last.error ?? undefined}>
      {last.errors}
    </td>
  );
}
