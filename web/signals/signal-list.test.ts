import { expect, test } from "bun:test";
import { ClientError } from "../../src/client/mod.ts";
import { parseSymbol, type UnixMs } from "../../src/core/mod.ts";
import { emptyOutcome, type ListedSignal, SIGNAL_HORIZONS, type SignalOutcome } from "../../src/wire/mod.ts";
import { ManualClock } from "../../tests/helpers/clock.ts";
import { followOutcomes } from "./follow-outcomes.ts";
import type { FeedNews } from "./signal-feed.ts";
import { MOST_ROWS, SignalList } from "./signal-list.ts";

function aSignal(
  id: number,
  symbol = "BTCUSDT",
  traderId = "t",
  state: SignalOutcome["state"] = "unknown",
): ListedSignal {
  const at = (id * 60_000 - 1) as UnixMs;
  const rest = { traderVersion: 1, interval: "1m", closeTime: at, price: id, facts: {}, createdAt: at } as const;
  const outcomes = SIGNAL_HORIZONS.map((horizon) => emptyOutcome(horizon, state));
  return { id, traderId, symbol: parseSymbol(symbol), ...rest, outcomes };
}

/** A server that stores signals, and what a list asks of it. */
function serving(count: number) {
  const stored: ListedSignal[] = Array.from({ length: count }, (_, at) => aSignal(at + 1));
  const asked: (string | undefined)[] = [];
  const listeners = new Set<(news: FeedNews) => void>();
  let failures = 0;
  let sparse: { readonly ids: readonly number[]; readonly looks: number } | undefined;
  const list = new SignalList({
    filter: { symbol: "BTCUSDT" },
    feed: {
      listen: (listener) => {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
    },
    client: {
      signals: {
        list: async ({ cursor, limit = 50 }: { cursor?: string; limit?: number }) => {
          asked.push(cursor);
          if (failures > 0) {
            failures -= 1;
            throw new ClientError("network", "GET /functions/v1/signals?limit=100: the server can't be reached: no");
          }
          if (sparse !== undefined) {
            const end = Number(cursor ?? count + 1);
            const begin = Math.max(1, end - sparse.looks);
            const signals = sparse.ids.filter((id) => id >= begin && id < end).map((id) => aSignal(id));
            return { count: signals.length, signals, cursor: begin > 1 ? String(begin) : null };
          }
          const before = stored.filter(({ id }) => id < Number(cursor ?? Number.POSITIVE_INFINITY)).reverse();
          const signals = before.slice(0, limit);
          return { count: signals.length, signals, cursor: before.length > limit ? String(signals.at(-1)?.id) : null };
        },
      } as never,
    },
  });
  const tell = (news: FeedNews): void => {
    for (const listener of listeners) listener(news);
  };
  const fail = (times: number): void => {
    failures = times;
  };
  /** From now on a page holds those of these ids that are among the next so many signals: perhaps none. */
  const pageIds = (ids: readonly number[], looks: number): void => {
    sparse = { ids, looks };
  };
  return { list, stored, asked, listeners, tell, fail, pageIds };
}

const ids = ({ rows }: SignalList): number[] => rows.value.map(({ id }) => id);
const from = (newest: number, oldest: number): number[] =>
  Array.from({ length: newest - oldest + 1 }, (_, at) => newest - at);

test("begins with the newest, goes on with each as it comes, once, in the order in which they were stored", async () => {
  const { list, tell } = serving(250);
  await list.load();
  expect([ids(list), list.hasOlder.value]).toEqual([from(250, 151), true]);
  tell({ signal: aSignal(252) });
  tell({ signal: aSignal(251) });
  tell({ signal: aSignal(252) });
  tell({ signal: aSignal(253, "ETHUSDT") });
  expect(ids(list)).toEqual(from(252, 151));
});

test("goes back as far as there is something", async () => {
  const { list } = serving(250);
  await list.older();
  await list.older();
  expect([ids(list), list.hasOlder.value]).toEqual([from(250, 1), false]);
});

test("goes on behind empty pages from the server's cursor, a bounded number of pages at a time", async () => {
  const { list, asked, pageIds } = serving(60_000);
  // Of 60,000 signals that the server looks through, a thousand a page, two are of this symbol.
  pageIds([59_500, 28_200], 1_000);
  await list.load();
  expect([ids(list), list.hasOlder.value]).toEqual([[59_500], true]);
  asked.length = 0;
  await list.older();
  expect([ids(list), list.hasOlder.value, asked.length]).toEqual([[59_500], true, 10]);
  for (let click = 0; click < 3; click += 1) await list.older();
  expect([ids(list), list.hasOlder.value, asked.length, asked.at(-1)]).toEqual([[59_500, 28_200], true, 31, "29001"]);
  for (let click = 0; click < 3; click += 1) await list.older();
  expect([ids(list), list.hasOlder.value, asked.length]).toEqual([[59_500, 28_200], false, 59]);
  expect(new Set(asked).size).toBe(59);
});

test("begins with the first signals that there are, also behind empty pages", async () => {
  const { list, pageIds } = serving(60_000);
  pageIds([57_500], 1_000);
  await list.load();
  expect([ids(list), list.hasOlder.value]).toEqual([[57_500], true]);
});

test("after a gap it has what it missed, however many pages that takes", async () => {
  const { list, stored, tell, asked } = serving(120);
  await list.load();
  for (let id = 121; id <= 400; id += 1) stored.push(aSignal(id));
  asked.length = 0;
  tell({ gap: true });
  tell({ signal: aSignal(401) });
  stored.push(aSignal(401));
  await list.older();
  expect(ids(list)).toEqual(from(401, 1));
  expect(asked.slice(0, 3)).toEqual([undefined, "302", "202"]);
});

test("what lies behind a gap too wide to close is dropped rather than shown beside a hole", async () => {
  const { list, stored, tell } = serving(10);
  await list.load();
  for (let id = 11; id <= 5_000; id += 1) stored.push(aSignal(id));
  tell({ gap: true });
  await list.older();
  expect(ids(list)).toEqual(from(5_000, 5_000 - 1_099));
});

test("says when it can't be read, and is whole again later", async () => {
  const { list, stored, fail, tell } = serving(3);
  await list.load();
  stored.push(aSignal(4), aSignal(5));
  fail(1);
  tell({ gap: true });
  tell({ signal: aSignal(5) });
  await list.older();
  fail(1);
  await list.load();
  expect(list.state.value).toEqual({ kind: "failed", detail: "the server can't be reached: no" });
  expect(ids(list)).toEqual([5, 3, 2, 1]);
  await list.load();
  expect(list.state.value).toEqual({ kind: "ready" });
  expect(ids(list)).toEqual([5, 4, 3, 2, 1]);
});

test("one that couldn't be read at first is read from its beginning", async () => {
  const { list, fail, tell } = serving(120);
  fail(1);
  await list.load();
  list.close();
  const other = serving(120);
  other.fail(2);
  await other.list.load();
  other.tell({ signal: aSignal(121) });
  await other.list.load();
  expect(ids(other.list)).toEqual(from(121, 21));
  tell({ signal: aSignal(999) });
  expect(ids(list)).not.toContain(999);
});

test("doesn't grow without end, and hears nothing once it is closed", async () => {
  const { list, tell, listeners } = serving(1);
  await list.load();
  for (let id = 2; id <= MOST_ROWS + 10; id += 500) tell({ signal: aSignal(id) });
  const many = Array.from({ length: MOST_ROWS }, (_, at) => aSignal(10_000 + at));
  list.rows.value = many.reverse();
  tell({ signal: aSignal(99_999) });
  expect([list.rows.value.length, list.rows.value[0]?.id, list.hasOlder.value]).toEqual([MOST_ROWS, 99_999, true]);
  list.close();
  expect(listeners.size).toBe(0);
});

test("older ones that come when newer ones pushed rows out meanwhile leave no hole", async () => {
  const { list, tell, asked } = serving(MOST_ROWS + 1_000);
  await list.load();
  list.rows.value = from(MOST_ROWS + 1_000, 1_001).map((id) => aSignal(id));
  tell({ signal: aSignal(MOST_ROWS + 1_001) });
  asked.length = 0;
  const reading = list.older();
  await Promise.resolve();
  tell({ signal: aSignal(MOST_ROWS + 1_002) });
  await reading;
  expect(asked).toEqual(["1002"]);
  expect([ids(list), list.hasOlder.value]).toEqual([from(MOST_ROWS + 1_002, 1_003), true]);
  await list.older();
  expect(ids(list)).toEqual(from(MOST_ROWS + 1_002, 903));
});

test("outcomes are read again while some are pending, and a signal that is told once more keeps those that it has", async () => {
  const { list, stored, asked, tell } = serving(3);
  await list.load();
  const clock = new ManualClock();
  const leaving = new AbortController();
  void followOutcomes(list, clock, leaving.signal);
  const before = asked.length;
  await clock.turn(60_000);
  expect(asked).toHaveLength(before);
  stored.push(aSignal(4, "BTCUSDT", "t", "known"));
  tell({ signal: aSignal(4) });
  const states = () => list.rows.value.map(({ outcomes }) => outcomes[0]?.state);
  expect(states()).toEqual([undefined, "unknown", "unknown", "unknown"]);
  await clock.turn(20_000);
  expect(states()).toEqual(["known", "unknown", "unknown", "unknown"]);
  tell({ signal: aSignal(4) });
  expect(states()[0]).toBe("known");
  // One that was never told, because it was stored before the server was listened to, comes with them.
  tell({ signal: aSignal(6) });
  stored.push(aSignal(5), aSignal(6));
  await clock.turn(20_000);
  expect(list.rows.value.map(({ id }) => id)).toEqual([6, 5, 4, 3, 2, 1]);
  leaving.abort();
});
