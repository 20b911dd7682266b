import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { buildPage } from "./build.ts";

/** Scripts and styles of the first load, compressed: what a visitor waits for. */
const MOST_FIRST_BYTES = 74_000;
/** And with all that the chart needs. */
const MOST_CHART_BYTES = 174_000;

const page = await buildPage();
const text = (path: string): string => new TextDecoder().decode(page.get(path)?.body);
const assets = [...page.keys()].filter((path) => path.startsWith("/assets/"));

test("the door names assets that are there, and only the assets may be kept for ever", () => {
  const named = [...`${text("/")}${text("/docs")}`.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, path = ""]) => path);
  expect(assets.filter((path) => !named.includes(path) && !isNamedInAScript(path))).toEqual([]);
  expect(named.filter((path) => !assets.includes(path))).toEqual([]);
  for (const [path, { immutable }] of page)
    expect({ path, immutable }).toEqual({ path, immutable: assets.includes(path) });
  const others = [...page.keys()].filter((path) => !assets.includes(path) && !path.endsWith(".md"));
  expect(others.toSorted()).toEqual(["/", "/client.js", "/docs", "/favicon.svg"]);
});

/** Pieces that both doors share are named by the scripts. */
function isNamedInAScript(path: string): boolean {
  const name = path.slice("/assets/".length);
  return assets.some((other) => other !== path && other.endsWith(".js") && text(other).includes(name));
}

test("each file says what it is", () => {
  const types = [...page].map(([path, { contentType }]) => `${path.split(".")[1] ?? path} ${contentType}`);
  expect([...new Set(types)].toSorted()).toEqual([
    "/ text/html; charset=utf-8",
    "/docs text/html; charset=utf-8",
    "css text/css; charset=utf-8",
    "js text/javascript; charset=utf-8",
    "md text/markdown; charset=utf-8",
    "svg image/svg+xml",
  ]);
});

test("what the contract says of an answer's members isn't in the page", async () => {
  const said = "names this run of the server";
  expect(readFileSync(new URL("../src/wire/answer-schemas.ts", import.meta.url), "utf8")).toContain(said);
  const scripts = [...page.values()].map(({ body }) => new TextDecoder().decode(body));
  expect(scripts.filter((script) => script.includes(said))).toEqual([]);
});

test("scripts and styles stay small", () => {
  expect(gzipBytes(loadedWith(["/"]))).toBeLessThan(MOST_FIRST_BYTES);
  const chart = assets.filter((path) => path.startsWith("/assets/chart-screen-") && path.endsWith(".js"));
  expect(chart).toHaveLength(1);
  expect(gzipBytes(loadedWith(["/", ...chart]))).toBeLessThan(MOST_CHART_BYTES);
});

function gzipBytes(paths: readonly string[]): number {
  return paths.reduce((sum, path) => sum + Bun.gzipSync(page.get(path)?.body as Uint8Array<ArrayBuffer>).byteLength, 0);
}

/** All that is fetched before these run: what they name, and what those import. */
function loadedWith(paths: readonly string[]): string[] {
  const loaded = new Set(paths);
  for (const path of loaded) {
    const named = path.startsWith("/assets/")
      ? [...text(path).matchAll(/(?:from|import)\s*"(?:\.?\/)?(?:assets\/)?([^"/]+\.js)"/g)].map(
          ([, name]) => `/assets/${name}`,
        )
      : [...text(path).matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, name = ""]) => name);
    for (const name of named) loaded.add(name);
  }
  return [...loaded];
}

test("the theme's script comes first and isn't a module, because a module runs after the first picture", () => {
  const [first = ""] = /<script[^>]*>/.exec(text("/")) ?? [];
  const path = /^<script src="(\/assets\/first-theme-\w+\.js)">$/.exec(first)?.[1] ?? "";
  expect(text("/").indexOf(first)).toBeLessThan(text("/").indexOf('rel="stylesheet"'));
  expect(text(path)).toContain('"vyx.theme"');
  expect(text(path)).not.toMatch(/\b(?:import|export)\b/);
});

test.each(["/", "/docs"])("nothing stands inline in %s, as the content security policy wants it", (door) => {
  expect(text(door)).not.toMatch(/<style|style=|<script(?![^>]*\bsrc=)|\son\w+=/);
});
