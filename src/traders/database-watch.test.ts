import { expect, test } from "bun:test";
import { ManualClock } from "../../tests/helpers/clock.ts";
import { until } from "../../tests/helpers/until.ts";
import { ANSWER_WITHIN_MS, DatabaseWatch, LOOK_EVERY_MS, SHARED_ANSWER_WITHIN_MS } from "./database-watch.ts";

function watched(sharesConnection = false): {
  clock: ManualClock;
  watch: DatabaseWatch;
  lines: string[];
  ending: AbortController;
  /** What the database does when it is asked next. */
  answer: { next: () => Promise<unknown> };
} {
  const clock = new ManualClock();
  const lines: string[] = [];
  const log = { info: (line: string) => lines.push(line), warn: (line: string) => lines.push(line) };
  const answer = { next: (): Promise<unknown> => Promise.resolve() };
  const watch = new DatabaseWatch({ ask: () => answer.next(), sharesConnection, clock, log });
  const ending = new AbortController();
  void watch.run(ending.signal);
  return { clock, watch, lines, ending, answer };
}

const refused = (): Promise<never> =>
  Promise.reject(Object.assign(new Error("connect ECONNREFUSED 10.0.0.5:5432"), { code: "ECONNREFUSED" }));

test("a database that is gone is known within a second, in words without its address, and so is that it is back", async () => {
  const { clock, watch, lines, ending, answer } = watched();
  await until(() => watch.health().answeredAt !== undefined);
  const answeredAt = clock.now();
  answer.next = refused;
  await clock.turn(LOOK_EVERY_MS);
  await clock.turn(LOOK_EVERY_MS);
  expect(watch.health()).toEqual({
    fault: "traders: the database can't be reached: connect ECONNREFUSED …",
    errors: 2,
    answeredAt,
  });
  // Only the log has the address.
  expect(lines).toEqual([expect.stringContaining("10.0.0.5:5432")]);
  answer.next = () => Promise.resolve();
  await clock.turn(LOOK_EVERY_MS);
  expect(watch.health()).toEqual({ fault: undefined, errors: 2, answeredAt: clock.now() });
  expect(lines.at(-1)).toBe("the traders' database answers again");
  ending.abort();
});

test("work that waits for a database ends when that is found to be away, and none begins until it is back", async () => {
  const { clock, watch, ending, answer } = watched();
  await until(() => clock.sleepers === 1);
  answer.next = () => new Promise(() => {});
  const waiting = watch.whileUp(() => new Promise(() => {})).catch((cause: Error) => cause.message);
  await clock.turn(LOOK_EVERY_MS);
  await clock.turn(ANSWER_WITHIN_MS);
  const words = "traders: the database can't be reached: no answer within 3 s";
  expect(await waiting).toBe(words);
  let began = false;
  const refusedWork = watch.whileUp(async () => {
    began = true;
  });
  expect(await refusedWork.catch((cause: Error) => cause.message)).toBe(words);
  expect(began).toBe(false);
  answer.next = () => Promise.resolve();
  await clock.turn(LOOK_EVERY_MS);
  expect(await watch.whileUp(async () => "done")).toBe("done");
  ending.abort();
});

test("over a connection that is shared, a slow answer isn't taken for none", async () => {
  const { clock, watch, ending, answer } = watched(true);
  await until(() => clock.sleepers === 1);
  const slow = Promise.withResolvers<void>();
  answer.next = () => slow.promise;
  await clock.turn(LOOK_EVERY_MS);
  await clock.turn(ANSWER_WITHIN_MS * 10);
  expect(watch.health()).toMatchObject({ fault: undefined, errors: 0 });
  slow.resolve();
  await until(() => watch.health().answeredAt === clock.now());
  ending.abort();
});

test("over a connection that is shared, no answer for a minute is a fault, until the answer comes", async () => {
  const { clock, watch, lines, ending, answer } = watched(true);
  await until(() => clock.sleepers === 1);
  const hanging = Promise.withResolvers<void>();
  let asked = 0;
  answer.next = () => {
    asked += 1;
    return hanging.promise;
  };
  await clock.turn(LOOK_EVERY_MS);
  const waiting = watch.whileUp(() => new Promise(() => {})).catch((cause: Error) => cause.message);
  await clock.turn(SHARED_ANSWER_WITHIN_MS - 1);
  expect(watch.health().fault).toBeUndefined();
  await clock.turn(1);
  const words = "traders: the database doesn't answer: nothing for 60 s; restart the server";
  expect(watch.health().fault).toBe(words);
  expect(await waiting).toBe(words);
  // The next look waits for the same answer: statements don't pile up behind one that hangs.
  await clock.turn(LOOK_EVERY_MS);
  await clock.turn(SHARED_ANSWER_WITHIN_MS);
  expect(watch.health().errors).toBe(2);
  expect(asked).toBe(1);
  await clock.turn(LOOK_EVERY_MS);
  hanging.resolve();
  await until(() => watch.health().fault === undefined);
  expect(lines.at(-1)).toBe("the traders' database answers again");
  ending.abort();
});

test("a server that stops takes no end for a failure", async () => {
  const { clock, watch, lines, ending, answer } = watched();
  await until(() => clock.sleepers === 1);
  answer.next = () => new Promise(() => {});
  await clock.turn(LOOK_EVERY_MS);
  ending.abort();
  await until(() => clock.sleepers === 0);
  expect([watch.health().errors, lines]).toEqual([0, []]);
});
