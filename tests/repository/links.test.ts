import { expect, test } from "bun:test";
import { dirname, join } from "node:path/posix";
import { anchorsOf, documents, proseOf } from "./documents.ts";
import { CODE_FILES, isThere, PROJECT_FILES, type ProjectPath, read } from "./project.ts";

test("links and pictures in the documents lead somewhere", () => {
  const broken = documents().flatMap(({ path, text }) =>
    targetsIn(text)
      .filter((target) => !leadsSomewhere(path, target))
      .map((target) => `${path}: ${target}`),
  );
  expect(broken).toEqual([]);
});

test("docs/README.md leads to every page in docs", () => {
  const linked = targetsIn(read("docs/README.md")).map((target) => join("docs", target.split("#")[0] ?? ""));
  const pages = documents().map(({ path }) => path);
  expect(
    pages.filter((path) => path.startsWith("docs/") && path !== "docs/README.md" && !linked.includes(path)),
  ).toEqual([]);
});

test("README.md tells what is in every folder of the project", () => {
  const told = targetsIn(read("README.md"));
  const folders = PROJECT_FILES.flatMap((path) => {
    const [top = "", inner, below] = path.split("/");
    if (top === "src") return below === undefined ? [] : [`src/${inner}`];
    return inner === undefined || top.startsWith(".") ? [] : [top];
  });
  expect([...new Set(folders)].filter((folder) => !told.includes(folder)).sort()).toEqual([]);
});

test("links in comments name what there is", () => {
  const files = CODE_FILES.map((path) => ({ path, text: read(path) }));
  const named = new Set(files.flatMap(({ text }) => text.replace(/\/\*\*.*?\*\//gs, "").match(/[\w$]+/g) ?? []));
  const broken = files.flatMap(({ path, text }) =>
    [...text.matchAll(/\{@link ([\w$.]+)/g)]
      .map(([, target = ""]) => target)
      .filter((target) => target.split(".").some((name) => !named.has(name)))
      .map((target) => `${path}: ${target}`),
  );
  expect(broken).toEqual([]);
});

test("links are found in every way to write them", () => {
  const text =
    'a [b](c.md "d") ![e](<f g.png>) `[no](no.md)` <img alt="" src="h.png">\n\n[i]: j.md\n```\n[no](no.md)\n```\n';
  expect(targetsIn(text).sort()).toEqual(["c.md", "f g.png", "h.png", "j.md"]);
  expect(anchorsOf("# One `two`, three\n## [Four](five.md)\n## Four")).toEqual(["one-two-three", "four", "four-1"]);
});

function targetsIn(text: string): string[] {
  const prose = proseOf(text);
  const found = [
    ...prose.matchAll(/\]\(\s*(?:<([^>\n]+)>|([^)\s]+))[^)\n]*\)/g),
    ...prose.matchAll(/^ *\[[^\]\n]+\]:\s*(?:<([^>\n]+)>|(\S+))/gm),
    ...prose.matchAll(/\b(?:src|href)="(([^"]+))"/g),
  ];
  return found.map(([, bracketed, plain]) => bracketed ?? plain ?? "");
}

function leadsSomewhere(from: ProjectPath, target: string): boolean {
  if (/^[a-z][a-z+.-]*:/i.test(target)) return true;
  const [path = "", anchor] = decodeURI(target).split("#");
  if (path.startsWith("/")) return false;
  const file = path === "" ? from : join(dirname(from), path);
  if (file.startsWith("..") || !isThere(file)) return false;
  return anchor === undefined || !file.endsWith(".md") || anchorsOf(read(file)).includes(anchor);
}
