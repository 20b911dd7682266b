import type {
  EngineName,
  FilterInput,
  FilterOutcome,
  FilterRun,
  FilterRunner,
  FilterStudy,
  PreparedFilter,
  WatchedFilter,
} from "../strategy/mod.ts";
import { type KeptFilterFigures, KeptFilters } from "./kept-filters.ts";
import { Machine, TOOK_TOO_LONG } from "./machine.ts";
import { loadQuickJs, type QuickJs } from "./quickjs.ts";
import { type ReadFilter, readFilter, readWatched } from "./read-filter.ts";
import { HandOver, Runtime } from "./runtime.ts";
import { type Stopwatches, SymbolClock } from "./symbol-clock.ts";
import { Sightings } from "./trace/sightings.ts";

/** A filter that broke so many machines isn't tried in another. The first time may have been chance: each takes some tenths of a second. */
const MAX_BREAKS = 2;

const BREAKS_MACHINES: string = `it broke ${MAX_BREAKS} machines that it ran in, so it isn't run any more`;

/** How a sandbox is set up. */
export interface SandboxOptions extends Stopwatches {
  /** Leaves the other engine out, to compare the two. */
  readonly only?: EngineName;
}

/** Makes a sandbox; QuickJS is loaded once for it, which takes some tenths of a second. */
export async function createSandbox(options: SandboxOptions): Promise<Sandbox> {
  const [quickjs, spare] = await Promise.all([loadQuickJs(), loadQuickJs()]);
  return new Sandbox(quickjs, spare, options);
}

/** What a sandbox says of a filter that it was asked to check. */
export interface FilterVerdict {
  /** The engine that would take it, and why that one. */
  readonly engine: EngineName;
  readonly why: string;
  readonly study: FilterStudy;
}

/** How full a sandbox is. */
export interface SandboxFigures {
  readonly keptFilters: KeptFilterFigures;
}

/** Runs filters of strangers, in one of two ways. */
export class Sandbox implements FilterRunner {
  readonly #options: SandboxOptions;
  readonly #clock: SymbolClock;
  readonly #kept: KeptFilters = new KeptFilters(readFilter);
  /** By a kept filter, how many machines it broke. */
  readonly #breaks: WeakMap<object, number> = new WeakMap();
  /** The instance to run in; undefined when one broke and there was no spare, until another is there. */
  #quickjs: QuickJs | undefined;
  #spare: QuickJs | undefined;
  #loading: Promise<void> = Promise.resolve();
  #machine: Machine | undefined;

  constructor(quickjs: QuickJs, spare: QuickJs, options: SandboxOptions) {
    this.#quickjs = quickjs;
    this.#spare = spare;
    this.#options = options;
    this.#clock = new SymbolClock(options);
  }

  /** Resolves when QuickJS is as ready as at the start, whatever a filter did to it: making a machine is no filter's time. */
  async ready(): Promise<void> {
    await this.#loading;
    if (this.#quickjs !== undefined) this.#machine ??= new Machine(this.#quickjs, this.#clock);
  }

  prepare(code: string): PreparedFilter {
    const kept = this.#kept.get(code);
    return this.#prepared(kept, kept);
  }

  /**
   * The same filter with its conditions watched, which costs it time and nothing else; undefined where it has too many. Nothing of it is
   * kept. Throws as `prepare` does.
   */
  watch(code: string): WatchedFilter | undefined {
    const watched = readWatched(code);
    if (watched === undefined) return undefined;
    const sightings = new Sightings();
    const prepared = this.#prepared(watched.filter, this.#kept.get(code), sightings);
    return {
      ...prepared,
      conditions: () => sightings.conditions(watched.probes),
      negated: (at) => negated(code, watched.probes.conditions[at]?.span ?? [0, 0]),
    };
  }

  /** `kept`: the filter that a machine's breaking is held against. */
  #prepared(filter: ReadFilter, kept: ReadFilter, sightings?: Sightings): PreparedFilter {
    const { instrumented, compiled, why, readsTicker, study } = filter;
    const { only } = this.#options;
    const runtime =
      only === "quickjs" || compiled === undefined
        ? undefined
        : new Runtime(this.#clock, study.mayLookFurther, sightings);
    const engine: EngineName = runtime === undefined ? "quickjs" : "compiled";
    const holder = {};
    let broken: FilterOutcome | undefined;
    if ((this.#breaks.get(kept) ?? 0) >= MAX_BREAKS) broken = { kind: "stopped", message: BREAKS_MACHINES };
    const inMachine = (input: FilterInput): FilterOutcome => {
      // It would break the next one too, and others need that.
      if (broken !== undefined) return broken;
      try {
        if (this.#quickjs === undefined) return { kind: "stopped", message: "QuickJS is being loaded anew: try again" };
        this.#machine ??= new Machine(this.#quickjs, this.#clock);
        if (!this.#machine.isReady(holder, input)) {
          this.#machine.load(holder, instrumented, input.timeframes, study.mayLookFurther);
        }
        const outcome = this.#machine.run(input);
        if (sightings !== undefined) this.#machine.tell(sightings);
        return outcome;
      } catch (cause) {
        // The instance itself failed, most likely for want of memory: it is given up as a whole.
        this.#machine = undefined;
        this.#renew();
        this.#breaks.set(kept, (this.#breaks.get(kept) ?? 0) + 1);
        broken = { kind: "stopped", message: `it broke the machine that it ran in (${String(cause).slice(0, 100)})` };
        return broken;
      }
    };
    const run = (input: FilterInput): FilterRun => {
      this.#clock.reset();
      sightings?.reset();
      if (runtime === undefined || compiled === undefined) return { engine: "quickjs", outcome: inMachine(input) };
      try {
        return { engine: "compiled", outcome: runtime.run(compiled, input) };
      } catch (cause) {
        if (!(cause instanceof HandOver)) throw cause;
        sightings?.reset();
        // One engine's time is over for the other, too.
        if (this.#clock.isOver()) return { engine, outcome: { kind: "stopped", message: TOOK_TOO_LONG } };
        return { engine: "quickjs", outcome: inMachine(input) };
      }
    };
    return { engine, why, readsTicker, study, run, close: () => this.#machine?.unload(holder) };
  }

  /** Reads and compiles a filter, and keeps nothing of it. Throws FilterCodeFault when it can't be one. */
  check(code: string): FilterVerdict {
    const { compiled, why, study } = this.#kept.peek(code);
    const engine = compiled === undefined || this.#options.only === "quickjs" ? "quickjs" : "compiled";
    return { engine, why, study };
  }

  figures(): SandboxFigures {
    return { keptFilters: this.#kept.figures() };
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

/** Code with the condition there negated. Parentheses go around it, so what stands beside it binds as before. */
function negated(code: string, [start, end]: readonly [start: number, end: number]): string {
  return `${code.slice(0, start)}!(${code.slice(start, end)})${code.slice(end)}`;
}
