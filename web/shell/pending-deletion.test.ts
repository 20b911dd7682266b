import { expect, test } from "bun:test";
import { ManualClock } from "../../tests/helpers/clock.ts";
import { PendingDeletion, UNDO_WITHIN_MS } from "./pending-deletion.ts";

const [A, B] = [{ id: "a" }, { id: "b" }];

function opened() {
  const clock = new ManualClock();
  const deleted: string[] = [];
  const deletion = new PendingDeletion<{ id: string }>(clock, async ({ id }) => void deleted.push(id));
  return { clock, deleted, deletion, listed: () => deletion.without([A, B]).map(({ id }) => id) };
}

test("what is deleted leaves the list at once, and goes for good when the time to undo is over", async () => {
  const { clock, deleted, deletion, listed } = opened();
  deletion.start(A);
  await clock.turn(UNDO_WITHIN_MS - 1);
  expect([listed(), deleted]).toEqual([["b"], []]);
  await clock.turn(1);
  expect([deletion.pending.value, deleted]).toEqual([undefined, ["a"]]);
});

test("it can be had back in time", async () => {
  const { clock, deleted, deletion, listed } = opened();
  deletion.start(A);
  deletion.undo();
  await clock.turn(UNDO_WITHIN_MS);
  expect([listed(), deleted]).toEqual([["a", "b"], []]);
});

test("the next deletion, and the page's end, carry out the one before, once", async () => {
  const { clock, deleted, deletion, listed } = opened();
  deletion.start(A);
  deletion.start(B);
  expect([listed(), deleted]).toEqual([["a"], ["a"]]);
  deletion.settle();
  deletion.settle();
  await clock.turn(UNDO_WITHIN_MS);
  expect([deletion.pending.value, deleted]).toEqual([undefined, ["a", "b"]]);
});
