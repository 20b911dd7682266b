import { appendFileSync } from "node:fs";
import { type Command, Option } from "commander";
import { InvalidInput, type Millis, millis } from "../../core/mod.ts";
import {
  checkRedis,
  checkSides,
  compareOnce,
  cutoverSteps,
  type MigrationStep,
  probeFunctions,
  rollbackSteps,
  type Sides,
} from "../../migrate/mod.ts";
import { type RedisCommands, readKeys } from "../../migrate/redis/mod.ts";
import { systemClock } from "../clock.ts";
import { named } from "../flag-error.ts";
import { wholeNumber } from "../setting-values.ts";
import { addRedisFlags, addSideFlags, type SideFlags, selectionOf, withRedis, withSides } from "./sides.ts";

/** Candles of each series that a step compares, the newest. */
const COMPARED_CANDLES = 500;

/** The wait before a difference counts, in milliseconds. */
const GRACE_MS = 5_000;

interface StepFlags extends SideFlags {
  readonly functionsUrl?: string;
  readonly project: string;
  readonly app: string;
  readonly log: string;
  readonly within: string;
  readonly share?: string;
}

/** The result of a step, for the log. */
type Entry = Readonly<Record<string, unknown>>;

/** `vyx migrate cutover`: checks, prints the commands, and waits until the functions use the new source. */
export function cutoverCommand(migrate: Command): void {
  addStepFlags(
    addSideFlags(
      migrate
        .command("cutover")
        .description(
          "Switch a share of traders and users over: check both sides, print each step with its command, then wait until the\n" +
            "functions use the new source. It runs none of the commands itself. The exit code is 0 if they do.",
        ),
    ).addOption(new Option("--share <PERCENT>", "of traders and users: 10, then 50, then 100").makeOptionMandatory()),
  ).action(async (flags: StepFlags) => {
    const share = named("share", () => wholeNumber(flags.share ?? "", 1, 100));
    const script = new Script(flags, "cutover");
    await withSides(flags, async (sides) => {
      if (!script.isDry && !(await sidesAgree(sides, flags, script))) {
        script.end(false, "nothing was changed: the sides must agree first");
        return;
      }
      script.steps(cutoverSteps(share, flags, flags.upstash));
      await script.watch(sides.redis, share);
    });
  });
}

/** `vyx migrate rollback`: needs Redis alone, as the server may be what is wrong. */
export function rollbackCommand(migrate: Command): void {
  const command = migrate
    .command("rollback")
    .description(
      "Switch back to Redis with one variable: check Redis, print the step, then wait until the functions read from there.\n" +
        "It doesn't need the server. The exit code is 0 if they do.",
    );
  addStepFlags(addRedisFlags(command))
    .addOption(new Option("--json", "as JSON lines"))
    .addOption(new Option("--dry-run", "print the step without any check"))
    .action(async (flags: StepFlags) => {
      const script = new Script(flags, "rollback");
      await withRedis(flags, async (redis) => {
        if (!script.isDry)
          for (const finding of await checkRedis(redis, systemClock))
            script.tell({ before: finding.check, ...finding });
        script.steps(rollbackSteps(flags));
        await script.watch(redis, 0);
      });
    });
}

function addStepFlags(command: Command): Command {
  return command
    .addOption(
      new Option(
        "--functions-url <URL>",
        "the functions' URL, https://PROJECT.supabase.co/functions/v1, with their key in VYX_SERVICE_KEY",
      ),
    )
    .addOption(new Option("--project <REF>", "the Supabase project, for the printed commands").default("PROJECT"))
    .addOption(new Option("--app <NAME>", "the Fly app, for the printed commands").default("APP"))
    .addOption(new Option("--within <SECONDS>", "how long to wait for the functions to switch").default("300"))
    .addOption(
      new Option("--log <FILE>", "append a record to this file, as lines of JSON").default("vyx-migration.log"),
    );
}

async function sidesAgree(sides: Sides, flags: StepFlags, script: Script): Promise<boolean> {
  const selection = selectionOf(flags);
  const findings = await checkSides(sides, { ...selection, clock: systemClock });
  for (const finding of findings) script.tell({ before: finding.check, ...finding });
  if (findings.some(({ ok }) => !ok)) return false;
  const { agree, candles, series, counts } = await compareOnce(sides, {
    ...selection,
    limit: COMPARED_CANDLES,
    grace: millis(GRACE_MS),
    clock: systemClock,
    signal: new AbortController().signal,
  });
  const kinds = Object.entries(counts).flatMap(([kind, count]) => (count === 0 ? [] : [`${count} ${kind}`]));
  const found = `${candles} closed candles of ${series} series: ${agree ? "no difference" : kinds.join(", ") || "none"}`;
  script.tell({ before: "compare", ok: agree, found, expected: agree ? "" : "sides that agree: vyx migrate compare" });
  return agree;
}

/** Prints progress to the terminal and to the log. */
class Script {
  readonly isDry: boolean;
  readonly #flags: StepFlags;
  readonly #what: string;
  readonly #within: Millis;

  constructor(flags: StepFlags, what: string) {
    this.isDry = flags.dryRun === true;
    this.#flags = flags;
    this.#what = what;
    this.#within = named("within", () => millis(wholeNumber(flags.within, 1, 86_400) * 1_000));
    if (!this.isDry && flags.functionsUrl === undefined) {
      throw new InvalidInput(
        "--functions-url is missing: only the functions show whether the cut-over worked; --dry-run prints the steps",
      );
    }
    if (flags.functionsUrl !== undefined && !URL.canParse(flags.functionsUrl)) {
      throw new InvalidInput(
        `--functions-url: "${flags.functionsUrl}" is not an address: expected https://…/functions/v1`,
      );
    }
  }

  tell(entry: Entry): void {
    const line = { at: new Date(systemClock.now()).toISOString(), what: this.#what, ...entry };
    if (!this.isDry) appendFileSync(this.#flags.log, `${JSON.stringify(line)}\n`);
    if (this.#flags.json === true) console.log(JSON.stringify(line));
    else if ("check" in entry || "before" in entry || "after" in entry) {
      console.log(`${entry.ok === true ? "✓" : "✗"} ${String(entry.before ?? entry.after).padEnd(12)}${entry.found}`);
      if (entry.ok !== true && entry.expected !== undefined) console.log(`${" ".repeat(14)}expected ${entry.expected}`);
    }
  }

  steps(steps: readonly MigrationStep[]): void {
    for (const [index, step] of steps.entries()) {
      this.tell({ step: index + 1, ...step });
      if (this.#flags.json === true) continue;
      console.log(`\n${index + 1}. ${step.does}`);
      console.log(`   on Supabase:  ${step.supabase}`);
      console.log(`   on Fly:       ${step.fly}`);
    }
  }

  /** Waits until the functions read from the server for this share. */
  async watch(redis: RedisCommands, share: number): Promise<void> {
    const { functionsUrl } = this.#flags;
    if (this.isDry || functionsUrl === undefined) return;
    const [series] = (await readKeys(redis)).klines.filter(({ interval }) => interval === "1m");
    if (series === undefined) throw new InvalidInput("Redis has no candles of 1m to ask the functions for");
    if (this.#flags.json !== true) {
      console.log(`\nrun these commands now; waiting until the functions read from the server for ${share} percent …`);
    }
    const key = process.env.VYX_SERVICE_KEY || undefined;
    const began = systemClock.now();
    const result = await probeFunctions({
      functionsUrl,
      key,
      series,
      share,
      within: this.#within,
      clock: systemClock,
    });
    const seconds = Math.round((systemClock.now() - began) / 1_000);
    this.tell({
      after: "functions",
      ok: result.ok,
      found: result.found,
      expected: `${share} percent, without a fallback: run the printed commands, and wait for the functions to restart`,
      seconds,
    });
    this.end(
      result.ok,
      result.ok
        ? `the functions read from the server for ${share} percent, after ${seconds} s`
        : `the functions don't read from the server for ${share} percent after ${seconds} s: ${result.found}${share === 0 ? "" : ". To switch back, run vyx migrate rollback"}`,
    );
  }

  end(ok: boolean, says: string): void {
    this.tell({ end: says, ok });
    if (this.#flags.json !== true) console.log(`\n${says}`);
    process.exitCode = ok ? 0 : 1;
  }
}
