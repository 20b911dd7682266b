import { FilterCodeFault, type FilterStudy } from "../strategy/mod.ts";
import { compile } from "./compile/compile.ts";
import type { InstrumentedText } from "./insertions.ts";
import { instrument } from "./instrument.ts";
import { type ParsedFilter, parseFilter } from "./parse.ts";
import type { Runtime } from "./runtime.ts";
import { studyOf } from "./study/study.ts";
import { MAX_PROBES, type ProbeOf, type Probes, probesOf } from "./trace/probes.ts";

/**
 * What a filter holds in bytes for each character of its code and of the instrumented code, places of insertions among it. Measured
 * with some hundred filters of five kinds: 1 to 2, as most code is kept with a byte a character.
 */
const BYTES_PER_CHARACTER = 3;

/**
 * What a compiled filter holds on top of that for each character of the JavaScript that was made: the text, and what the
 * runtime makes of it at its first call. Measured in the same way: 2 to 5.
 */
const BYTES_PER_COMPILED_CHARACTER = 8;

/** What any filter holds, however short. */
const BYTES_PER_FILTER = 2_048;

/** JavaScript as `new Function` makes it of a filter. */
export type CompiledFilter = ($: Runtime) => unknown;

/** A filter that was read, and compiled where it could be. It holds no syntax tree: that is some 200 times as large as the code. */
export interface ReadFilter {
  readonly instrumented: InstrumentedText;
  /** Undefined for what only QuickJS runs. */
  readonly compiled: CompiledFilter | undefined;
  /** Why the engine is the one that it is. */
  readonly why: string;
  readonly readsTicker: boolean;
  readonly study: FilterStudy;
  /** What it holds, estimated from its lengths. */
  readonly bytes: number;
}

/** Reads a filter for both engines. Throws {@link FilterCodeFault} when it can't be one. */
export function readFilter(code: string): ReadFilter {
  return readParsed(parseFilter(code));
}

/** The same with the values watched that its conditions hang on; undefined for too many of them. */
export function readWatched(code: string): { readonly filter: ReadFilter; readonly probes: Probes } | undefined {
  const parsed = parseFilter(code);
  const probes = probesOf(parsed);
  return probes.count > MAX_PROBES ? undefined : { filter: readParsed(parsed, probes.of), probes };
}

function readParsed(parsed: ParsedFilter, probeOf?: ProbeOf): ReadFilter {
  const { code } = parsed;
  const known = { instrumented: instrument(parsed, probeOf), readsTicker: parsed.readsTicker, study: studyOf(parsed) };
  const bytes = BYTES_PER_FILTER + BYTES_PER_CHARACTER * (code.length + known.instrumented.code.length);
  const compiled = compile(parsed, probeOf);
  if ("because" in compiled) return { ...known, compiled: undefined, why: compiled.because, bytes };
  try {
    // Built from the syntax tree alone; see compile/compile.ts.
    const filter = new Function("$", compiled.javascript) as CompiledFilter;
    const all = bytes + BYTES_PER_COMPILED_CHARACTER * compiled.javascript.length;
    return { ...known, compiled: filter, why: "everything in it can be compiled", bytes: all };
  } catch (cause) {
    if (cause instanceof FilterCodeFault) throw cause;
    return { ...known, compiled: undefined, why: "this runtime makes no code from text", bytes };
  }
}
