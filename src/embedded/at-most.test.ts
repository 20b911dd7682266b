import { expect, test } from "bun:test";
import { join } from "node:path";
import { atMost } from "./at-most.ts";

test("work that doesn't end is waited for no longer than the limit, and a failure is told at once", async () => {
  await atMost(1, new Promise(() => {}));
  await expect(atMost(1e9, Promise.reject(new Error("broken")))).rejects.toThrow("broken");
});

test("no timer keeps a process that has done its work from ending", async () => {
  const script = `import { atMost } from "${join(import.meta.dir, "at-most.ts")}"; await atMost(1e9, Promise.resolve());`;
  expect(await Bun.spawn([process.execPath, "-e", script], { stdio: ["ignore", "inherit", "inherit"] }).exited).toBe(0);
});
