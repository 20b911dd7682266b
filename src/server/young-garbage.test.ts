import { expect, test } from "bun:test";
import { YoungGarbage } from "./young-garbage.ts";

test("garbage is collected each 16 MiB of bodies, and each few thousand requests without one", () => {
  let collections = 0;
  const garbage = new YoungGarbage(() => {
    collections += 1;
  });
  for (let request = 0; request < 1_600; request += 1) garbage.add(100 * 1_024);
  expect(collections).toBe(10);
  for (let request = 0; request < 10_000; request += 1) garbage.add(0);
  expect(collections).toBe(11);
});
