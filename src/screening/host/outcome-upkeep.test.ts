import { expect, test } from "bun:test";
import { ManualClock } from "../../../tests/helpers/clock.ts";
import type { Traders } from "../../traders/mod.ts";
import { OutcomeUpkeep } from "./outcome-upkeep.ts";

test("an outage is reported once, and its end, too", async () => {
  const clock = new ManualClock();
  const said: string[] = [];
  const log = { info: (text: string) => void said.push(text), warn: (text: string) => void said.push(text) };
  const upkeep = new OutcomeUpkeep({
    ...{ closes: { isIdle: true }, busySince: () => undefined },
    ...{ clock, stopwatch: clock.stopwatch, log },
  });
  let looks = 0;
  let isAway = true;
  const fill = async (): Promise<boolean> => {
    looks += 1;
    if (isAway) throw new Error("the database is away");
    return true;
  };
  upkeep.begin({ fill } as unknown as Traders["filler"], new AbortController().signal);
  await clock.turn(180_000);
  expect([looks, said]).toEqual([4, ["outcomes of signals can't be stored now: the database is away"]]);
  isAway = false;
  await clock.turn(120_000);
  expect(said.slice(1)).toEqual(["outcomes of signals are stored again"]);
  isAway = true;
  await clock.turn(120_000);
  expect(said.slice(2)).toEqual(["outcomes of signals can't be stored now: the database is away"]);
  upkeep.end();
});
