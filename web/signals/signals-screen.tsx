import { type ReadonlySignal, useComputed, useSignal, useSignalEffect } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useMemo, useRef } from "preact/hooks";
import type { Signal } from "../../src/wire/mod.ts";
import { type ListColumn, ListHead } from "../shell/list-head.tsx";
import type { Page } from "../shell/page.ts";
import { routeHash } from "../shell/route.ts";
import { useShortcuts } from "../shell/shortcuts.ts";
import { WhyFrame } from "../why/why-frame.tsx";
import type { WhyQuestion } from "../why/why-question.ts";
import { exportSignals } from "./export-signals.ts";
import { followOutcomes } from "./follow-outcomes.ts";
import { HORIZONS } from "./outcome-words.ts";
import { type SignalFilter, SignalList } from "./signal-list.ts";
import { SignalRow } from "./signal-row.tsx";

const COLUMNS: readonly ListColumn[] = [
  { name: "Close, UTC" },
  { name: "Symbol" },
  { name: "Interval", kind: "roomy" },
  { name: "Trader" },
  { name: "Price", kind: "figure" },
  ...HORIZONS.map((horizon) => ({ name: `After ${horizon}`, kind: "figure roomy" })),
  { name: "Facts", kind: "roomy" },
  { name: "Why?", kind: "cell-actions", isUnseen: true },
];

/** `#/signals?trader={id}&symbol={symbol}`: what traders found, newest first, live. */
export function SignalsScreen({ page }: { page: Page }): JSX.Element {
  const { router, client, clock, signals, traders, market } = page;
  const filter = useComputed(() => filterOf(router.route.value.query));
  const { traderId, symbol } = filter.value;
  const list = useMemo(
    () => new SignalList({ client, feed: signals, filter: { traderId, symbol } }),
    [client, signals, traderId, symbol],
  );
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
  const rows = list.rows.value;
  const state = list.state.value;
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
              <ListHead columns={COLUMNS} />
              <tbody>
                {rows.map((one) => (
                  <SignalRow key={one.id} signal={one} page={page} onWhy={ask} />
                ))}
              </tbody>
            </table>
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

function Filters({ page, filter }: { page: Page; filter: ReadonlySignal<SignalFilter> }): JSX.Element {
  const { router, traders, market } = page;
  const { traderId, symbol } = filter.value;
  const text = useSignal(symbol ?? "");
  const go = (next: SignalFilter): void =>
    router.replace(
      routeHash("signals", [], {
        ...(next.traderId === undefined ? {} : { trader: next.traderId }),
        ...(next.symbol === undefined ? {} : { symbol: next.symbol }),
      }),
    );
  const name = text.value.trim().toUpperCase();
  const isUnknown = name !== "" && market.lacks(name);
  const near = isUnknown ? market.nearest(name) : undefined;
  return (
    <search class="filters">
      <select
        aria-label="Trader"
        value={traderId ?? ""}
        onChange={(event) => go({ traderId: event.currentTarget.value || undefined, symbol })}
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
        aria-label="Symbol"
        placeholder="All symbols"
        value={text.value}
        aria-invalid={isUnknown}
        onInput={(event) => {
          text.value = event.currentTarget.value;
          const typed = text.value.trim().toUpperCase();
          if (typed === "") go({ traderId });
          else if (market.info(typed) !== undefined) go({ traderId, symbol: typed });
        }}
        onKeyDown={(event) => {
          if (event.key !== "Enter" || near === undefined) return;
          text.value = near;
          go({ traderId, symbol: near });
        }}
      />
      <output class="filter-note">
        {isUnknown ? (near === undefined ? `The server doesn't follow ${name}.` : `Enter chooses ${near}.`) : ""}
      </output>
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
  const text =
    (detail === "" ? "" : `The signals couldn't be loaded: ${detail}`) ||
    (failure === "" ? "" : `No live signals: ${failure}`) ||
    page.alerts.note.value;
  return text === "" ? null : (
    <p class="trouble" role="alert">
      {text}
    </p>
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

function filterOf({ trader, symbol }: Readonly<Record<string, string>>): SignalFilter {
  return { traderId: trader, symbol: symbol?.toUpperCase() };
}

function emptyText(kind: "loading" | "ready" | "failed", { traderId, symbol }: SignalFilter): string {
  if (kind === "loading") return "Loading …";
  if (kind === "failed") return "";
  if (traderId !== undefined || symbol !== undefined) return "No signals match.";
  return "No signals yet. Each trader that is on stores a signal for each match.";
}
