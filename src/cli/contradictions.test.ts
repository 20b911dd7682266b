import { describe, expect, test } from "bun:test";
import { checkTogether } from "./contradictions.ts";
import { readSettings } from "./read-settings.ts";

/** What is warned of; throws what is refused. */
function check(flags: Record<string, string>, environment: Record<string, string> = {}): string[] {
  const warnings: string[] = [];
  checkTogether(readSettings(flags, environment), (message) => warnings.push(message));
  return warnings;
}

const NATS = "nats://127.0.0.1:4222";
const NODE = { role: "serve", nats: NATS };

const FOLLOW = { upstream: "http://x.example" };

describe("settings that contradict each other are refused with words", () => {
  test.each<[string, Record<string, string>, Record<string, string>, string]>([
    [
      "REST without streams",
      { exchangeRest: "http://127.0.0.1:9090" },
      {},
      "--exchange-rest is set without --exchange-ws: streams and history would come from two exchanges. " +
        "Expected both or neither, for example --exchange-ws ws://127.0.0.1:9090 if one host serves both",
    ],
    [
      "streams without REST",
      {},
      { VYX_EXCHANGE_WS: "wss://user:secret@x.example" },
      "VYX_EXCHANGE_WS is set without --exchange-rest: streams and history would come from two exchanges. " +
        "Expected both or neither, for example --exchange-rest https://x.example if one host serves both",
    ],
    ["a speed without a recording", { replaySpeed: "60" }, {}, "--replay-speed has no effect without --replay"],
    ["a speed of the real exchange", { exchangeSpeed: "60" }, {}, "--exchange-speed is 60, but the real exchange's"],
    [
      "a speed of one real exchange among stand-ins",
      {
        ...{ markets: "binance,bybit", exchangeSpeed: "60" },
        ...{ exchangeRest: "bybit=http://127.0.0.1:9090", exchangeWs: "bybit=ws://127.0.0.1:9090" },
      },
      {},
      "expected --exchange-rest and --exchange-ws of a stand-in for Binance spot, too",
    ],
    ["a speed of a recording's exchange", { replay: "f", exchangeSpeed: "60" }, {}, "--exchange-speed has no effect"],
    ["a recording with an exchange", { replay: "f", exchangeRest: "http://x.example" }, {}, "--exchange-rest has no"],
    [
      "a follower of nobody",
      { role: "follow" },
      {},
      "--role is follow, but nothing says whom: expected --upstream URL",
    ],
    ["a follower that does all", { ...FOLLOW, role: "all" }, {}, "--role is all, but --upstream is set"],
    ["two origins", { ...FOLLOW, exchangeRest: "http://y.example" }, {}, "--exchange-rest and --upstream are both set"],
    [
      "two origins of streams",
      FOLLOW,
      { VYX_EXCHANGE_WS: "ws://y.example" },
      "VYX_EXCHANGE_WS and --upstream are both",
    ],
    ["an upstream with a recording", { ...FOLLOW, replay: "f" }, {}, "--replay and --upstream are both set"],
    [
      "a node without NATS",
      { role: "serve" },
      {},
      "--role is serve, but nothing says where NATS is: expected --nats URLS",
    ],
    ["NATS without a node", { nats: NATS }, {}, "--nats has no effect without --role ingest or serve"],
    ["a key of peers without a cluster", { peerKey: "k".repeat(32) }, {}, "--peer-key has no effect without --role"],
    [
      "a node that serves two origins",
      { ...NODE, upstream: "http://x.example" },
      {},
      "--role is serve, but --upstream is",
    ],
    [
      "a node that serves and follows an exchange",
      { ...NODE, exchangeRest: "http://x.example" },
      {},
      "--exchange-rest and --role serve each say where the market comes from",
    ],
    ["a node that plays a recording", { ...NODE, role: "ingest", replay: "f" }, {}, "an ingest node can't play one"],
    ["a node that nobody can ask", { ...NODE, host: "0.0.0.0" }, {}, "expected --peer-url http://…, too"],
    ["a recording's largest", { replay: "f", symbols: "top:3" }, {}, "--symbols: a recording has no volumes"],
  ])("%s", (_, flags, environment, words) => {
    expect(() => check(flags, environment)).toThrow(words);
  });

  test("a variable that has no effect is named, and the start goes on", () => {
    expect(check({}, { VYX_REPLAY_SPEED: "60" })).toEqual([
      "VYX_REPLAY_SPEED is ignored: it has no effect without --replay: expected --replay FILE, too",
    ]);
  });

  test("what fits together passes", () => {
    expect(check({})).toEqual([]);
    expect(check({ exchangeRest: "http://x.example", exchangeWs: "ws://x.example" })).toEqual([]);
    expect(check({ ...FOLLOW, role: "follow", upstreamKey: "k", exchangeSpeed: "60" })).toEqual([]);
    expect(check({ replay: "f", replaySpeed: "60", symbols: "BTCUSDT" })).toEqual([]);
  });
});
