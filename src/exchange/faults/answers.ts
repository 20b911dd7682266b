import type { Clock, Random } from "../../core/mod.ts";
import type { Weights } from "../weights.ts";
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
  readonly #weights: Weights;
  readonly #clock: Clock;
  readonly #luck: Map<FaultKind, Random> = new Map();

  constructor(faults: Faults, weights: Weights, clock: Clock) {
    this.#faults = faults;
    this.#weights = weights;
    this.#clock = clock;
  }

  /** Before a call is answered: whether the address is refused in a way that its Retry-After doesn't tell plainly. */
  refusal(address: string): Response | undefined {
    if (!this.#hits("retry-after") || this.#weights.isBanned(address)) return undefined;
    const random = this.#random("retry-after");
    const seconds = 10 + Math.floor(40 * random());
    const form = RETRY_AFTERS[Math.floor(random() * RETRY_AFTERS.length)] as (typeof RETRY_AFTERS)[number];
    const header = form(seconds, this.#clock.now());
    this.#weights.refuse(address, seconds * 1_000);
    this.#faults.note("retry-after", () => `address ${address}: refused for ${seconds} s, told as "${header}"`);
    const headers = { "retry-after": header, date: new Date(this.#clock.now()).toUTCString() };
    return Response.json({ code: -1003, msg: "Too much request weight used." }, { status: 429, headers });
  }

  /** What becomes of an answer to a path. */
  async spoiled(path: string, answer: Response): Promise<Response> {
    if (answer.status !== 200) return answer;
    for (const kind of BODY_FAULTS) {
      if (!this.#hits(kind)) continue;
      this.#note(kind, path, () => "in place of the answer");
      return await BODIES[kind](answer, this.#clock);
    }
    if (path.endsWith("/klines")) return await this.#klines(path, answer);
    return path.endsWith("/exchangeInfo") ? await this.#list(path, answer) : answer;
  }

  async #klines(path: string, answer: Response): Promise<Response> {
    if (this.#hits("passing-1121")) {
      this.#note("passing-1121", path, () => "the symbol isn't known");
      return Response.json({ code: -1121, msg: "Invalid symbol." }, { status: 400, headers: answer.headers });
    }
    const kinds = ROW_FAULTS.filter((kind) => this.#hits(kind));
    if (kinds.length === 0) return answer;
    const rows = (await answer.json()) as unknown[][];
    for (const kind of rows.length === 0 ? [] : kinds) {
      const what = ROW_SPOILERS[kind](rows, this.#random(kind));
      this.#note(kind, path, () => what);
    }
    return Response.json(rows, { headers: headersOf(answer) });
  }

  async #list(path: string, answer: Response): Promise<Response> {
    const kinds = LIST_FAULTS.filter((kind) => this.#hits(kind));
    if (kinds.length === 0) return answer;
    const info = (await answer.json()) as { symbols: unknown[] };
    for (const kind of info.symbols.length === 0 ? [] : kinds) {
      const what = LIST_SPOILERS[kind](info.symbols, this.#random(kind));
      this.#note(kind, path, () => what);
    }
    return Response.json(info, { headers: headersOf(answer) });
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
