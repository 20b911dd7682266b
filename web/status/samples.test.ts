import { expect, test } from "bun:test";
import { ClientError } from "../../src/client/mod.ts";
import type { UnixMs } from "../../src/core/mod.ts";
import type { FiguresAnswer, MetricSample } from "../../src/wire/mod.ts";
import { ManualClock } from "../../tests/helpers/clock.ts";
import { joined, type Sample, Samples, samplesOf } from "./samples.ts";

const NOW = 1_000_000;
const at = (moment: number): Sample => ({ at: moment, figures: new Map([["vyx_sockets", moment]]) });
const kept = (values: readonly (number | null)[], now = NOW): FiguresAnswer => ({
  ...{ now: now as UnixMs, everySeconds: 10, figures: { vyx_feed_lag_seconds: values } },
  at: values.map((_, index) => (now - 10_000 * (values.length - 1 - index)) as UnixMs),
});

test("what the server kept is put on the page's clock, without what it didn't know", () => {
  expect(
    samplesOf(kept([1, null, 3]), 5_000_000).map((one) => [one.at, one.figures.get("vyx_feed_lag_seconds")]),
  ).toEqual([
    [4_980_000, 1],
    [4_990_000, undefined],
    [5_000_000, 3],
  ]);
});

test("new samples are ten seconds apart, but for the newest, and go back an hour", () => {
  let all: readonly Sample[] = [];
  for (let moment = 0; moment <= 30_000; moment += 2_000) all = joined(all, at(moment));
  expect(all.map((one) => one.at)).toEqual([0, 10_000, 20_000, 30_000]);
  all = joined(all, at(32_000));
  expect(joined(all, at(34_000)).map((one) => one.at)).toEqual([0, 10_000, 20_000, 30_000, 34_000]);
  for (let moment = 40_000; moment <= 4_000_000; moment += 10_000) all = joined(all, at(moment));
  expect([all.length, all[0]?.at, all.at(-1)?.at]).toEqual([361, 400_000, 4_000_000]);
});

test("the hour is there at once, and goes on; whoever may not read all figures goes on with what the server kept", async () => {
  const clock = new ManualClock(NOW);
  const asked: string[] = [];
  let forbidden = false;
  const client = {
    figures: async () => {
      asked.push("figures");
      return kept([0.5, 1], clock.now());
    },
    metrics: async (): Promise<readonly MetricSample[]> => {
      asked.push("metrics");
      if (forbidden) throw new ClientError("forbidden", "no");
      return [
        { name: "vyx_feed_lag_seconds", labels: { market: "a" }, value: 2 },
        { name: "vyx_feed_lag_seconds", labels: { market: "b" }, value: 7 },
      ];
    },
  };
  const lags = (samples: Samples) => samples.all.value.map(({ figures }) => figures.get("vyx_feed_lag_seconds"));
  const stop = new AbortController();
  const samples = new Samples(client, clock);
  const following = samples.follow(stop.signal);
  await clock.turn(0);
  expect([lags(samples), asked]).toEqual([
    [0.5, 1, 7],
    ["figures", "metrics"],
  ]);
  expect([samples.isPartial.value, samples.fault.value]).toEqual([false, ""]);
  await clock.turn(2_000);
  expect(asked).toHaveLength(3);
  stop.abort();
  await following;

  [forbidden, asked.length] = [true, 0];
  const leaving = new AbortController();
  const partial = new Samples(client, clock);
  const looking = partial.follow(leaving.signal);
  await clock.turn(0);
  expect([lags(partial), partial.isPartial.value, partial.fault.value]).toEqual([[0.5, 1], true, ""]);
  await clock.turn(10_000);
  expect(asked).toEqual(["figures", "metrics", "figures"]);
  leaving.abort();
  await looking;
});
