import { expect, test } from "bun:test";
import { effect } from "@preact/signals";
import { type Client, ClientError } from "../../src/client/mod.ts";
import type { TraderPerformance, TraderVersion } from "../../src/wire/mod.ts";
import { RecordState } from "./record-state.ts";

function setUp() {
  const asked: string[] = [];
  const world = { isDown: false };
  const version = (number: number): TraderVersion => ({ version: number }) as TraderVersion;
  const traders = {
    versions: async (id: string, { cursor }: { cursor?: string } = {}) => {
      asked.push(`${id} ${cursor ?? "newest"}`);
      if (world.isDown) throw new ClientError("network", "GET /traders: no line");
      if (cursor === undefined) return { count: 2, versions: [version(4), version(3)], cursor: "3" };
      return { count: 1, versions: [version(2)], cursor: null };
    },
    performance: async (
      _: string,
      { version: number, feesPercent }: { version?: number; feesPercent?: number } = {},
    ) => {
      asked.push(`${number} at ${feesPercent}`);
      return { version: number } as TraderPerformance;
    },
  } as unknown as Pick<Client["traders"], "versions" | "performance">;
  return { asked, world, record: new RecordState({ traders, id: "t" }) };
}

test("older versions follow those that are there", async () => {
  const { record, asked } = setUp();
  await record.load();
  await record.older();
  const phase = record.versions.phase.value;
  expect(phase).toMatchObject({ kind: "done", answer: { cursor: null } });
  expect(phase.kind === "done" && phase.answer.versions.map(({ version }) => version)).toEqual([4, 3, 2]);
  await record.older();
  expect(asked).toEqual(["t newest", "t 3"]);
});

test("a record is asked for once, and again with other fees or when it is read again", async () => {
  const { record, asked } = setUp();
  const stop = effect(() => void record.recordOf(4).phase.value);
  record.recordOf(4);
  await Promise.resolve();
  expect(asked).toEqual(["4 at 0.2"]);
  record.changeFees(Number.NaN);
  record.changeFees(11);
  record.changeFees(0);
  expect(asked).toEqual(["4 at 0.2", "4 at 0"]);
  await record.load();
  expect(asked).toEqual(["4 at 0.2", "4 at 0", "4 at 0", "t newest"]);
  stop();
});

test("what can't be read is told in words", async () => {
  const { record, world } = setUp();
  world.isDown = true;
  await record.load();
  expect(record.versions.phase.value).toEqual({ kind: "failed", detail: "no line", before: undefined });
});
