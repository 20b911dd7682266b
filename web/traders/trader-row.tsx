import type { JSX } from "preact";
import { countOf, MARKET_NAMES } from "../../src/core/mod.ts";
import type { Destination, Execution, ListedTrader } from "../../src/wire/mod.ts";
import { SentTo } from "../messages/sent-to.tsx";
import type { Page } from "../shell/page.ts";
import { routeHash } from "../shell/route.ts";
import { ageText } from "../text/age.ts";
import { utcText } from "../text/utc.ts";
import { troubleOf } from "./trouble-words.ts";

/** What a row shows. */
export interface TraderRowProps {
  readonly trader: ListedTrader;
  readonly page: Page;
  /** The caller's. */
  readonly destinations: readonly Destination[];
}

/** One trader: what it is, whether it is on, how its last run went, and what can be done with it. */
export function TraderRow({ trader, page, destinations }: TraderRowProps): JSX.Element {
  const { id, name, enabled, triggerInterval, market: watched, symbols, lastExecution: last, signals } = trader;
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
        </p>
        {last === null ? null : (
          <p class="muted small narrow">
            ran <PastRuns trader={trader} last={last} now={market.now.value} />,{" "}
            {countOf(last.matches, "match", "matches")}
          </p>
        )}
        <SentTo trader={id} all={destinations} />
        <Trouble trader={trader} />
      </th>
      <td class="figure roomy" title={last === null ? undefined : `the close at ${utcText(last.closeTime + 1)}`}>
        {last === null ? "–" : <PastRuns trader={trader} last={last} now={market.now.value} />}
      </td>
      <td class="figure roomy">{last?.symbolsChecked ?? "–"}</td>
      <td class="figure roomy">{last?.matches ?? "–"}</td>
      <Errors last={last} />
      <td class="figure">{signals?.today.toLocaleString("en-US") ?? "–"}</td>
      <td class="figure roomy">{signals?.total.toLocaleString("en-US") ?? "–"}</td>
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

/** When it ran last; leads to its past runs. */
function PastRuns({ trader, last, now }: { trader: ListedTrader; last: Execution; now: number }): JSX.Element {
  return (
    <a href={routeHash("traders", [trader.id], { side: "runs" })}>
      {ageText(now - last.finishedAt)} ago<span class="unseen">, past runs of {trader.name}</span>
    </a>
  );
}

/** Why the trader can't run, or why its last run failed or left symbols out, with the way to the line of its code. */
function Trouble({ trader }: { trader: ListedTrader }): JSX.Element | null {
  const trouble = troubleOf(trader);
  if (trouble === undefined) return null;
  const { text, isFailure, place } = trouble;
  return (
    <p class={isFailure ? "small down trader-trouble" : "muted small trader-trouble"}>
      {text}
      {place === undefined ? null : (
        <>
          {" "}
          <a href={routeHash("traders", [trader.id], { line: `${place[0]}`, column: `${place[1]}` })}>
            Line {place[0]}
          </a>
        </>
      )}
    </p>
  );
}

function Errors({ last }: { last: Execution | null }): JSX.Element {
  if (last === null) return <td class="figure roomy">–</td>;
  return <td class={last.errors > 0 ? "figure roomy down" : "figure roomy"}>{last.errors}</td>;
}
