import { expect, test } from "bun:test";
import { GarbageWatch } from "./garbage-watch.ts";

const MB = 1024 ** 2;

test("garbage is collected each time memory has grown by 32 MB above its least since the last time", () => {
  let [megabytes, collections] = [0, 0];
  const watch = new GarbageWatch(
    () => megabytes * MB,
    () => {
      collections += 1;
    },
  );
  const counts = [500, 531, 532, 540, 560, 564, 510, 541, 542].map((now) => {
    megabytes = now;
    watch.look();
    return collections;
  });
  expect(counts).toEqual([0, 0, 1, 1, 1, 2, 2, 2, 3]);
});
