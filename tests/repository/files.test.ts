import { expect, test } from "bun:test";
import { PROJECT_FILES, type ProjectPath, ROOT, read, sizeInBytes } from "./project.ts";

const LARGEST_BYTES = 1_000_000;
/** Folders in which people keep their checkouts; put together here so that this file doesn't name one. */
const PERSONAL = ["work", "home", "root", "Users"].map((name) => `/${name}/`);
const PERSONAL_PATH = new RegExp(`(?<![\\w.*)}-])(?:${PERSONAL.join("|")})`);

test("no file is larger than a megabyte", () => {
  expect(PROJECT_FILES.filter((path) => sizeInBytes(path) > LARGEST_BYTES)).toEqual([]);
});

test("no file names a path of somebody's machine", () => {
  expect(
    PROJECT_FILES.flatMap((path) =>
      linesOf(path)
        .filter(isPersonal)
        .map((line) => `${path}: ${line}`),
    ),
  ).toEqual([]);
});

test("a machine's path is told from a route and from a folder of ours", () => {
  expect(isPersonal(`see ${PERSONAL[1]}me/vyx`)).toBe(true);
  expect(isPersonal(`"${PERSONAL[0]}x"`)).toBe(true);
  expect(isPersonal(`../..${PERSONAL[0]}x`)).toBe(false);
  expect(isPersonal(`src${PERSONAL[0]}x`)).toBe(false);
});

function isPersonal(line: string): boolean {
  return PERSONAL_PATH.test(line) || line.includes(ROOT);
}

function linesOf(path: ProjectPath): string[] {
  const text = read(path);
  return text.includes("\0") ? [] : text.split("\n");
}
