import { expect, test } from "bun:test";
import { ClientError } from "../../src/client/mod.ts";
import type { Interval } from "../../src/core/mod.ts";
import type { ExplainAnswer, ExplainRequest, Trader, TraderVersion } from "../../src/wire/mod.ts";
import type { WhyQuestion } from "./why-question.ts";
import { WhyState } from "./why-state.ts";

const NOON = Date.UTC(2026, 1, 10, 12);
const TRADER = { code: "return true;", timeframes: ["5m"], triggerInterval: "5m", version: 7, cooldownCandles: 3 };
const QUESTION: WhyQuestion = {
  symbol: "BTCUSDT",
  interval: "1m",
  closeTime: NOON + 7 * 60_000 - 1,
  filter: { kind: "trader", id: "t", version: 6 },
};

function setUp(
  runsTraders: boolean,
  explain?: (request: ExplainRequest) => Promise<ExplainAnswer>,
  version?: TraderVersion,
) {
  const asked: ExplainRequest[] = [];
  const state = new WhyState({
    explain: async (request) => {
      asked.push(request);
      if (explain !== undefined) return await explain(request);
      return { closeTime: request.closeTime, interval: "5m" as Interval, notes: ["n"] } as unknown as ExplainAnswer;
    },
    trader: async () => TRADER as unknown as Trader,
    version: async () => version,
    runsTraders,
  });
  return { asked, state };
}

test("a trader is asked about its own last close up to the candle's, and about those beside it", async () => {
  const { asked, state } = setUp(true);
  await state.ask({ ...QUESTION, filter: { kind: "trader", id: "t" } });
  expect(asked).toEqual([{ traderId: "t", symbol: "BTCUSDT", closeTime: NOON + 5 * 60_000 - 1 }]);
  await state.step(-1);
  await state.step(1);
  expect(asked.slice(1).map(({ closeTime }) => closeTime)).toEqual([NOON - 1, NOON + 5 * 60_000 - 1]);
});

test("a trader that runs elsewhere is asked about by its code; the answer says that it has moved on", async () => {
  const { asked, state } = setUp(false);
  await state.ask(QUESTION);
  const { code, timeframes } = TRADER;
  expect(asked as unknown[]).toEqual([
    { code, timeframes, interval: "5m", symbol: "BTCUSDT", closeTime: NOON + 5 * 60_000 - 1 },
  ]);
  const phase = state.answer.phase.value;
  expect(phase).toMatchObject({
    answer: {
      trader: { id: "t", version: 7, cooldownCandles: 3 },
      notes: ["the signal is of version 6, and this explains version 7", "n"],
    },
  });
});

test("a signal of a version before is explained by what the trader was then", async () => {
  const before = { ...TRADER, code: "return 6;", timeframes: ["1m"], triggerInterval: "1m", version: 6 };
  const { asked, state } = setUp(false, undefined, before as unknown as TraderVersion);
  await state.ask(QUESTION);
  expect(asked as unknown[]).toEqual([
    { code: "return 6;", timeframes: ["1m"], interval: "1m", symbol: "BTCUSDT", closeTime: QUESTION.closeTime },
  ]);
  expect(state.answer.phase.value).toMatchObject({
    answer: {
      trader: { id: "t", version: 6 },
      notes: ["the trader is at version 7 now; this explains version 6, which gave the signal", "n"],
    },
  });
});

test("a server that runs the traders explains the version itself, and says which one", async () => {
  const { asked, state } = setUp(true);
  await state.ask(QUESTION);
  expect(asked).toEqual([{ traderId: "t", traderVersion: 6, symbol: "BTCUSDT", closeTime: QUESTION.closeTime }]);
  expect(state.answer.phase.value).toMatchObject({ answer: { notes: ["n"] } });
});

test("code is asked about as it stands, at the newest close where none is named", async () => {
  const { asked, state } = setUp(true);
  const filter = { kind: "code", code: "return false;", timeframes: ["1m"] } as const;
  await state.ask({ ...QUESTION, closeTime: undefined, filter });
  expect(asked as unknown[]).toEqual([
    { code: "return false;", timeframes: ["1m"], interval: "1m", symbol: "BTCUSDT", closeTime: undefined },
  ]);
});

test("nothing is asked before there is a filter; a failure is told in words, and only the last question counts", async () => {
  const answers: PromiseWithResolvers<ExplainAnswer>[] = [];
  const { asked, state } = setUp(true, () => {
    answers.push(Promise.withResolvers());
    return answers.at(-1)?.promise ?? Promise.reject(new Error("no answer"));
  });
  const filter = { kind: "code", code: "return false;", timeframes: ["1m"] } as const;
  await state.ask({ ...QUESTION, filter: undefined });
  expect([asked, state.answer.phase.value]).toEqual([[], { kind: "none" }]);
  const first = state.ask({ ...QUESTION, filter });
  const second = state.ask({ ...QUESTION, filter });
  answers[1]?.reject(new ClientError("forbidden", "POST /explain: the key lacks the scope screen"));
  await second;
  answers[0]?.resolve({} as ExplainAnswer);
  await first;
  expect(state.answer.phase.value).toEqual({
    kind: "failed",
    detail: "the key lacks the scope screen",
    before: undefined,
  });
});

test("a close that can't be explained isn't the end: the one before is still a step away", async () => {
  let isDown = false;
  const { asked, state } = setUp(true, async ({ closeTime }) => {
    if (isDown) throw new ClientError("invalid_parameter", "POST /explain: closeTime lies in the future");
    return { closeTime, interval: "5m", notes: [] } as unknown as ExplainAnswer;
  });
  await state.ask({ ...QUESTION, filter: { kind: "trader", id: "t" } });
  isDown = true;
  await state.step(1);
  expect(state.answer.phase.value).toMatchObject({ kind: "failed", detail: "closeTime lies in the future" });
  isDown = false;
  await state.step(-1);
  expect(state.answer.phase.value.kind).toBe("done");
  expect(asked.map(({ closeTime }) => (Number(closeTime) + 1 - NOON) / 60_000)).toEqual([5, 10, 0]);
});
