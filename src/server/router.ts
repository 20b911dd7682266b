import { didYouMean } from "../core/mod.ts";
import { CACHES, CacheMeter } from "./caches.ts";
import { readParameter } from "./parameter.ts";
import { suggestedPath } from "./path-suggestion.ts";
import { RequestProblem, shortened } from "./problem.ts";
import type { Method, Route } from "./route.ts";

/** What a parsed address takes in memory besides its text, and for each of its characters: its parameters hold parts of it. Bytes. */
const MATCH_BYTES = 800;
const BYTES_PER_CHARACTER = 8;

/** Longer addresses are read anew each time, so that what is kept stays small. */
const MAX_KEPT_CHARACTERS = 512;

/** What an address means: a route and its values, or what is wrong. */
export interface Match {
  /** Undefined when nothing is there, or nothing by that method. */
  readonly route: Route | undefined;
  readonly values: unknown;
  readonly fault: RequestProblem | undefined;
  /** The methods that the path takes; none when there is nothing. */
  readonly allow: readonly Method[];
}

interface Path {
  readonly parts: readonly string[];
  readonly routes: Map<Method, Route>;
}

/**
 * Finds the route of an address and parses its path and query. Parsed addresses of GET are cached in two generations: what
 * is asked again and again moves to the young one, and the old one is dropped when the young one is full.
 */
export class Router {
  readonly #exact: Map<string, Path> = new Map();
  readonly #patterns: Path[] = [];
  #young: Map<string, Match> = new Map();
  #old: Map<string, Match> = new Map();
  #youngBytes = 0;
  readonly #meter: CacheMeter;

  constructor(routes: readonly Route[], meter: CacheMeter = new CacheMeter(CACHES.requests.maxBytes)) {
    this.#meter = meter;
    for (const route of routes) this.#add(route);
  }

  find(method: Method, url: string): Match {
    if (method !== "GET") return this.#read(method, url);
    const kept = this.#young.get(url);
    if (kept !== undefined) return kept;
    const older = this.#old.get(url);
    const match = older ?? this.#read(method, url);
    // What is wrong is read anew each time: strangers who guess mustn't push out what is asked again and again.
    const isWorthIt = match.route !== undefined && match.fault === undefined && match.route.isSocket !== true;
    if (isWorthIt && url.length <= MAX_KEPT_CHARACTERS) this.#keep(url, match);
    return match;
  }

  #keep(url: string, match: Match): void {
    const bytes = MATCH_BYTES + BYTES_PER_CHARACTER * url.length;
    if (this.#youngBytes + bytes > this.#meter.maxBytes / 2) {
      for (const gone of this.#old.keys()) this.#meter.evict(MATCH_BYTES + BYTES_PER_CHARACTER * gone.length);
      this.#old = this.#young;
      this.#young = new Map();
      this.#youngBytes = 0;
    }
    this.#young.set(url, match);
    this.#youngBytes += bytes;
    this.#meter.change(bytes);
  }

  #add(route: Route): void {
    const parts = route.path.split("/");
    const isPattern = route.path.includes("{");
    const known = isPattern
      ? this.#patterns.find((path) => path.parts.join("/") === route.path)
      : this.#exact.get(route.path);
    const path = known ?? { parts, routes: new Map() };
    if (path.routes.has(route.method)) throw new Error(`two routes are ${route.method} ${route.path}`);
    path.routes.set(route.method, route);
    if (known !== undefined) return;
    if (isPattern) this.#patterns.push(path);
    else this.#exact.set(route.path, path);
  }

  #read(method: Method, url: string): Match {
    const [written, query] = split(url);
    // With a slash at its end a path means the same.
    const pathname = written.length > 1 && !this.#exact.has(written) ? written.replace(/\/$/, "") : written;
    const parts = pathname.split("/");
    const path = this.#exact.get(pathname) ?? this.#patterns.find((one) => fits(one, parts));
    if (path === undefined) {
      return { route: undefined, values: undefined, fault: this.#nothingAt(pathname), allow: [] };
    }
    const allow = [...path.routes.keys()];
    const route = path.routes.get(method);
    if (route === undefined) return { route, values: undefined, fault: undefined, allow };
    try {
      return { route, values: readValues(route, path, parts, query), fault: undefined, allow };
    } catch (fault) {
      if (!(fault instanceof RequestProblem)) throw fault;
      return { route, values: undefined, fault, allow };
    }
  }

  #nothingAt(pathname: string): RequestProblem {
    const known = [...this.#exact.values(), ...this.#patterns]
      .filter(({ routes }) => ![...routes.values()].every(({ isFile }) => isFile === true))
      .map(({ parts }) => parts);
    const near = suggestedPath(pathname.slice(0, 200).split("/"), known);
    const hint = near === undefined ? "" : ` did you mean ${near}?`;
    const shown = pathname.length > 100 ? `${pathname.slice(0, 100)}…` : pathname;
    return new RequestProblem("not_found", `there is nothing at ${shown}:${hint} GET /openapi.json lists all there is`);
  }
}

function readValues(route: Route, path: Path, parts: readonly string[], query: string): Record<string, unknown> {
  const { parameters } = route;
  const given = new URLSearchParams(query);
  if (route.isLenient !== true) refuseUnknown(given, parameters);
  const values: Record<string, unknown> = {};
  for (const [name, parameter] of Object.entries(parameters)) {
    const text = parameter.place === "query" ? given.get(name) : partOf(path, parts, name);
    values[name] = readParameter(name, parameter, text);
  }
  return values;
}

/** What a route doesn't know is refused, so that a slip of the pen is noticed; so is what is said twice. */
function refuseUnknown(given: URLSearchParams, parameters: Route["parameters"]): void {
  const known = Object.keys(parameters).filter((name) => parameters[name]?.place === "query");
  const seen = new Set<string>();
  for (const name of given.keys()) {
    if (seen.has(name))
      throw new RequestProblem("invalid_parameter", `${shortened(name)} is given twice: expected once`);
    seen.add(name);
    if (known.includes(name)) continue;
    const takes = known.length === 0 ? "this route takes none" : `known are ${known.join(", ")}`;
    throw new RequestProblem(
      "invalid_parameter",
      `unknown parameter "${shortened(name)}":${didYouMean(name, known)} ${takes}`,
    );
  }
}

/** The part of an address that a name stands for; `{name...}` at the end of a path stands for all that follows, slashes included. */
function partOf({ parts: wanted }: Path, parts: readonly string[], name: string): string {
  const last = wanted.length - 1;
  if (wanted[last] === `{${name}...}`) return parts.slice(last).map(decoded).join("/");
  return decoded(parts[wanted.indexOf(`{${name}}`)] ?? "");
}

function fits({ parts: wanted }: Path, parts: readonly string[]): boolean {
  const isOpenEnded = wanted.at(-1)?.endsWith("...}") === true;
  if (isOpenEnded ? parts.length < wanted.length : parts.length !== wanted.length) return false;
  return wanted.every((part, index) => part.startsWith("{") || part === parts[index]);
}

/** The path and the query of an address as the runtime gives it: with the scheme and host, where it had one to give. */
function split(url: string): [string, string] {
  const scheme = url.indexOf("://");
  const start = scheme < 0 ? 0 : url.indexOf("/", scheme + 3);
  const rest = start < 0 ? "/" : url.slice(start);
  const hash = rest.indexOf("#");
  const whole = hash < 0 ? rest : rest.slice(0, hash);
  const mark = whole.indexOf("?");
  return mark < 0 ? [whole, ""] : [whole.slice(0, mark), whole.slice(mark + 1)];
}

/** A part of a path, decoded; what isn't UTF-8 stays as it is, and isn't a symbol then. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
