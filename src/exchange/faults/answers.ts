import type { Clock, Random } from "../../core/mod.ts";
import type { Budget, Route } from "../dialect.ts";
import type { Anatomy } from "./anatomy.ts";
import { BODIES, BODY_FAULTS } from "./bodies.ts";
import type { Faults } from "./faults.ts";
import type { FaultKind } from "./kinds.ts";
import { ROW_SPOILERS, type RowFault } from "./klines-answers.ts";
import { LIST_SPOILERS, type ListFault } from "./list-answers.ts";

const ROW_FAULTS: readonly RowFault[] = ["future-row", "wrong-length", "wrong-unit", "bad-history-row"];
const LIST_FAULTS: readonly ListFault[] = ["status-unknown", "bad-entry", "duplicate-entry"];

/** Forms of Retry-After that mean something else than whole seconds, or nothing. None asks for days. */
const RETRY_AFTERS: readonly ((seconds: number, now: number) => string)[] = [
  (seconds, now) => new Date(now + seconds * 1_000).toUTCString(),
  (seconds) => `${seconds}.5`,
  () => "soon",
  () => "-5",
  () => "",
];

/** What goes wrong inside answers that were made well: their rows, entries, bodies and headers. */
export class AnswerFaults {
  readonly #faults: Faults;
  readonly #budget: Budget;
  readonly #anatomy: Anatomy;
  readonly #clock: Clock;
  readonly #luck: Map<FaultKind, Random> = new Map();

  constructor(faults: Faults, anatomy: Anatomy, budget: Budget, clock: Clock) {
    this.#anatomy = anatomy;
    this.#faults = faults;
    this.#budget = budget;
    this.#clock = clock;
  }

  /** Before a call is answered: whether the address is refused in a way that its Retry-After doesn't tell plainly. */
  refusal(address: string): Response | undefined {
    if (!this.#hits("retry-after") || this.#budget.isBanned(address)) return undefined;
    const random = this.#random("retry-after");
    const seconds = 10 + Math.floor(40 * random());
    const form = RETRY_AFTERS[Math.floor(random() * RETRY_AFTERS.length)] as (typeof RETRY_AFTERS)[number];
    const header = form(seconds, this.#clock.now());
    this.#budget.refuse?.(address, seconds * 1_000);
    this.#faults.note("retry-after", () => `address ${address}: refused for ${seconds} s, told as "${header}"`);
    const headers = { "retry-after": header, date: new Date(this.#clock.now()).toUTCString() };
    return Response.json(this.#anatomy.words.tooMany ?? {}, { status: 429, headers });
  }

  /** What becomes of an answer to a path, which tells something that faults know of or not. */
  async spoiled(path: string, tells: Route["tells"], answer: Response): Promise<Response> {
    if (answer.status !== 200) return answer;
    for (const kind of BODY_FAULTS) {
      if (!this.#hits(kind)) continue;
      this.#note(kind, path, () => "in place of the answer");
      return await BODIES[kind](answer, this.#clock);
    }
    if (this.#hits("error-in-200")) return this.#errorInside(path, tells, answer);
    if (tells === "klines") return await this.#klines(path, answer);
    return tells === "listing" ? await this.#list(path, answer) : answer;
  }

  /** The exchange says in a good answer that it is none. */
  #errorInside(path: string, tells: Route["tells"], answer: Response): Response {
    const { insideGood = [], problem } = this.#anatomy.words;
    // The last is of a symbol, and only klines are asked for by symbol.
    const possible = tells === "klines" ? insideGood : insideGood.slice(0, -1);
    const [code, text] = possible[Math.floor(this.#random("error-in-200")() * possible.length)] ?? [0, ""];
    this.#note("error-in-200", path, () => `${code} ${text}`);
    return Response.json(problem?.(code, text, this.#faults.now()) ?? {}, { headers: headersOf(answer) });
  }

  async #klines(path: string, answer: Response): Promise<Response> {
    if (this.#hits("passing-1121")) {
      this.#note("passing-1121", path, () => "the symbol isn't known");
      return Response.json(this.#anatomy.words.unknownSymbol ?? {}, { status: 400, headers: answer.headers });
    }
    const kinds = ROW_FAULTS.filter((kind) => this.#hits(kind));
    if (kinds.length === 0) return answer;
    const body: unknown = await answer.json();
    const anatomy = this.#anatomy.rows;
    const rows = anatomy.rowsOf(body);
    for (const kind of rows.length === 0 ? [] : kinds) {
      const what = ROW_SPOILERS[kind](rows, anatomy, this.#random(kind));
      this.#note(kind, path, () => what);
    }
    return Response.json(body, { headers: headersOf(answer) });
  }

  async #list(path: string, answer: Response): Promise<Response> {
    const kinds = LIST_FAULTS.filter((kind) => this.#hits(kind));
    if (kinds.length === 0) return answer;
    const body: unknown = await answer.json();
    const anatomy = this.#anatomy.list;
    const entries = anatomy.entriesOf(body);
    for (const kind of entries.length === 0 ? [] : kinds) {
      const what = LIST_SPOILERS[kind](entries, anatomy, this.#random(kind));
      this.#note(kind, path, () => what);
    }
    return Response.json(body, { headers: headersOf(answer) });
  }

  #hits(kind: FaultKind): boolean {
    return this.#faults.has(kind) && this.#faults.everywhere(kind).hits(this.#faults.now());
  }

  /** Luck for the particulars of a fault, apart from that which decides whether it happens. */
  #random(kind: FaultKind): Random {
    const random = this.#luck.get(kind) ?? this.#faults.random(kind, "particulars");
    this.#luck.set(kind, random);
    return random;
  }

  #note(kind: FaultKind, path: string, what: () => string): void {
    this.#faults.note(kind, () => `${path}: ${what()}`);
  }
}

/** The headers of an answer whose body is another now. */
function headersOf({ headers }: Response): Headers {
  const copy = new Headers(headers);
  copy.delete("content-length");
  return copy;
}
