import { afterEach, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { viewOfArrays } from "../../tests/helpers/arrays-view.ts";
import { minuteKlines } from "../../tests/helpers/truth.ts";
import { type Interval, parseSymbol, type Ticker, tickerFromKlines, type UnixMs } from "../core/mod.ts";
import { Calculator, type ClosedKlines, FilterCodeFault, FilterInput, type FilterOutcome } from "../strategy/mod.ts";
import { ESCAPES } from "./escapes.contract.ts";
import { createSandbox, type Sandbox } from "./mod.ts";

/** The page that holds each attempt's outcome; UPDATE_GOLDEN=1 writes it anew. */
const PAGE = join(import.meta.dir, "../../docs/filter-escapes.md");

const START = Date.UTC(2026, 1, 10);
const SYMBOL = parseSymbol("BTCUSDT");
const KLINES = minuteKlines(START, 260, 1, () => false);
const CLOSE_TIME = (START + 255 * 60_000 - 1) as UnixMs;

/** A stopwatch that a look at it moves by 1 ms: twenty looks are a filter's time, however fast or busy the computer is. */
function lookingStopwatch(): () => number {
  let now = 0;
  return () => {
    now += 1;
    return now;
  };
}

function inputOf(calculator: Calculator): FilterInput {
  const view = viewOfArrays([{ symbol: SYMBOL, interval: "1m", settled: true, klines: KLINES }]);
  const klines = view.closed(SYMBOL, "1m", CLOSE_TIME, 250) as ClosedKlines;
  const ticker = tickerFromKlines(SYMBOL, KLINES.slice(0, 255), CLOSE_TIME) as Ticker;
  return new FilterInput(SYMBOL, CLOSE_TIME, ticker, new Map<Interval, ClosedKlines>([["1m", klines]]), calculator);
}

/** Runs an attempt three times in one machine, as three symbols of a screen, and tells the worst of it in words. */
function tried(sandbox: Sandbox, code: string): { readonly escaped: boolean; readonly said: string } {
  let filter: ReturnType<Sandbox["prepare"]>;
  try {
    filter = sandbox.prepare(code);
  } catch (cause) {
    if (!(cause instanceof FilterCodeFault)) throw cause;
    return { escaped: false, said: `refused: ${cause.message}` };
  }
  try {
    const input = inputOf(new Calculator());
    const runs = [filter.run(input), filter.run(input), filter.run(input)];
    const by = filter.engine === "compiled" && runs.some(({ engine }) => engine === "quickjs") ? "handed over, " : "";
    const worst = runs.find(({ outcome }) => outcome.kind === "match") ?? runs[0];
    const outcome = worst?.outcome as FilterOutcome;
    return { escaped: outcome.kind === "match", said: by + inWords(outcome) };
  } finally {
    filter.close();
  }
}

function inWords(outcome: FilterOutcome): string {
  switch (outcome.kind) {
    case "match":
      return "ESCAPED";
    case "no_match":
      return "got nothing";
    case "skipped":
      return `skipped: ${outcome.reason}`;
    case "stopped":
      // Where it was just then hangs on which of two ways the time was looked at.
      return `stopped: ${outcome.message.replace(/^line \d+, column \d+: /, "")}`;
    case "error":
      return `error: ${outcome.message}`;
  }
}

describe("attempts to escape", () => {
  let machine: Sandbox;
  let both: Sandbox;
  const rows: string[] = [];
  const before = ownNames();

  beforeAll(async () => {
    machine = await createSandbox({ stopwatch: lookingStopwatch(), only: "quickjs" });
    both = await createSandbox({ stopwatch: lookingStopwatch() });
  });

  afterEach(() => {
    // Nothing came into the host's world, and nothing there was changed.
    expect(ownNames()).toEqual(before);
  });

  test("are at least a hundred, each of another name", () => {
    expect(ESCAPES.length).toBeGreaterThanOrEqual(100);
    expect(new Set(ESCAPES.map(({ name }) => name)).size).toBe(ESCAPES.length);
  });

  test.each(ESCAPES.map(({ name, code }) => [name, code] as const))("%s", (name, code) => {
    const inMachine = tried(machine, code);
    const inBoth = tried(both, code);
    expect({ name, ...inMachine }).toMatchObject({ escaped: false });
    expect({ name, ...inBoth }).toMatchObject({ escaped: false });
    expect(inMachine.said + inBoth.said).not.toContain("broke the machine");
    const compiled = inMachine.said.startsWith("refused") ? "refused" : compiledSaid(both, code, inBoth.said);
    rows.push(`| ${cell(name)} | \`${cell(code)}\` | ${cell(compiled)} | ${cell(inMachine.said)} |`);
  });

  test("a filter of good faith still runs after all of them", () => {
    const code = "return {match: rsi(candles('1m').close, 14).at(-1) > 0, facts: {length: candles('1m').length}};";
    for (const sandbox of [machine, both]) {
      const filter = sandbox.prepare(code);
      expect(filter.run(inputOf(new Calculator())).outcome).toEqual({ kind: "match", facts: { length: 250 } });
      filter.close();
    }
  });

  test("the page tells each outcome", async () => {
    const page = `${INTRODUCTION}\n${rows.join("\n")}\n`;
    if (process.env.UPDATE_GOLDEN === "1") await Bun.write(PAGE, page);
    expect(await Bun.file(PAGE).text()).toBe(page);
  });
});

const INTRODUCTION = `# Attempts to escape

Each is the body of a filter that answers true only if it got what it was after; none does. A test runs them all in both
engines and holds this page to what came of them (\`UPDATE_GOLDEN=1 npm test -- src/sandbox\` writes it anew). *Not taken*
means that the compiler leaves the filter to QuickJS, and why; *handed over* that the compiled filter met something that
only QuickJS runs. Times are those of a stopwatch that the test turns.

| Attempt | Code | Compiler | QuickJS |
| --- | --- | --- | --- |`;

/** What the compiler made of it: why it didn't take it, or what came of running it. */
function compiledSaid(sandbox: Sandbox, code: string, said: string): string {
  const filter = sandbox.prepare(code);
  filter.close();
  return filter.engine === "compiled" ? said : `not taken: ${filter.why}`;
}

function cell(text: string): string {
  const shown = text.length > 160 ? `${text.slice(0, 160)}…` : text;
  return shown
    .replaceAll("\\", "\\\\")
    .replaceAll("|", "\\|")
    .replaceAll("`", "'")
    .replaceAll(/\p{C}|\p{Z}/gu, " ");
}

/** All that a filter that got out could have left behind. */
function ownNames(): Record<string, number> {
  const world = { globalThis, Object, Array, String, Number, Function, Math, JSON, Error } as Record<string, object>;
  const names: Record<string, number> = {};
  for (const [name, one] of Object.entries(world)) {
    names[name] = Reflect.ownKeys(one).length;
    const { prototype } = one as { prototype?: object };
    if (prototype !== undefined) names[`${name}.prototype`] = Reflect.ownKeys(prototype).length;
  }
  return names;
}
