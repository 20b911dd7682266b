import { expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { PACKAGE_JSON, type ProjectPath, ROOT, read } from "./project.ts";

const FOLDER = ".github/workflows";
const WORKFLOWS = readdirSync(join(ROOT, FOLDER)).map((name) => read(`${FOLDER}/${name}` as ProjectPath));

test("workflows name each action by its commit, with its version beside it", () => {
  const used = WORKFLOWS.flatMap((text) => [...text.matchAll(/uses: (.*)/g)].map(([, action = ""]) => action));
  expect(used.length).toBeGreaterThan(2);
  expect(used.filter((action) => !/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(action))).toEqual([]);
});

test("workflows run scripts that there are, and may write nothing but what a release needs", () => {
  const scripts = WORKFLOWS.flatMap((text) => [...text.matchAll(/run: npm (?:run )?([\w:-]+)/g)].map(([, one]) => one));
  expect(scripts).toContain("test");
  expect(scripts.filter((one = "") => PACKAGE_JSON.scripts[one] === undefined)).toEqual([]);
  const rights = WORKFLOWS.flatMap((text) => [...text.matchAll(/^ +([\w-]+): write$/gm)].map(([, right]) => right));
  expect(rights).toEqual(["id-token"]);
});
