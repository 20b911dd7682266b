import { expect, test } from "bun:test";
import { PROJECT_FILES, read } from "./project.ts";

const TEST_FILES = PROJECT_FILES.filter((path) => /\.test\.tsx?$/.test(path));
const TIMINGS: { readonly files: Readonly<Record<string, number>> } = JSON.parse(read("tests/timings.json"));

/** What scripts/test.mjs gives each test, in milliseconds. */
const RUNNER_LIMIT_MS = 180_000;

/** Ten seconds or more as the last argument, behind a function: a time limit, not the pause of a timer. */
const LIMIT = /\},\s+([\d_]{6,}),?\s*\);/g;

test("tests/timings.json names every test file and no other: npm test -- PATH --update-timings adds one", () => {
  expect(TEST_FILES.filter((path) => !(path in TIMINGS.files))).toEqual([]);
  expect(Object.keys(TIMINGS.files).filter((path) => !TEST_FILES.includes(path))).toEqual([]);
});

test("no test or hook has less time than the runner gives: a busy machine would fail it", () => {
  const limits = TEST_FILES.flatMap((path) =>
    [...read(path).matchAll(LIMIT)].map(([, limit = ""]) => ({ path, limitMs: Number(limit.replaceAll("_", "")) })),
  );
  expect(limits.filter(({ limitMs }) => limitMs < RUNNER_LIMIT_MS)).toEqual([]);
  expect(limits).toContainEqual({ path: "tests/kill/kill.test.ts", limitMs: 300_000 });
});
