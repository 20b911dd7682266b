import { describe, expect, test } from "bun:test";
import { dirname, join } from "node:path/posix";
import { exportsOf, importsOf } from "./imports.ts";
import { CODE_FILES, isTestCode, isThere, PACKAGE_JSON, PROJECT_FILES, type ProjectPath, read } from "./project.ts";
import { roomOf } from "./rooms.ts";

/** Names that leave a room although nothing here takes them, each with the reason. */
const FOR_OTHERS: readonly { name: string; why: string }[] = [
  "CallOptions",
  "ClientErrorCode",
  "EpochMessage",
  "GapMessage",
  "HistoryQuery",
  "KlineSeriesOptions",
  "KlinesQuery",
  "NewTrader",
  "SeriesState",
  "SignalCalls",
  "SignalsQuery",
  "SocketConstructor",
  "SymbolsMeant",
  "SymbolsQuery",
  "TickersQuery",
  "TraderCalls",
  "TraderChange",
  "TradersQuery",
].map((name) => ({ name: `src/client/mod.ts ${name}`, why: "programs that use the SDK name its types" }));

describe("no dead code", () => {
  test("every file of code is reached from an entry", () => {
    const reached = reachedFrom(entries());
    expect(CODE_FILES.filter((path) => !reached.has(path))).toEqual([]);
  });

  test("every style sheet and picture is named by a page or by code", () => {
    const naming = PROJECT_FILES.filter((path) => /\.(ts|tsx|mjs|html|css|md)$/.test(path));
    const named = new Set(naming.flatMap(mentionedIn));
    const assets = PROJECT_FILES.filter((path) => /\.(css|png|jpe?g|gif|svg|webp)$/.test(path));
    expect(assets.filter((path) => !named.has(path))).toEqual([]);
  });

  test("every name that leaves a room is taken by another room or a test", () => {
    const taken = takenNames();
    const reasons = new Set(FOR_OTHERS.map(({ name }) => name));
    const idle = doors().flatMap((door) =>
      exportsOf(door)
        .map((name) => `${door} ${name}`)
        .filter((name) => !taken.has(name) && !taken.has(`${door} *`) && !reasons.has(name)),
    );
    expect(idle).toEqual([]);
  });

  test("doors list by name what leaves", () => {
    expect(doors().filter((door) => exportsOf(door).includes("*"))).toEqual([]);
  });

  test("no reason is left for a name that is gone or taken", () => {
    const taken = takenNames();
    const existing = new Set(doors().flatMap((door) => exportsOf(door).map((name) => `${door} ${name}`)));
    expect(FOR_OTHERS.filter(({ name }) => !existing.has(name) || taken.has(name))).toEqual([]);
  });
});

function doors(): ProjectPath[] {
  return CODE_FILES.filter((path) => path.endsWith("/mod.ts"));
}

/** "src/core/mod.ts parseSymbol" for every name that somebody outside of the room, or one of its tests, takes from its door. */
function takenNames(): Set<string> {
  const taken = CODE_FILES.flatMap((path) =>
    importsOf(path)
      .filter(({ target }) => target?.endsWith("/mod.ts") && (roomOf(path) !== roomOf(target) || isTestCode(path)))
      .flatMap(({ target, names }) => names.map((name) => `${target} ${name}`)),
  );
  return new Set(taken);
}

/** Where something outside of the code starts it: a command, a test run, a benchmark run. */
function entries(): ProjectPath[] {
  const commands = [...Object.values(PACKAGE_JSON.scripts), read(".ci/run"), read("bin/vyx")].join("\n");
  const named = CODE_FILES.filter((path) => commands.includes(path) || commands.includes(`../${path}`));
  // Supabase finds functions by their folders.
  const functions = CODE_FILES.filter((path) => /^supabase\/functions\/[^/_]+\/index\.ts$/.test(path));
  const run = CODE_FILES.filter((path) => /\.test\.tsx?$/.test(path) || /^bench\/[^/]+\.ts$/.test(path));
  const main = ["src/cli/main.ts", "scripts/lib/launch.mjs"].filter(isThere);
  return [...named, ...functions, ...run, ...main];
}

/** Follows imports and also names of files in strings, by which bundlers, workers and child processes find theirs. */
function reachedFrom(start: readonly ProjectPath[]): Set<ProjectPath> {
  const reached = new Set<ProjectPath>();
  const waiting = [...start];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (reached.has(path) || !PROJECT_FILES.includes(path)) continue;
    reached.add(path);
    waiting.push(...(/\.(ts|tsx|mjs|html)$/.test(path) ? mentionedIn(path) : []));
  }
  return reached;
}

function mentionedIn(path: ProjectPath): ProjectPath[] {
  const names = [...read(path).matchAll(/["'`(]([^"'`()\s]+\.\w+)["'`)]/g)].map(([, name = ""]) => name);
  return names.flatMap((name) => [join(dirname(path), name), join(name)]);
}
