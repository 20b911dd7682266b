import {
  type EngineName,
  FilterCodeFault,
  type FilterInput,
  type FilterOutcome,
  type FilterRun,
  type FilterRunner,
  type PreparedFilter,
} from "../strategy/mod.ts";
import { compile } from "./compile/compile.ts";
import { type Instrumented, instrument } from "./instrument.ts";
import { Machine } from "./machine.ts";
import { type ParsedFilter, parseFilter } from "./parse.ts";
import { loadQuickJs, type QuickJs } from "./quickjs.ts";
import { HandOver, Runtime } from "./runtime.ts";

/** Filters that are kept read and compiled; the one that wasn't used for longest goes first. */
export const MAX_KEPT_FILTERS = 1_000;

/** How a sandbox is set up. */
export interface SandboxOptions {
  /** Milliseconds that pass. */
  readonly stopwatch: () => number;
  /** Leaves the other engine out, to compare the two. */
  readonly only?: EngineName;
}

/** Makes a sandbox; QuickJS is loaded once for it, which takes some tenths of a second. */
export async function createSandbox(options: SandboxOptions): Promise<Sandbox> {
  const [quickjs, spare] = await Promise.all([loadQuickJs(), loadQuickJs()]);
  return new Sandbox(quickjs, spare, options);
}

/** A filter that was read, and compiled where it could be. */
interface KeptFilter {
  readonly parsed: ParsedFilter;
  readonly instrumented: Instrumented;
  readonly compiled: (($: Runtime) => unknown) | undefined;
  readonly why: string;
}

/** Runs filters of strangers, in one of two ways. */
export class Sandbox implements FilterRunner {
  readonly #options: SandboxOptions;
  readonly #kept: Map<string, KeptFilter> = new Map();
  /** The instance to run in; undefined when one broke and there was no spare, until another is there. */
  #quickjs: QuickJs | undefined;
  #spare: QuickJs | undefined;
  #loading: Promise<void> = Promise.resolve();
  #machine: Machine | undefined;

  constructor(quickjs: QuickJs, spare: QuickJs, options: SandboxOptions) {
    this.#quickjs = quickjs;
    this.#spare = spare;
    this.#options = options;
  }

  /** Resolves when QuickJS is as ready as at the start, whatever a filter did to it. */
  async ready(): Promise<void> {
    await this.#loading;
  }

  prepare(code: string): PreparedFilter {
    const { parsed, instrumented, compiled, why } = this.#read(code);
    const { only } = this.#options;
    const runtime = only === "quickjs" || compiled === undefined ? undefined : new Runtime();
    const engine: EngineName = runtime === undefined ? "quickjs" : "compiled";
    const holder = {};
    let broken: FilterOutcome | undefined;
    const inMachine = (input: FilterInput): FilterOutcome => {
      // It would break the next one too, and others need that.
      if (broken !== undefined) return broken;
      try {
        if (this.#quickjs === undefined) return { kind: "stopped", message: "QuickJS is being loaded anew: try again" };
        this.#machine ??= new Machine(this.#quickjs, this.#options.stopwatch);
        if (!this.#machine.isReady(holder, input)) this.#machine.load(holder, instrumented, input.timeframes);
        return this.#machine.run(input);
      } catch (cause) {
        // The instance itself failed, most likely for want of memory: it is given up as a whole.
        this.#machine = undefined;
        this.#renew();
        broken = { kind: "stopped", message: `it broke the machine that it ran in (${String(cause).slice(0, 100)})` };
        return broken;
      }
    };
    const run = (input: FilterInput): FilterRun => {
      if (runtime === undefined || compiled === undefined) return { engine: "quickjs", outcome: inMachine(input) };
      try {
        return { engine: "compiled", outcome: runtime.run(compiled, input) };
      } catch (cause) {
        if (!(cause instanceof HandOver)) throw cause;
        return { engine: "quickjs", outcome: inMachine(input) };
      }
    };
    return { engine, why, readsTicker: parsed.readsTicker, run, close: () => this.#machine?.unload(holder) };
  }

  #read(code: string): KeptFilter {
    let filter = this.#kept.get(code);
    if (filter === undefined) {
      filter = readFilter(code);
      const [oldest] = this.#kept.keys();
      if (this.#kept.size >= MAX_KEPT_FILTERS && oldest !== undefined) this.#kept.delete(oldest);
    } else {
      this.#kept.delete(code);
    }
    this.#kept.set(code, filter);
    return filter;
  }

  /** Nothing ever runs in an instance that broke: what is in its memory is anybody's. */
  #renew(): void {
    this.#quickjs = this.#spare;
    this.#spare = undefined;
    const before = this.#loading;
    this.#loading = loadQuickJs().then(async (fresh) => {
      await before;
      if (this.#quickjs === undefined) this.#quickjs = fresh;
      else this.#spare = fresh;
    });
  }
}

function readFilter(code: string): KeptFilter {
  const parsed = parseFilter(code);
  const instrumented = instrument(parsed);
  const compiled = compile(parsed);
  if ("because" in compiled) return { parsed, instrumented, compiled: undefined, why: compiled.because };
  try {
    // Built from the syntax tree alone; see compile/compile.ts.
    const filter = new Function("$", compiled.javascript) as ($: Runtime) => unknown;
    return { parsed, instrumented, compiled: filter, why: "all of it is in the small language" };
  } catch (cause) {
    if (cause instanceof FilterCodeFault) throw cause;
    return { parsed, instrumented, compiled: undefined, why: "this runtime makes no code from text" };
  }
}
