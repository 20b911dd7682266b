import { describe, expect, test } from "bun:test";
import { viewOfArrays } from "../../tests/helpers/arrays-view.ts";
import { minuteClose, SYMBOLS } from "../../tests/helpers/made-up-traders.ts";
import { ClientError } from "../client/mod.ts";
import type { VyxError } from "../core/mod.ts";
import { FilterCodeFault } from "../strategy/mod.ts";
import { OF_VYX, type ScreenAnswer } from "../wire/mod.ts";
import {
  type FilterCheck,
  type MarketAtClose,
  type MarketOnServer,
  ScreenerBusy,
  type ScreenRequest,
  ServerScreener,
} from "./mod.ts";

const [A, B, C, D] = SYMBOLS as [never, never, never, never];
const ANSWER: ScreenAnswer = {
  interval: "1m",
  closeTime: 1_770_681_659_999,
  matches: [{ symbol: A, price: 7, facts: { x: 1 } }],
  checked: 3,
  skipped: [
    { symbol: B, reason: "too few", wanted: 9 },
    { symbol: C, reason: "not there" },
  ],
  errors: [{ symbol: D, message: "it throws" }],
  pending: [C],
  milliseconds: 2,
  notes: [],
};

const CHECKED: FilterCheck = { errors: [], engine: "here", timeframes: ["1m"], notes: [] };

/** A market whose klines were read, as one that screeners here get. */
const READ: MarketAtClose = {
  view: viewOfArrays([]),
  symbols: SYMBOLS,
  price: () => 5,
  source: "redis",
  readFrom: { source: "redis", fallback: true, reason: "vyx failed" },
};

/** A screener, and requests for it whose market is on a server that answers so. */
function screenerOf(onServer: Partial<MarketOnServer>) {
  const warnings: string[] = [];
  const here: ScreenRequest[] = [];
  const screener = new ServerScreener({
    here: async () => ({
      screen: async (request) => {
        here.push(request);
        return { matches: [{ symbol: A }], checked: 4, skipped: [], errors: [] };
      },
      check: async () => CHECKED,
      windows: async () => new Map(),
    }),
    warn: (message) => warnings.push(message),
  });
  const market: MarketAtClose = {
    ...READ,
    price: () => undefined,
    source: "binance",
    readFrom: OF_VYX,
    onServer: { hasClose: true, screen: async () => ANSWER, read: async () => READ, ...onServer },
  };
  const request = (owner = "anna"): ScreenRequest => ({
    owner,
    code: "return true;",
    timeframes: ["1m"],
    symbols: SYMBOLS,
    interval: "1m",
    closeTime: minuteClose(3),
    market,
  });
  return { screener, request, here, warnings };
}

const failing = (code: ConstructorParameters<typeof ClientError>[0], message: string, about = {}) => ({
  screen: async () => {
    throw new ClientError(code, message, about);
  },
});

describe("a screener that lets the server screen", () => {
  test("sends the filter, and gives back what the server found", async () => {
    const asked: unknown[] = [];
    const { screener, request, here } = screenerOf({
      screen: async (one) => {
        asked.push(one);
        return ANSWER;
      },
    });
    const result = await screener.screen(request());
    const { code, timeframes, symbols, interval, closeTime } = request();
    expect(asked).toEqual([{ code, timeframes, symbols, interval, closeTime }]);
    const { milliseconds: _, ...found } = ANSWER;
    expect(result).toMatchObject(found);
    expect([here, result.market]).toEqual([[], undefined]);
  });

  test("asks for four screens at a time, owners in turn", async () => {
    const begun: string[] = [];
    const ends: (() => void)[] = [];
    const { screener, request } = screenerOf({});
    const run = (owner: string): Promise<unknown> => {
      const one = request(owner);
      const screen = (): Promise<ScreenAnswer> => {
        begun.push(owner);
        return new Promise((resolve) => ends.push(() => resolve(ANSWER)));
      };
      return screener.screen({
        ...one,
        market: { ...one.market, onServer: { ...one.market.onServer, screen } as never },
      });
    };
    const runs = [..."aaaaaaab"].map(run);
    await Bun.sleep(0);
    expect(begun.join("")).toBe("aaaa");
    ends[0]?.();
    await Bun.sleep(0);
    expect(begun.join("")).toBe("aaaab");
    for (let at = 1; at < 8; at += 1) {
      ends[at]?.();
      await Bun.sleep(0);
    }
    await Promise.all(runs);
    expect(begun.join("")).toBe("aaaabaaa");
  });

  test("reads the klines and screens here where the key may not screen, and says so once", async () => {
    const { screener, request, here, warnings } = screenerOf(
      failing("forbidden", "POST /screen: needs the scope screen"),
    );
    for (let times = 0; times < 2; times += 1) expect(await screener.screen(request())).toMatchObject({ checked: 4 });
    expect([here.length, warnings.length]).toEqual([2, 1]);
    expect(warnings[0]).toContain("scopes read and screen");
  });

  test("tells a filter that can't be one as a screener here does", async () => {
    const { screener, request } = screenerOf(
      failing("invalid_parameter", "POST /screen: line 1, column 8: it ends", { status: 400 }),
    );
    const cause = await screener.screen(request()).catch((one: unknown) => one);
    expect([cause instanceof FilterCodeFault, (cause as Error).message]).toEqual([true, "line 1, column 8: it ends"]);
  });

  test.each([
    ["rate_limited", { status: 429, retryAfterMs: 3_000 }, true],
    ["not_ready", { status: 503, retryAfterMs: 5_000 }, true],
    ["unknown_symbol", { status: 404 }, true],
    ["not_ready", { status: 503 }, false],
    ["network", {}, false],
  ] as const)("takes %s %j for a place that it waits for: %j", async (code, about, isBusy) => {
    const { screener, request } = screenerOf(failing(code, "no", about));
    const cause = await screener.screen(request()).catch((one: unknown) => one);
    expect([cause instanceof ScreenerBusy, (cause as VyxError).retryable]).toEqual([isBusy, true]);
    expect((cause as ScreenerBusy).retryAfterMs).toBe("retryAfterMs" in about ? about.retryAfterMs : undefined);
  });

  test("goes to the other source where the server fails, and where it has no candle of the close", async () => {
    const causes: (string | undefined)[] = [];
    const elsewhere = async (cause: VyxError | undefined): Promise<MarketAtClose> => {
      causes.push(cause?.message);
      return READ;
    };
    const none = async (): Promise<ScreenAnswer> => ({ ...ANSWER, matches: [], pending: SYMBOLS });
    for (const onServer of [failing("network", "it is away"), { screen: none }]) {
      const { screener, request, here } = screenerOf({ ...onServer, elsewhere });
      const result = await screener.screen(request());
      expect(result.market?.readFrom).toEqual(READ.readFrom);
      expect([here.length, here[0]?.market]).toEqual([1, READ]);
    }
    expect(causes).toEqual(["it is away", undefined]);
    const { screener, request } = screenerOf({ screen: none, elsewhere: async () => undefined });
    expect((await screener.screen(request())).pending).toEqual([...SYMBOLS]);
  });

  test("screens here what was read, and checks filters here", async () => {
    const { screener, request, here } = screenerOf({});
    await screener.screen({ ...request(), market: READ });
    expect([here.length, await screener.check("x")]).toEqual([1, CHECKED]);
  });
});
