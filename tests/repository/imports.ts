import { dirname, join } from "node:path/posix";
import { type ProjectPath, read } from "./project.ts";

/** What one file takes from another. */
export interface Import {
  /** As written: "./kline.ts", "valibot", "node:fs". */
  readonly specifier: string;
  /** The file that a relative specifier means, from the root; undefined for packages and builtins. */
  readonly target: ProjectPath | undefined;
  /** The names taken, as the other file calls them; "*" when all of them are at hand. */
  readonly names: readonly string[];
}

/** `import … from`, `export … from`, with and without `type`; the formatter puts each at the start of a line. */
const STATEMENT = /^(?:import|export)\s+(?:type\s+)?([\w$*{},\s]+?)\s*\bfrom\s*"([^"\n]+)"/gm;
const SIDE_EFFECT = /^import\s+"([^"\n]+)"/gm;
/** Dynamic imports, and types that are taken inline, by an import as a call. */
const CALL = /\b(?:import|require)\(\s*"([^"\n]+)"/g;

/** All imports of a file, those of types only as well, which Bun's own scanner leaves out. */
export function importsOf(path: ProjectPath, text: string = read(path)): Import[] {
  const found: Import[] = [];
  const add = (specifier: string, names: string[]): void => {
    found.push({ specifier, target: specifier.startsWith(".") ? join(dirname(path), specifier) : undefined, names });
  };
  for (const [, clause = "", specifier = ""] of text.matchAll(STATEMENT)) add(specifier, namesIn(clause));
  for (const [, specifier = ""] of text.matchAll(SIDE_EFFECT)) add(specifier, []);
  for (const [, specifier = ""] of text.matchAll(CALL)) add(specifier, ["*"]);
  return found;
}

/** What Bun's scanner finds: the proof that the patterns above overlook nothing that runs. */
export function runtimeImportsOf(path: ProjectPath): string[] {
  const loader = path.endsWith("x") ? "tsx" : "ts";
  const text = read(path).replace(/^#!.*/, "");
  return new Bun.Transpiler({ loader }).scanImports(text).map(({ path: specifier }) => specifier);
}

/** The names that a file lets out, "*" for those of a whole other file. */
export function exportsOf(path: ProjectPath, text: string = read(path)): string[] {
  const lists = [...text.matchAll(/^export\s+(?:type\s+)?(\{[^}]*\}|\*)/gm)];
  const declarations = text.matchAll(
    /^export\s+(?:declare\s+|abstract\s+|async\s+)*(?:const|let|function\*?|class|interface|type)\s+([\w$]+)/gm,
  );
  const names = lists.flatMap(([, list = ""]) => (list === "*" ? ["*"] : entriesIn(list).map(outsideName)));
  return [...names, ...[...declarations].map(([, name = ""]) => name)];
}

function namesIn(clause: string): string[] {
  const braces = /\{[^}]*\}/.exec(clause)?.[0];
  const outside = clause.replace(/\{[^}]*\}/, "").trim();
  const names = braces === undefined ? [] : entriesIn(braces).map(insideName);
  if (outside.includes("*")) names.push("*");
  else if (/[\w$]/.test(outside)) names.push("default");
  return names;
}

function entriesIn(braces: string): string[] {
  return braces
    .slice(1, -1)
    .split(",")
    .map((entry) => entry.trim().replace(/^type\s+/, ""))
    .filter(Boolean);
}

function insideName(entry: string): string {
  return entry.split(/\s+as\s+/)[0] ?? entry;
}

function outsideName(entry: string): string {
  return entry.split(/\s+as\s+/).at(-1) ?? entry;
}
