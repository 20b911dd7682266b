import { expect, test } from "bun:test";
import { CODE_FILES, isTestCode, type ProjectPath, read } from "./project.ts";

/** The ways to ask the machine for the time or for luck, which the code gets as a Clock and as a seeded Random instead. */
const ASKING = {
  "Date.now": /\bDate\.now\b/,
  "new Date()": /\bnew Date(?:\(\s*\)|(?!\s*[(\w.]))/,
  "performance.now": /\bperformance\.(?:now|timeOrigin)\b/,
  "Bun.nanoseconds": /\bBun\.nanoseconds\b/,
  "process.cpuUsage": /\bprocess\.(?:cpuUsage|threadCpuUsage)\b/,
  "process.hrtime": /\bprocess\.(?:hrtime|uptime)\b/,
  "Math.random": /\bMath\.random\b/,
} as const;

type Way = keyof typeof ASKING;

/** Where it is allowed, and why. A path that ends in / stands for a folder. */
const ALLOWED: readonly { path: ProjectPath; ways: readonly Way[]; why: string }[] = [
  {
    path: "src/client/machine.ts",
    ways: ["Date.now", "Math.random"],
    why: "makes the Clock that all others get; the SDK's users have no composition root of ours, so it brings its own",
  },
  {
    path: "src/cli/stopwatch.ts",
    ways: ["performance.now", "process.cpuUsage"],
    why: "the composition root's, for how long requests and filters took",
  },
];

const CODE = CODE_FILES.filter((path) => path.startsWith("src/") && !isTestCode(path));

test("nothing in src asks the machine for the time or for luck, except where the Clock is made", () => {
  const found = CODE.flatMap((path) =>
    waysIn(read(path), path.endsWith("x") ? "tsx" : "ts").map((way) => ({ path, way })),
  );
  const wrong = found.filter(
    ({ path, way }) => !ALLOWED.some((one) => path.startsWith(one.path) && one.ways.includes(way)),
  );
  expect(wrong).toEqual([]);
});

test("every way to ask is seen, comments and dates that are given aren't", () => {
  expect(waysIn("// Date.now() and Math.random() are forbidden\nexport const at = new Date(5);")).toEqual([]);
  expect(waysIn("export const at = [new Date(), new Date, Date.now(), Math.random()];")).toEqual([
    "Date.now",
    "new Date()",
    "Math.random",
  ]);
  expect(waysIn("export const at = [performance.now(), process.hrtime.bigint(), Bun.nanoseconds()];")).toHaveLength(3);
});

function waysIn(text: string, loader: "ts" | "tsx" = "ts"): Way[] {
  // Bun's transpiler takes comments and types away and leaves what runs.
  const running = new Bun.Transpiler({ loader, deadCodeElimination: false }).transformSync(text);
  return (Object.keys(ASKING) as Way[]).filter((way) => ASKING[way].test(running));
}
