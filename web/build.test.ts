import { expect, test } from "bun:test";
import { buildPage } from "./build.ts";

/** Scripts and styles together, compressed: what a visitor waits for. */
const MOST_BYTES = 150_000;

const page = await buildPage();
const text = (path: string): string => new TextDecoder().decode(page.get(path)?.body);
const assets = [...page.keys()].filter((path) => path.startsWith("/assets/"));

test("the door names assets that are there, and only the assets may be kept for ever", () => {
  const named = [...`${text("/")}${text("/docs")}`.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, path = ""]) => path);
  expect(assets.filter((path) => !named.includes(path) && !isNamedInAScript(path))).toEqual([]);
  expect(named.filter((path) => !assets.includes(path))).toEqual([]);
  for (const [path, { immutable }] of page)
    expect({ path, immutable }).toEqual({ path, immutable: assets.includes(path) });
  expect([...page.keys()].filter((path) => !assets.includes(path)).toSorted()).toEqual(["/", "/docs", "/favicon.svg"]);
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
    "svg image/svg+xml",
  ]);
});

test("scripts and styles stay small", () => {
  const sizes = assets.map((path) => Bun.gzipSync(page.get(path)?.body as Uint8Array<ArrayBuffer>).byteLength);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(MOST_BYTES);
});

test.each(["/", "/docs"])("nothing stands inline in %s, as the content security policy wants it", (door) => {
  expect(text(door)).not.toMatch(/<style|style=|<script(?![^>]*\bsrc=)|\son\w+=/);
});
