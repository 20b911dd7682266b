import { type ReadonlySignal, useComputed, useSignal, useSignalEffect } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { countOf } from "../../src/core/mod.ts";
import type { ListedSignal, Signal } from "../../src/wire/mod.ts";
import type { Page } from "../shell/page.ts";
import { routeHash } from "../shell/route.ts";
import { useShortcuts } from "../shell/shortcuts.ts";
import { WhyFrame } from "../why/why-frame.tsx";
import type { WhyQuestion } from "../why/why-question.ts";
import { ChosenColumns } from "./chosen-columns.ts";
import { ColumnsMenu } from "./columns-menu.tsx";
import { exportSignals } from "./export-signals.ts";
import { type FactOrder, factColumns, factKeys, inOrder, nextOrder } from "./fact-columns.ts";
import { followOutcomes } from "./follow-outcomes.ts";
import { percentSince } from "./price-since.ts";
import { searchParts } from "./search-parts.ts";
import { SignalList } from "./signal-list.ts";
import { SignalRow } from "./signal-row.tsx";
import { SINCE, SignalsHead } from "./signals-head.tsx";

/** Characters of each part of the address that are read: the server takes no longer search. */
const MOST_CHARACTERS = 200;

/** A search begins when nothing was typed for so long, in milliseconds. */
const SEARCH_AFTER_MS = 250;

/** `#/signals?trader={id}&symbol={symbol}&search={part of a name}`: what traders found, newest first, live. */
export function SignalsScreen({ page }: { page: Page }): JSX.Element {
  const { router, client, clock, signals, traders, market } = page;
  const filter = useComputed(() => queryOf(router.route.value.query));
  const { traderId, symbol } = filter.value;
  const parts = useComputed(() => searchParts(filter.value.search ?? "", market.namedAssets())).value;
  const asked = parts.join(",");
  const list = useMemo(() => {
    const nameOf = (id: string): string => traders.get(id)?.name ?? "";
    const meant = { traderId, symbol, search: parts.length === 0 ? undefined : parts };
    return new SignalList({ client, feed: signals, filter: meant, nameOf });
  }, [client, signals, traders, traderId, symbol, asked]);
  useEffect(() => {
    const leaving = new AbortController();
    void followOutcomes(list, clock, leaving.signal);
    return () => {
      leaving.abort();
      list.close();
    };
  }, [list, clock]);
  useEffect(() => {
    const leaving = new AbortController();
    void traders.follow(leaving.signal);
    return () => leaving.abort();
  }, [traders]);
  useSignalEffect(() => {
    // A list that couldn't be read is read again when the connection is back.
    if (market.connection.value.kind === "connected" && list.state.peek().kind === "failed") void list.load();
  });
  const why = useSignal<WhyQuestion | undefined>(undefined);
  const ask = ({ symbol, interval, closeTime, traderId: id, traderVersion: version }: Signal): void => {
    why.value = { symbol, interval, closeTime, filter: { kind: "trader", id, version } };
  };
  const loaded = list.rows.value;
  const state = list.state.value;
  const chosen = useMemo(() => new ChosenColumns(page.storage), [page]);
  const keys = factKeys(loaded);
  const columns = factColumns(keys, chosen.of(traderId), traderId !== undefined);
  const order = useSignal<FactOrder | undefined>(undefined);
  const sorting = order.value !== undefined && [SINCE, ...columns].includes(order.value.key) ? order.value : undefined;
  const rows = sorting === undefined ? loaded : sortedRows(loaded, sorting, market);
  /** The shortcut is taken at the first drawing, and the list may be another one by then. */
  const current = useRef(() => {});
  const exported = (): void => exportSignals(list.rows.peek(), (id) => traders.get(id)?.name ?? id);
  current.current = exported;
  useShortcuts(page, {
    name: "Signals",
    shortcuts: [
      { keys: ["s"], says: "switch the sound on or off", run: () => page.alerts.switchSound() },
      { keys: ["e"], says: "export the list as CSV", run: () => current.current() },
    ],
  });
  return (
    <div class="screen screen-signals">
      <section class="panel" aria-label="Signals">
        <div class="panel-head">
          <h2>Signals</h2>
          <Filters page={page} filter={filter} />
          <div class="panel-tools">
            <ColumnsMenu keys={keys} columns={columns} onChoose={(next) => chosen.choose(traderId, next)} />
            <Alerts page={page} />
            {page.runsTraders ? (
              <a class="button" href={routeHash("signals", ["alerts"])}>
                Price alerts
              </a>
            ) : null}
            <button type="button" class="button" disabled={rows.length === 0} onClick={exported}>
              Export CSV
            </button>
          </div>
        </div>
        <Trouble page={page} detail={state.kind === "failed" ? state.detail : ""} />
        {rows.length === 0 ? (
          <p class="screen-note">{emptyText(state.kind, filter.value)}</p>
        ) : (
          <div class="panel-body">
            <table class="list signals">
              <SignalsHead
                columns={columns}
                order={sorting}
                onSort={(key) => {
                  order.value = nextOrder(order.value, key);
                }}
              />
              <tbody>
                {rows.map((one) => (
                  <SignalRow key={one.id} signal={one} page={page} columns={columns} onWhy={ask} />
                ))}
              </tbody>
            </table>
            {sorting !== undefined ? (
              <p class="muted small more">Sorted among the {countOf(rows.length, "loaded signal")}.</p>
            ) : null}
            {list.hasOlder.value ? (
              <button type="button" class="button more" onClick={() => void list.older()}>
                Older
              </button>
            ) : null}
          </div>
        )}
        <NewSignals list={list} />
      </section>
      <WhyFrame page={page} question={why} />
    </div>
  );
}

function Filters({ page, filter }: { page: Page; filter: ReadonlySignal<SignalsQuery> }): JSX.Element {
  const { router, traders, market } = page;
  const { traderId, symbol, search } = filter.value;
  const text = useSignal(symbol ?? search ?? "");
  const waiting = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const stopWaiting = (): void => {
    clearTimeout(waiting.current);
    waiting.current = undefined;
  };
  useEffect(() => stopWaiting, []);
  const named = symbol ?? search ?? "";
  useEffect(() => {
    // Another address came, from a link for example, and not what is being typed here.
    const isTyped = waiting.current !== undefined || text.peek().trim().toUpperCase() === named.toUpperCase();
    if (!isTyped) text.value = named;
  }, [named, text]);
  const go = (next: SignalsQuery): void => {
    stopWaiting();
    router.replace(
      routeHash("signals", [], {
        ...(next.traderId === undefined ? {} : { trader: next.traderId }),
        ...(next.symbol === undefined ? {} : { symbol: next.symbol }),
        ...(next.search === undefined ? {} : { search: next.search }),
      }),
    );
  };
  /** A whole symbol is meant as one; anything else is a part of a name. */
  const look = (traderId: string | undefined): void => {
    const typed = text.peek().trim();
    const name = typed.toUpperCase();
    if (typed === "") go({ traderId });
    else go(market.info(name) === undefined ? { traderId, search: typed } : { traderId, symbol: name });
  };
  return (
    <search class="filters">
      <select
        aria-label="Trader"
        value={traderId ?? ""}
        onChange={(event) => look(event.currentTarget.value || undefined)}
      >
        <option value="">All traders</option>
        {traderId !== undefined && traders.get(traderId) === undefined ? (
          <option value={traderId}>Selected trader</option>
        ) : null}
        {traders.traders.value.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </select>
      <input
        type="search"
        class="signals-search"
        aria-label="Symbol, asset or trader"
        placeholder="Symbol, asset or trader"
        maxLength={60}
        value={text.value}
        onInput={(event) => {
          text.value = event.currentTarget.value;
          stopWaiting();
          waiting.current = setTimeout(() => look(traderId), SEARCH_AFTER_MS);
        }}
        onKeyDown={(event) => {
          if (event.key === "Enter") look(traderId);
        }}
      />
    </search>
  );
}

function Alerts({ page }: { page: Page }): JSX.Element {
  const { alerts } = page;
  return (
    <>
      <button type="button" class="button" aria-pressed={alerts.sound.value} onClick={() => alerts.switchSound()}>
        Sound
      </button>
      <button
        type="button"
        class="button"
        aria-pressed={alerts.notifications.value}
        onClick={() => void alerts.switchNotifications()}
      >
        Notify
      </button>
    </>
  );
}

function Trouble({ page, detail }: { page: Page; detail: string }): JSX.Element | null {
  const failure = page.signals.failure.value;
  const { note } = page.alerts;
  const text =
    (detail === "" ? "" : `The signals couldn't be loaded: ${detail}`) ||
    (failure === "" ? "" : `No live signals: ${failure}`);
  return (
    <>
      {text === "" ? null : (
        <p class="trouble" role="alert">
          {text}
        </p>
      )}
      {note.value === "" ? null : (
        <p class="trouble" role="alert">
          {note.value}
          <button
            type="button"
            class="link"
            onClick={() => {
              note.value = "";
            }}
          >
            Dismiss
          </button>
        </p>
      )}
    </>
  );
}

/** Read aloud: how many have come since the screen was opened. */
function NewSignals({ list }: { list: SignalList }): JSX.Element {
  const newest = list.rows.value[0];
  return (
    <p class="unseen" role="status">
      {newest === undefined ? "" : `Newest: ${newest.symbol}, ${newest.interval}`}
    </p>
  );
}

/** What the address asks for. */
interface SignalsQuery {
  readonly traderId?: string | undefined;
  readonly symbol?: string | undefined;
  /** A part of a symbol's, an asset's or a trader's name, as it was typed. */
  readonly search?: string | undefined;
}

function queryOf({ trader, symbol, search }: Readonly<Record<string, string>>): SignalsQuery {
  return {
    traderId: trader?.slice(0, MOST_CHARACTERS),
    symbol: symbol?.toUpperCase().slice(0, MOST_CHARACTERS),
    search: search?.slice(0, MOST_CHARACTERS),
  };
}

/** The loaded rows in the order of a fact, or of the price since then as it is now. */
function sortedRows(
  rows: readonly ListedSignal[],
  { key, isDescending }: FactOrder,
  { rows: tickers }: Page["market"],
): readonly ListedSignal[] {
  if (key !== SINCE) return inOrder(rows, ({ facts }) => facts[key], isDescending);
  const since = ({ symbol, price }: ListedSignal) => percentSince(price, tickers.get(symbol)?.ticker.peek().price);
  return inOrder(rows, since, isDescending);
}

function emptyText(kind: "loading" | "ready" | "failed", { traderId, symbol, search }: SignalsQuery): string {
  if (kind === "loading") return "Loading …";
  if (kind === "failed") return "";
  if (search !== undefined) return `No signals of a symbol, asset or trader with “${search}” in its name.`;
  if (traderId !== undefined || symbol !== undefined) return "No signals match.";
  return "No signals yet. Each trader that is on stores a signal for each match.";
}
