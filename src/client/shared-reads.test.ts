import { expect, test } from "bun:test";
import { SharedReads } from "./shared-reads.ts";

/** Requests whose answers the test gives. */
function asked(): {
  readonly signals: AbortSignal[];
  ask(signal: AbortSignal): Promise<string>;
  answer(index: number, text: string): void;
} {
  const signals: AbortSignal[] = [];
  const answers: PromiseWithResolvers<string>[] = [];
  return {
    signals,
    ask: (signal) => {
      const answer = Promise.withResolvers<string>();
      signal.addEventListener("abort", () => answer.reject(signal.reason));
      signals.push(signal);
      answers.push(answer);
      return answer.promise;
    },
    answer: (index, text) => answers[index]?.resolve(text),
  };
}

test("equal reads of the same moment are one request; a later one is another, even while the first is under way", async () => {
  const reads = new SharedReads();
  const { ask, answer, signals } = asked();
  const first = [reads.read("/a", undefined, ask), reads.read("/a", undefined, ask), reads.read("/b", undefined, ask)];
  expect(signals).toHaveLength(2);
  await Promise.resolve();
  const later = reads.read("/a", undefined, ask);
  expect(signals).toHaveLength(3);
  answer(0, "before");
  answer(1, "other");
  answer(2, "after");
  expect(await Promise.all([...first, later])).toEqual(["before", "before", "other", "after"]);
});

test("one who leaves takes nobody else's answer away; the request ends when all have left", async () => {
  const reads = new SharedReads();
  const { ask, answer, signals } = asked();
  const [one, other] = [new AbortController(), new AbortController()];
  const given = reads.read("/a", one.signal, ask).catch((reason: string) => reason);
  const kept = reads.read("/a", other.signal, ask);
  one.abort("left");
  expect(await given).toBe("left");
  expect(signals[0]?.aborted).toBe(false);
  answer(0, "answer");
  expect(await kept).toBe("answer");
  await Promise.resolve();
  const both = [one, other].map(() => new AbortController());
  const left = both.map(({ signal }) => reads.read("/a", signal, ask).catch((reason: string) => reason));
  for (const controller of both) controller.abort("gone");
  expect(await Promise.all(left)).toEqual(["gone", "gone"]);
  expect(signals[1]?.aborted).toBe(true);
});

test("an error reaches all who share the request, and one who comes with an ended signal asks for nothing", async () => {
  const reads = new SharedReads();
  const failing = (): Promise<never> => Promise.reject(new Error("no"));
  const all = [1, 2].map(() => reads.read("/a", undefined, failing).catch((cause: Error) => cause.message));
  expect(await Promise.all(all)).toEqual(["no", "no"]);
  const { ask, signals } = asked();
  await expect(reads.read("/a", AbortSignal.abort("ended"), ask)).rejects.toBe("ended");
  expect(signals).toEqual([]);
});
