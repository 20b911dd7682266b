import type { Interval } from "../core/mod.ts";
import type { FilterInput } from "./filter-input.ts";
import type { FilterStudy } from "./study.ts";

/** What a filter tells of a match besides that it is one. */
export type Facts = Readonly<Record<string, Fact>>;

/** A fact is plain JSON. */
export type Fact = string | number | boolean | null | readonly Fact[] | { readonly [name: string]: Fact };

/** The longest JSON text of a match's facts, in UTF-16 units. */
export const MAX_FACTS_LENGTH = 4_096;

/** The longest code of a filter, in UTF-16 units. */
export const MAX_CODE_LENGTH = 32_768;

/** Where in a filter's code something is; both count from 1. */
export interface CodePlace {
  readonly line: number;
  readonly column: number;
}

/** What became of one symbol. */
export type FilterOutcome =
  | { readonly kind: "match"; readonly facts: Facts | undefined }
  | { readonly kind: "no_match" }
  /** Too few klines have closed. */
  | { readonly kind: "skipped"; readonly reason: string; readonly interval: Interval; readonly wanted: number }
  /** The filter threw, asked for what there isn't, or gave back what isn't an answer. */
  | { readonly kind: "error"; readonly message: string; readonly place: CodePlace | undefined }
  /** It was stopped at its bound of time or memory. */
  | { readonly kind: "stopped"; readonly message: string };

/** Which machine runs a filter. `compiled` is a subset of JavaScript that runs as native code, `quickjs` all of JavaScript, interpreted. */
export type EngineName = "compiled" | "quickjs";

/** What became of one symbol, and by which engine. */
export interface FilterRun {
  readonly outcome: FilterOutcome;
  readonly engine: EngineName;
}

/** A filter that was read and is ready to run. */
export interface PreparedFilter {
  /** The engine that takes it, unless at some symbol it has to hand over to the other. */
  readonly engine: EngineName;
  /** Why that one, in words. */
  readonly why: string;
  /** Whether it mentions the ticker, which a past close can't be given truly. */
  readonly readsTicker: boolean;
  readonly study: FilterStudy;
  run(input: FilterInput): FilterRun;
  /** Gives back what it holds. */
  close(): void;
}

/** Runs filters. The port that screening needs; src/sandbox fulfils it. */
export interface FilterRunner {
  /** Resolves when filters can be run, whatever those before did. To be awaited before each screen. */
  ready(): Promise<void>;
  /** Reads a filter's code. Throws {@link FilterCodeFault} when it can't be one. */
  prepare(code: string): PreparedFilter;
}
