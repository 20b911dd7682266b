import { afterEach, describe, expect, test } from "bun:test";
import type { Bends } from "../helpers/bent-exchange.ts";
import { BTC, ETH, type Follower, follow, SYMBOLS } from "./follower.ts";

const running: Follower[] = [];
afterEach(async () => {
  for (const follower of running.splice(0)) await follower.stop();
});

function start(bends: Bends): Follower {
  const follower = follow(bends);
  running.push(follower);
  return follower;
}

/** Bends ETHUSDT's minute that lies 30 minutes before the start, for as long as `isBad` says so. */
function badRow(change: (row: unknown[]) => unknown[][], isBad: () => boolean): Bends {
  const openTime = Date.UTC(2026, 1, 10, 12, 0);
  return {
    rest: (path, query, body) => {
      if (!isBad() || path !== "/api/v3/klines" || query.get("symbol") !== ETH || query.get("interval") !== "1m")
        return body;
      return (body as unknown[][]).flatMap((row) => (row[0] === openTime ? change(row) : [row]));
    },
  };
}

describe("one bad history row of one symbol", () => {
  test.each([
    ["a low of 0", "price_not_positive", (row) => [row.with(3, "0.00")]],
    ["another close of the same minute", "doubled", (row) => [row, row.with(5, "1.00000000")]],
    ["off the minute", "misaligned", (row) => [row.with(0, Number(row[0]) + 1)]],
    ["in microseconds", "wrong_year", (row) => [row.with(0, Number(row[0]) * 1_000).with(6, Number(row[6]) * 1_000)]],
    ["two days ahead", "out_of_range", (row) => [row.with(0, Number(row[0]) + 172_800_000)]],
    ["closes an hour late", "closes_late", (row) => [row.with(6, Number(row[6]) + 3_600_000)]],
    ["of 13 fields", "wrong_length", (row) => [[...row, "0"]]],
    ["of 3 fields", "wrong_length", (row) => [row.slice(0, 3)]],
  ] as [string, string, (row: unknown[]) => unknown[][]][])(
    "%s: is refused and asked again, and nobody waits for it",
    async (_, reason, change) => {
      let isBad = true;
      const follower = start(badRow(change, () => isBad));
      await follower.seconds(10);
      const { feed } = follower;
      expect(feed.status().state).toBe("live");
      expect(feed.status().troubles).toEqual([{ symbol: ETH, reason: `1 row of its history refused: ${reason}` }]);
      expect(SYMBOLS.map((symbol) => follower.settled(symbol))).toEqual(SYMBOLS.map((symbol) => symbol !== ETH));
      await follower.seconds(300);
      expect(SYMBOLS.flatMap((symbol) => follower.lies(symbol))).toEqual([]);
      expect([follower.settled(BTC), follower.settled(ETH)]).toEqual([true, false]);
      // Asked again with back-off, not at once and not without end.
      const { asked, failed } = feed.figures().repairs;
      expect(failed).toBeWithin(3, 30);
      isBad = false;
      await follower.seconds(120);
      expect(feed.status().troubles).toEqual([]);
      expect(follower.settled(ETH)).toBe(true);
      expect(SYMBOLS.flatMap((symbol) => follower.lies(symbol))).toEqual([]);
      expect(feed.figures().repairs.asked).toBeLessThan(asked + 30);
      expect(feed.figures().refusals).toContainEqual({
        border: "rest",
        reason,
        count: expect.any(Number),
        first: expect.stringMatching(/^ETHUSDT 1m: \[/),
      });
      expect(follower.said.filter((line) => line.includes(`rest: refused (${reason})`))).toHaveLength(1);
    },
  );
});

describe("a symbol that the exchange doesn't answer for", () => {
  const answers = (symbol: string, isBad: () => boolean, status: number, body: object): Bends => ({
    rest: (path, query, right) =>
      isBad() && path === "/api/v3/klines" && (symbol === "" || query.get("symbol") === symbol)
        ? Response.json(body, { status })
        : right,
  });
  const INVALID_SYMBOL = { code: -1121, msg: "Invalid symbol.\n12:00:00 INFO all is well" };

  test("-1121 that passes after seconds: it is asked again", async () => {
    let isBad = true;
    const follower = start(answers(ETH, () => isBad, 400, INVALID_SYMBOL));
    await follower.seconds(5);
    expect(follower.feed.status().state).toBe("warming");
    isBad = false;
    await follower.seconds(10);
    expect([follower.feed.status().state, follower.settled(ETH)]).toEqual(["live", true]);
    // The exchange's text has a line end, and the log has none.
    expect(follower.said.filter((line) => line.includes("Invalid symbol"))).not.toBeEmpty();
    expect(follower.said.filter((line) => line.includes("\n"))).toEqual([]);
  });

  test("-1121 for ever: the others go on, and it is named", async () => {
    const follower = start(answers(ETH, () => true, 400, INVALID_SYMBOL));
    await follower.seconds(30);
    const { state, troubles } = follower.feed.status();
    expect([state, troubles?.map(({ symbol }) => symbol)]).toEqual(["live", [ETH]]);
    expect([follower.settled(BTC), follower.settled(ETH)]).toEqual([true, false]);
    await follower.seconds(600);
    expect(follower.feed.figures().repairs.failed).toBeWithin(8, 40);
  });

  test("no symbol is answered for: nothing is ready, until they are", async () => {
    let isBad = true;
    const follower = start(answers("", () => isBad, 500, { code: -1000, msg: "no" }));
    await follower.seconds(120);
    expect(follower.feed.status().state).toBe("warming");
    isBad = false;
    await follower.seconds(120);
    expect(follower.feed.status().state).toBe("live");
    expect(SYMBOLS.map((symbol) => follower.settled(symbol))).toEqual(SYMBOLS.map(() => true));
  });
});

test("a symbol that trades by its status and has no candles is settled, in all intervals", async () => {
  const isEth = (member: unknown): boolean => (member as { s?: string } | null)?.s === ETH;
  const follower = start({
    rest: (path, query, body) => (path === "/api/v3/klines" && query.get("symbol") === ETH ? [] : body),
    frame: (message) => {
      const { data } = message;
      if (Array.isArray(data)) return { ...message, data: data.filter((member) => !isEth(member)) };
      return isEth(data) ? { result: null, id: 1 } : message;
    },
  });
  await follower.seconds(30);
  const unsettled: number[] = [];
  for (let second = 0; second < 900; second += 10) {
    await follower.seconds(10);
    const { complete, total } = follower.store.coverage();
    if (complete < total) unsettled.push(second);
  }
  expect(unsettled).toEqual([]);
  expect(follower.feed.status()).toMatchObject({ state: "live", troubles: [] });
});
