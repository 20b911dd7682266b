import { describe, expect, test } from "bun:test";
import { type Import, importsOf, runtimeImportsOf } from "./imports.ts";
import { CODE_FILES, isTestCode, isThere, PROJECT_FILES, type ProjectPath, read } from "./project.ts";
import { EXCEPTIONS, ROOMS, roomOf } from "./rooms.ts";

const ROOM_CODE = CODE_FILES.filter((path) => roomOf(path) !== undefined && !isTestCode(path));

describe("imports", () => {
  test("go only where the room's row allows", () => {
    const wrong = ROOM_CODE.flatMap((path) =>
      importsOf(path).flatMap((one) => {
        const fault = faultOf(path, one);
        return fault === undefined ? [] : [`${path} imports "${one.specifier}": ${fault}`];
      }),
    );
    expect(wrong).toEqual([]);
  });

  test("name files that are there", () => {
    const lost = CODE_FILES.flatMap((path) =>
      importsOf(path)
        .filter(({ target }) => target !== undefined && !isThere(target))
        .map(({ specifier }) => `${path} imports "${specifier}"`),
    );
    expect(lost).toEqual([]);
  });

  test("are all seen by these tests: Bun's scanner finds none besides", () => {
    const overlooked = CODE_FILES.flatMap((path) => {
      const seen = new Set(importsOf(path).map(({ specifier }) => specifier));
      return (
        runtimeImportsOf(path)
          // The scanner adds a JSX runtime by itself, React's in place of the one that tsconfig.json names.
          .filter(
            (specifier) =>
              !seen.has(specifier) && !(path.endsWith(".tsx") && /^react(\/jsx-dev-runtime)?$/.test(specifier)),
          )
          .map((specifier) => `${path}: "${specifier}"`)
      );
    });
    expect(overlooked).toEqual([]);
  });

  test("of types count, in every way to write them", () => {
    const text = [
      'import type { A } from "./a.ts";',
      'import { type B, c as d } from "./b.ts";',
      'export type { C } from "./c.ts";',
      'export {\n  type E,\n} from "./e.ts";',
      'type F = import("./rooms.ts").F;',
      'import * as g from "./g.ts";',
      'import h from "./h.ts";',
      'import "./i.css";',
    ].join("\n");
    const seen = importsOf("src/x/x.ts", text).map(({ target, names }) => `${target} ${names.join()}`);
    expect(seen.sort()).toEqual([
      "src/x/a.ts A",
      "src/x/b.ts B,c",
      "src/x/c.ts C",
      "src/x/e.ts E",
      "src/x/g.ts *",
      "src/x/h.ts default",
      "src/x/i.css ",
      "src/x/rooms.ts *",
    ]);
  });
});

describe("the table of rooms", () => {
  test("has a row for every folder in src", () => {
    const folders = new Set(
      PROJECT_FILES.filter((path) => /^src\/[^/]+\//.test(path)).map((path) => path.split("/", 2).join("/")),
    );
    expect([...folders].filter((folder) => ROOMS[folder] === undefined)).toEqual([]);
  });

  test("says the same as each room's tsconfig.json", () => {
    for (const [room, { rooms }] of Object.entries(ROOMS)) {
      if (!isThere(`${room}/tsconfig.json`)) continue;
      const allowed = rooms.filter((other) => isThere(`${other}/tsconfig.json`));
      expect({ room, references: referencesOf(room) }).toEqual({ room, references: allowed.sort() });
    }
  });

  test("says the same as the table in ARCHITECTURE.md", () => {
    for (const [room, { rooms, packages }] of Object.entries(ROOMS)) {
      if (!isThere(`${room}/mod.ts`) && !isThere(`${room}/tsconfig.json`)) continue;
      const [mayImport, mayUse] = rowOf(room);
      const existing = rooms.filter((other) => isThere(`${other}/tsconfig.json`));
      const expected = room === "src/cli" ? ["src", "web/build.ts"] : existing.sort();
      expect({ room, mayImport, mayUse }).toEqual({ room, mayImport: expected, mayUse: [...packages].sort() });
    }
  });

  test("holds no exception that nothing needs any more", () => {
    const idle = EXCEPTIONS.filter(
      ({ file }) => PROJECT_FILES.some((path) => roomOf(path) === roomOf(file)) && !isThere(file),
    );
    expect(idle).toEqual([]);
  });
});

function faultOf(path: ProjectPath, { specifier, target }: Import): string | undefined {
  const room = roomOf(path) ?? "";
  const row = ROOMS[room];
  if (row === undefined) return "the room has no row";
  const exception = EXCEPTIONS.find(({ file }) => file === path);
  if (target === undefined) {
    const builtins = exception?.builtins ?? row.builtins;
    if (/^(node:|bun$|bun:)/.test(specifier)) {
      return builtins.some((prefix) => specifier.startsWith(prefix)) ? undefined : "the room has no builtins";
    }
    const allowed = row.packages.some((name) =>
      name.endsWith("/") ? specifier.startsWith(name) : specifier === name || specifier.startsWith(`${name}/`),
    );
    return allowed ? undefined : "not among the room's npm packages";
  }
  if (target.startsWith(`${room}/`)) return isTestCode(target) ? "a test isn't for others to use" : undefined;
  if (room === "src/cli" && EXCEPTIONS.some(({ file, door }) => file === target && door)) return undefined;
  const other = roomOf(target);
  if (other === undefined || !row.rooms.includes(other)) return "the room may not import that one";
  return target === `${other}/mod.ts` ? undefined : "comes in past the door, mod.ts";
}

/** The words in code in the second and third cell of a room's row; all of src is written as a sentence. */
function rowOf(room: string): string[][] {
  const row = new RegExp(`^\\| \`${room}\` \\|(.*)$`, "m").exec(read("ARCHITECTURE.md"))?.[1] ?? "";
  const cells = row.split("|").slice(0, 2);
  return cells.map((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, word = ""]) => word).sort());
}

function referencesOf(room: string): string[] {
  const { references } = JSON.parse(read(`${room}/tsconfig.json`)) as { references: { path: string }[] };
  return references.map(({ path }) => new URL(path, `file:///${room}/`).pathname.slice(1)).sort();
}
