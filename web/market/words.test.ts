import { describe, expect, test } from "bun:test";
import type { HealthAnswer } from "../../src/wire/mod.ts";
import { freshnessOf, freshnessText } from "./freshness.ts";
import { serverStatus } from "./server-status.ts";
import { sourceBadge } from "./source.ts";
import { staleText } from "./stale.ts";

describe("the source", () => {
  test("is called live only when it is real and its prices are the present ones", () => {
    const all = ["binance", "bybit", "recorded", "simulated", "somewhere", "bybit-linear", undefined].flatMap(
      (source) => [true, false].map((isCurrent) => ({ source, isCurrent, badge: sourceBadge(source, isCurrent) })),
    );
    const live = all.filter(({ badge }) => badge.kind === "live");
    expect(live.map(({ source, isCurrent }) => [source, isCurrent])).toEqual([
      ["binance", true],
      ["bybit", true],
    ]);
    expect(live.map(({ badge }) => badge.says)).toEqual(["Live prices from Binance.", "Live prices from Bybit."]);
    expect(all.filter(({ badge }) => badge.text.endsWith("— live"))).toEqual(live);
  });
});

describe("the age of the last event", () => {
  test("is late from five seconds on and stale from ten", () => {
    expect([undefined, 0, 4_999, 5_000, 9_999, 10_000].map(freshnessOf)).toEqual([
      "none",
      "fresh",
      "fresh",
      "late",
      "late",
      "stale",
    ]);
  });

  test("in words", () => {
    expect([undefined, 900, 14_000].map(freshnessText)).toEqual(["no data yet", "data 0 s ago", "no data for 14 s"]);
  });
});

test("why prices aren't the present ones, in words", () => {
  const texts = [
    staleText({ kind: "connected" }, 14_000),
    staleText({ kind: "connected" }, undefined, "the exchange hasn't been reached yet"),
    staleText({ kind: "connecting" }, undefined),
    staleText({ kind: "silent" }, 2_000),
    staleText({ kind: "waiting", until: 0, reason: "the server is shutting down" }, 3_000),
    staleText({ kind: "lost", reason: "too many channels for one connection", isAccess: false }, 200_000),
  ];
  expect(texts).toEqual([
    "Prices are old: no data for 14 s.",
    "Prices are old: the exchange hasn't been reached yet.",
    "Prices have stopped: connecting to the server.",
    "Prices have stopped: the server doesn't answer. Last data 2 s ago.",
    "Prices have stopped: the server is shutting down. Last data 3 s ago.",
    "Disconnected: too many channels for one connection. Reload the page to connect again. Last data 3 min ago.",
  ]);
});

describe("the server's status", () => {
  test("in words", () => {
    const answers = [
      health("ok", 300),
      health("starting", 120),
      health("degraded", 299),
      health("degraded", 300),
      undefined,
    ];
    expect(answers.map((answer) => serverStatus(answer).text)).toEqual([
      "data complete",
      "loading 120 of 300",
      "problems, 299 of 300",
      "problems",
      "status unknown",
    ]);
  });

  test("gives the server's own reasons", () => {
    expect(serverStatus(health("degraded", 300)).says).toBe("One thing; another.");
  });
});

function health(status: HealthAnswer["status"], complete: number): HealthAnswer {
  return {
    status,
    reasons: ["one thing", "another"],
    version: "1.0.0",
    uptimeSeconds: 1,
    source: "simulated",
    symbols: 50,
    intervals: ["1m"],
    series: 300,
    capacity: 500,
    markets: [],
    feed: {
      state: "live",
      connections: 1,
      lastEventAgeMs: 0,
      silentForMs: 0,
      marketLagMs: null,
      clockOffsetMs: null,
    },
    coverage: { complete, total: 300 },
    checkpoint: null,
    database: null,
    commit: "unknown",
    node: "",
    following: null,
    cluster: null,
  };
}
