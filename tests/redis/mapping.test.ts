import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Redis } from "@upstash/redis";
import { type Client, createClient } from "../../src/client/mod.ts";
import type { Kline, UnixMs } from "../../src/core/mod.ts";
import type { ClosesAnswer, KlinesAnswer } from "../../src/wire/mod.ts";
import { startTurnedExchange, type TurnedExchange } from "../helpers/turned-exchange.ts";
import { type BothSides, startBothSides } from "./both-sides.ts";
import { hasRedis } from "./redis-server.ts";

const PAGE = readFileSync(join(import.meta.dir, "../../docs/migration.md"), "utf8");

/** The rows of the page's table of calls: the first code of each cell. */
const ROWS = [...PAGE.matchAll(/^\| `(redis\..+?)` \| `(.+?)`.* \|$/gm)].map(
  ([, redis, vyx]) => [redis, vyx] as [string, string],
);

/** The rows of the page's table of fields, letter by letter. */
const FIELDS = [...PAGE.matchAll(/^\| ((?:`\w`(?:, )?)+) \| ((?:`\w+`(?:, )?)+)/gm)].flatMap(
  ([, letters = "", names = ""]) => {
    const words = (text: string): string[] => [...text.matchAll(/`(\w+)`/g)].map(([, word = ""]) => word);
    return words(letters).map((letter, at) => [letter, words(names)[at]] as [string, string]);
  },
);

type Candle = Readonly<Record<string, unknown>>;

describe.skipIf(!hasRedis)("the calls of those who read with @upstash/redis", () => {
  let exchange: TurnedExchange;
  let both: BothSides;
  let redis: Redis;
  let client: Client;
  beforeAll(async () => {
    exchange = startTurnedExchange({ symbols: 2, seed: 7, start: Date.UTC(2026, 1, 10) as UnixMs });
    both = await exchange.passDuring(startBothSides(exchange, ["1m"]));
    redis = new Redis({ url: both.front.url, token: both.front.token, retry: false });
    client = createClient({ url: both.vyx.url });
  });
  afterAll(() => both?.stop());

  test("are on the page, each field among them", () => {
    expect(ROWS.map(([call]) => /^redis\.(\w+)/.exec(call)?.[1]).sort()).toEqual(
      ["exists", "get", "keys", "mget", "ping", "pipeline", "zcount", "zrange", "zrange", "zrange"].sort(),
    );
    expect(
      FIELDS.map(([letter]) => letter)
        .sort()
        .join(""),
    ).toBe("QTVchilnoqstvx");
  });

  /** Evaluates a call of the page for the stand-in's symbols. */
  async function told(call: string): Promise<unknown> {
    const [first, second] = exchange.symbols as [string, string];
    const text = call
      .replaceAll("BTCUSDT", "<1>")
      .replaceAll("ETHUSDT", "<2>")
      .replaceAll("<1>", first)
      .replaceAll("<2>", second);
    const to = Math.floor(exchange.now() / 60_000) * 60_000 - 5 * 60_000;
    const body = `return async (redis, client, from, to) => (${text});`;
    return await new Function(body)()(redis, client, to - 30 * 60_000, to);
  }

  /** A candle of Redis under the names that the page gives its fields. */
  const renamed = (candle: Candle): Candle =>
    Object.fromEntries(
      FIELDS.filter(([, name]) => name !== "symbol" && name !== "interval").map(([letter, name]) => {
        const value = candle[letter];
        return [name, typeof value === "string" ? Number(value) : value];
      }),
    );

  /** What Redis answered, in terms of what it stands for. */
  function ofRedis(value: unknown): unknown {
    if (value === "PONG" || value === 1) return true;
    if (!Array.isArray(value)) return value;
    if (typeof value[0] === "string") return value.map((key: string) => key.split(":")[1]).sort();
    return value.map((one) => (Array.isArray(one) ? ofRedis(one) : typeof one === "object" ? renamed(one) : one));
  }

  /** What Vyx answered, in the same terms. */
  function ofVyx(value: unknown): unknown {
    if (typeof value !== "object" || value === null) return value;
    if ("klines" in value) return (value.klines as Kline[]).map((kline) => ({ ...kline }));
    if ("series" in value) return (value.series as KlinesAnswer[]).map(({ klines }) => klines);
    if ("symbols" in value) return (value.symbols as { symbol: string }[]).map(({ symbol }) => symbol).sort();
    if ("ready" in value) return value.ready;
    const { closeTime, pending } = (value as ClosesAnswer).intervals["1m"] ?? { closeTime: 0, pending: ["?"] };
    return pending.length > 0 ? pending : exchange.symbols.map(() => closeTime);
  }

  test.each(ROWS)("%s is %s", async (call, instead) => {
    const theirs = ofRedis(await told(call));
    expect(theirs).not.toEqual([]);
    expect(ofVyx(await told(instead))).toEqual(theirs as never);
  });
});
