import { expect, test } from "bun:test";
import { ManualClock } from "../../../tests/helpers/clock.ts";
import { InvalidInput } from "../../core/mod.ts";
import { answered } from "./answered.ts";

test("a question is asked again while NATS elects a leader, and given up with a sentence", async () => {
  const clock = new ManualClock();
  let [asked, failures] = [0, 2];
  const ask = async (): Promise<string> => {
    asked += 1;
    if (asked <= failures) throw new Error("timeout");
    return "an answer";
  };
  const answer = answered(ask, clock);
  await clock.turn(10_000);
  expect([await answer, asked]).toEqual(["an answer", 3]);
  [asked, failures] = [0, 100];
  const inVain = answered(ask, clock).catch((cause: unknown) => cause);
  await clock.turn(60_000);
  const cause = await inVain;
  expect(cause).toBeInstanceOf(InvalidInput);
  expect(String(cause)).toContain(
    "--nats: NATS was asked 6 times and didn't answer: timeout: are most of its servers there?",
  );
});

test("what can't be had is said at once", async () => {
  const refusal = new InvalidInput("there is no node in-9");
  await expect(answered(() => Promise.reject(refusal), new ManualClock())).rejects.toBe(refusal);
});
