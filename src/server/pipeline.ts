import { InvalidInput, VyxError } from "../core/mod.ts";
import {
  CLIENT_GONE,
  contentCodingFault,
  FOLLOWER_HEADER,
  type ProblemCode,
  type Scope,
  SOURCE_HEADER,
  TIME_HEADER,
} from "../wire/mod.ts";
import type { Access } from "./access.ts";
import {
  type Answer,
  empty,
  isInPieces,
  isWhole,
  LargeJson,
  MAX_SMALL_BYTES,
  owned,
  problemAnswer,
  type WholeAnswer,
  type WholeBody,
} from "./answer.ts";
import { MAX_BODY_BYTES, PARSED_AT_ONCE_BYTES, readBody } from "./body.ts";
import { Bursts } from "./bursts.ts";
import { BytePieces } from "./byte-pieces.ts";
import type { Caller } from "./caller.ts";
import { charge } from "./charge.ts";
import { contentLengthOf, lengthFault } from "./content-length.ts";
import { type Cors, isSameSite } from "./cors.ts";
import { JsonPieces } from "./json-pieces.ts";
import type { LoopTurns } from "./loop-turns.ts";
import type { OpenAnswers } from "./open-answers.ts";
import type { PieceSource } from "./piece-source.ts";
import { bodyPrice } from "./prices.ts";
import { RequestProblem } from "./problem.ts";
import { labelOf, type RequestFigures } from "./request-figures.ts";
import { requestIdOf } from "./request-id.ts";
import type { RequestLog } from "./request-log.ts";
import type { Handled, InTurn, Method, ProblemShape, Route } from "./route.ts";
import type { Match, Router } from "./router.ts";
import { UnreadBody } from "./unread-body.ts";
import { isUpgrade } from "./upgrade.ts";
import { UncheckedToken } from "./user-callers.ts";
import { YoungGarbage } from "./young-garbage.ts";

/**
 * So many requests in a row may be over a caller's rate before their connections are closed. The runtime serves all requests that
 * wait on a connection in one go, thousands of them, and a refusal takes as long as an answer.
 */
export const MAX_REFUSALS_IN_A_ROW = 50;

/** The longest address that is looked at, in characters: a list of 500 symbols of another script fits. */
export const MAX_URL_CHARACTERS = 12_000;

/** Answers of routes with these scopes come from the market as it is in memory, and say when it is stale. */
const MARKET_SCOPES: ReadonlySet<Scope> = new Set(["read", "screen"]);

const encoder = new TextEncoder();

/** What every request passes through. */
export interface PipelineParts {
  readonly router: Router;
  readonly access: Access;
  readonly cors: Cors;
  readonly log: RequestLog;
  readonly figures: RequestFigures;
  readonly openAnswers: OpenAnswers;
  readonly turns: LoopTurns;
  /** Local time in Unix milliseconds. */
  readonly now: () => number;
  /** Milliseconds on a clock that only goes forward. */
  readonly stopwatch: () => number;
  /** The address of the other end of a connection. */
  readonly peerOf: (request: Request) => string;
  /** The client's address for the log; undefined where the log has none. */
  readonly addressForLog: ((request: Request) => string) | undefined;
  /** The same value for all requests of a connection, and for those of no other that is open. */
  readonly connectionOf: (request: Request) => string;
  /** Answers somebody who asked for a socket and may not have one. */
  readonly refuseSocket: (request: Request, requestId: string, caller: Caller, problem: RequestProblem) => Handled;
  /** For how many whole seconds no market data has arrived; undefined while data is current. */
  readonly staleSeconds: (asked: unknown) => number | undefined;
  /** Where the data of the market that was asked about comes from; undefined for several markets, and where nobody has said yet. */
  readonly sourceOf: (asked: unknown) => string | undefined;
  /** What time it is in the market that was asked about; undefined for several markets, and while that isn't known. */
  readonly timeOf: (asked: unknown) => number | undefined;
  /** Whether each answer is to be the last one of its connection, because the server is about to stop. */
  readonly isDraining: () => boolean;
  /** Called when an answer takes longer than a look: its connection may stand still meanwhile. */
  readonly allowTime: (request: Request) => void;
  /** Called when such an answer is there: from now on its connection may stand still no longer than any other. */
  readonly endTime: (request: Request) => void;
  readonly onError: (requestId: string, cause: unknown) => void;
}

/** An answer whose body the runtime can send. */
type Sendable = WholeAnswer<WholeBody | ReadableStream<Uint8Array>>;

/** One request on its way. */
interface Passage {
  readonly request: Request;
  readonly requestId: string;
  readonly began: number;
  readonly now: number;
  readonly origin: string | null;
  /** Known before the connection becomes a WebSocket: after that the runtime doesn't say. */
  readonly address: string | undefined;
  /** Whether the connection is to be closed after the answer. */
  readonly isLast: boolean;
  caller: Caller | undefined;
  route: Route | undefined;
  /** What the route's parameters say, or its body where it has one, where they could be read. */
  values: unknown;
}

/**
 * The way of every request: find the route, find out who asks, charge them, read what they say, answer. The order is
 * the same for all routes: 413, 404 and 405 before 401 and 403, those before 400, and 429 before any of the last three.
 */
export class Pipeline {
  readonly #parts: PipelineParts;
  readonly #bursts: Bursts;
  readonly #garbage: YoungGarbage = new YoungGarbage();

  constructor(parts: PipelineParts) {
    this.#parts = parts;
    this.#bursts = new Bursts(parts.connectionOf);
  }

  /** Undefined once the connection has become a WebSocket. Never throws. */
  serve(request: Request): Response | undefined | Promise<Response | undefined> {
    const { headers } = request;
    const began = this.#parts.stopwatch();
    const isLast = this.#bursts.isTooLong(began, request) || this.#parts.isDraining();
    const passage = this.#passage(request, began, isLast, this.#parts.addressForLog?.(request));
    try {
      const handled = this.#answer(passage, headers);
      if (!(handled instanceof Promise)) return this.#finish(passage, this.#opened(passage, handled));
      this.#parts.allowTime(request);
      return handled
        .then((answer) => this.#finish(passage, this.#opened(passage, answer)))
        .catch((cause) => this.#finish(passage, this.#failure(passage, cause)))
        .finally(() => {
          if (passage.route?.isLong !== true) this.#parts.endTime(request);
        });
    } catch (cause) {
      return this.#finish(passage, this.#failure(passage, cause));
    }
  }

  /** Serves a request that a route of this server makes for its own caller: with the same rights, at the same prices. Never throws. */
  async serveFor(caller: Caller, request: Request): Promise<Response> {
    const passage = this.#passage(request, this.#parts.stopwatch(), false, undefined);
    try {
      const handled = await this.#answerTo(passage, request.headers, caller, undefined);
      const response = this.#finish(passage, this.#opened(passage, owned(handled)));
      if (response !== undefined) return response;
      throw new RequestProblem("not_found", "a WebSocket can't be opened from inside");
    } catch (cause) {
      return this.#finish(passage, this.#failure(passage, cause)) as Response;
    }
  }

  #passage(request: Request, began: number, isLast: boolean, address: string | undefined): Passage {
    const { headers } = request;
    return {
      request,
      requestId: requestIdOf(headers.get("x-request-id")),
      began,
      isLast,
      now: this.#parts.now(),
      origin: headers.get("origin"),
      address,
      caller: undefined,
      route: undefined,
      values: undefined,
    };
  }

  /** For what goes wrong outside of any request's way. */
  broken(cause: unknown): Response {
    const requestId = requestIdOf(null);
    this.#parts.onError(requestId, cause);
    const { status, headers, body } = problemAnswer("internal", INSIDE, requestId);
    return new Response(body, { status, headers });
  }

  #answer(passage: Passage, headers: Headers): Handled | Promise<Handled> {
    const { access, peerOf } = this.#parts;
    const { request, now } = passage;
    const key = access.keyOf(headers);
    const holder = key === undefined ? undefined : access.holderOf(key, now);
    if (holder !== undefined && !(holder instanceof UncheckedToken || holder instanceof RequestProblem)) {
      return this.#answerTo(passage, headers, holder, undefined);
    }
    const stranger = access.stranger(peerOf(request), headers);
    if (!(holder instanceof UncheckedToken)) return this.#answerTo(passage, headers, stranger, holder);
    // A check is work, too: the address pays for it, whatever comes of it.
    passage.caller = stranger;
    this.#charge(stranger, 1);
    return holder.check().then((checked) =>
      // Other answers may be made before this one is sent.
      owned(
        checked instanceof RequestProblem
          ? this.#answerTo(passage, headers, stranger, checked)
          : this.#answerTo(passage, headers, checked, undefined),
      ),
    );
  }

  /** `fault`: what is wrong with the key or token that was sent. */
  #answerTo(
    passage: Passage,
    headers: Headers,
    caller: Caller,
    fault: RequestProblem | undefined,
  ): Handled | Promise<Handled> {
    const { router, access } = this.#parts;
    const { request } = passage;
    const { url } = request;
    passage.caller = caller;
    const strange = access.strangeHost(headers);
    if (strange !== undefined) {
      this.#charge(caller, 1);
      throw strange;
    }
    if (url.length > MAX_URL_CHARACTERS) {
      this.#charge(caller, 1);
      throw new RequestProblem(
        "payload_too_large",
        `the address has ${url.length} characters: expected ${MAX_URL_CHARACTERS} at most`,
      );
    }
    const badLength = lengthFault(headers);
    if (badLength !== undefined) {
      this.#charge(caller, 1);
      throw badLength;
    }
    const { method } = request;
    const match = router.find(method === "HEAD" ? "GET" : (method as Method), url);
    const { route } = match;
    passage.route = route;
    passage.values = match.values;
    if (route === undefined) {
      this.#charge(caller, 1);
      return this.#noRoute(passage, match);
    }
    if (route.isSocket !== true && isUpgrade(headers)) {
      this.#charge(caller, 1);
      throw new RequestProblem("not_found", `there is no WebSocket at ${route.path}: did you mean /ws?`);
    }
    let refusal = access.refusalOf(caller, route.scope, fault);
    if (refusal === undefined && passage.origin !== null) refusal = wrongOrigin(caller, passage.origin, headers);
    if (route.isSocket === true) return this.#socket(passage, match, refusal);
    // What is refused or wrong costs one: strangers pay for guessing, too.
    const wrong = refusal ?? match.fault ?? codingFault(route, headers);
    const isGood = wrong === undefined;
    const price = isGood && route.cost !== undefined ? route.cost({ request, values: match.values as never }) : 1;
    const readPrice = isGood ? priceOfReading(route, request) : 1;
    this.#charge(caller, Math.max(price, readPrice));
    if (wrong !== undefined) throw wrong;
    if (route.body === undefined) return this.#handle(passage, caller, route, match, undefined);
    return readBody(request, route.body, this.#inTurnOf(caller)).then((body) => {
      passage.values = body;
      if (route.bodyCost !== undefined) charge(caller, route.bodyCost(body), this.#parts.stopwatch(), readPrice);
      return this.#handle(passage, caller, route, match, body);
    });
  }

  #handle(passage: Passage, caller: Caller, route: Route, match: Match, body: unknown): Handled | Promise<Handled> {
    const { request, requestId, now } = passage;
    const chargeMore = (price: number, charged = priceOfReading(route, request)): void =>
      charge(caller, price, this.#parts.stopwatch(), charged);
    const values = match.values as never;
    const inTurn = this.#inTurnOf(caller);
    return route.handle({ request, requestId, caller, values, body, now, charge: chargeMore, inTurn });
  }

  #inTurnOf(caller: Caller): InTurn {
    const { turns } = this.#parts;
    return (bytes, work) => (bytes <= PARSED_AT_ONCE_BYTES ? work() : turns.run(caller, work));
  }

  #charge(caller: Caller, due: number): void {
    charge(caller, due, this.#parts.stopwatch());
  }

  /** A ticket stands for the key that it was given for. */
  #socket(passage: Passage, match: Match, refusal: RequestProblem | undefined): Handled | Promise<Handled> {
    const { access, refuseSocket } = this.#parts;
    const { request, requestId, now } = passage;
    const stranger = passage.caller as Caller;
    this.#charge(stranger, 1);
    if (match.fault !== undefined) throw match.fault;
    const letIn = (caller: Caller, wrong: RequestProblem | undefined): Handled | Promise<Handled> => {
      passage.caller = caller;
      if (wrong !== undefined) return refuseSocket(request, requestId, caller, wrong);
      return this.#handle(passage, caller, match.route as Route, match, undefined);
    };
    const { ticket } = match.values as { ticket: string | undefined };
    if (ticket === undefined) return letIn(stranger, refusal);
    const byTicket = (holder: Caller | RequestProblem): Handled | Promise<Handled> =>
      holder instanceof RequestProblem
        ? letIn(stranger, holder)
        : letIn(holder, access.refusalOf(holder, "stream", undefined));
    const holder = access.holderOfTicket(ticket, stranger, now);
    const byHolder = (): Handled | Promise<Handled> =>
      holder instanceof UncheckedToken ? holder.check().then(byTicket) : byTicket(holder);
    const elsewhere = holder instanceof RequestProblem ? undefined : access.usedElsewhere(ticket);
    return elsewhere === undefined
      ? byHolder()
      : elsewhere.then((used) => (used === undefined ? byHolder() : byTicket(used)));
  }

  #noRoute({ request, origin }: Passage, { allow, fault }: Match): WholeAnswer {
    if (fault !== undefined) throw fault;
    const methods = allow.flatMap((one) => (one === "GET" ? ["GET", "HEAD"] : [one]));
    const allowed = [...methods, "OPTIONS"].join(", ");
    if (request.method === "OPTIONS") {
      const answer = empty(204, { allow: allowed });
      if (origin !== null) this.#parts.cors.preflight(answer.headers, origin, allow);
      return answer;
    }
    throw new WrongMethod(
      `${request.method.slice(0, 20)} is not for this route: expected ${methods.join(" or ")}`,
      allowed,
    );
  }

  /** Begins to send a body that is made piece by piece; the answer to HEAD has none. */
  #opened({ request, requestId, route, caller }: Passage, handled: Handled): Sendable | Response | undefined {
    if (handled === undefined || handled instanceof Response) return handled;
    const body = this.#piecesOf(handled, caller);
    if (body === undefined) return isWhole(handled) ? handled : { ...handled, body: null };
    if (request.method === "HEAD" || caller === undefined) {
      body.close();
      return { ...handled, body: null };
    }
    const { figures, openAnswers, onError } = this.#parts;
    try {
      const stream = openAnswers.open(
        caller,
        body,
        (bytes) => figures.sent(route, bytes),
        (cause) => onError(requestId, cause),
      );
      return { ...handled, body: stream, bytes: 0 };
    } catch (cause) {
      body.close();
      throw cause;
    }
  }

  /** The pieces of a body that is to be counted while it waits to be read; undefined for one that is small, or shared by many answers. */
  #piecesOf(answer: Answer, caller: Caller | undefined): PieceSource | undefined {
    if (isInPieces(answer)) return answer.body;
    const { body } = answer;
    if (caller === undefined) return undefined;
    if (body instanceof LargeJson) return new JsonPieces(body.value, body.bytes, this.#parts.turns, caller);
    if (answer.bytes <= MAX_SMALL_BYTES) return undefined;
    if (typeof body === "string") return new BytePieces(encoder.encode(body));
    return body instanceof Uint8Array ? new BytePieces(body) : undefined;
  }

  #failure(passage: Passage, cause: unknown): Sendable {
    const { request, requestId, route } = passage;
    const refused = (code: ProblemCode, message: string): Sendable => {
      const shape = route?.problem ?? problemShape;
      return shape(cause instanceof RequestProblem ? cause : { code, message }, headersOf(passage, cause), requestId);
    };
    if (cause instanceof RequestProblem) return refused(cause.code, cause.message);
    if (cause instanceof InvalidInput) return refused("invalid_parameter", cause.message);
    if (request.signal.aborted) return empty(CLIENT_GONE);
    this.#parts.onError(requestId, cause);
    return refused(cause instanceof VyxError && cause.retryable ? "not_ready" : "internal", INSIDE);
  }

  /** Puts on the headers that differ from request to request, counts, logs, and makes the response. */
  #finish(passage: Passage, handled: Sendable | Response | undefined): Response | undefined {
    const { request, requestId, caller, origin, address, route, began, now, isLast } = passage;
    const { stopwatch, figures, log, cors } = this.#parts;
    const status = handled === undefined ? 101 : handled.status;
    const { bytes = 0, isKept = false } = handled === undefined || handled instanceof Response ? {} : handled;
    const ms = stopwatch() - began;
    this.#garbage.add(isKept ? 0 : bytes);
    figures.count(route, status, bytes, ms / 1_000);
    const weight = log.weightOf(status, now);
    if (weight > 0) {
      const { method } = request;
      const from = address === undefined ? {} : { address };
      log.write(
        { requestId, key: caller?.name, ...from, method, route: labelOf(route), status, bytes, ms: rounded(ms) },
        weight,
      );
    }
    if (handled === undefined) return undefined;
    // Most answers' headers are shared. What is set here is set on each, and what differs otherwise gets its own.
    const isOfMarket = route?.scope !== undefined && MARKET_SCOPES.has(route.scope);
    const asked = route?.about === undefined ? passage.values : { market: route.about };
    const stale = isOfMarket ? this.#parts.staleSeconds(asked) : undefined;
    const isFollower = isOfMarket && request.headers.has(FOLLOWER_HEADER);
    const source = isFollower ? this.#parts.sourceOf(asked) : undefined;
    const time = isFollower ? this.#parts.timeOf(asked) : undefined;
    const isShared = origin === null && !isLast && stale === undefined && !isFollower;
    const headers = isShared ? handled.headers : new Headers(handled.headers);
    headers.set("x-request-id", requestId);
    if (stale !== undefined) headers.set("vyx-stale", String(stale));
    if (source !== undefined) headers.set(SOURCE_HEADER, source);
    if (time !== undefined) headers.set(TIME_HEADER, String(time));
    if (isLast) headers.set("connection", "close");
    if (caller !== undefined) {
      const { bucket } = caller;
      headers.set("ratelimit-limit", String(bucket.limit));
      headers.set("ratelimit-remaining", String(bucket.remaining));
      headers.set("ratelimit-reset", String(bucket.resetSeconds));
    }
    if (origin !== null) cors.apply(headers, origin);
    return new Response(handled.body, { status, headers });
  }
}

const INSIDE = "something went wrong inside; the request's id finds it in the server's log";

const problemShape: ProblemShape = ({ code, message }, headers, requestId) =>
  problemAnswer(code, message, requestId, headers);

/** The headers that say what to do about a problem. */
function headersOf({ caller }: Passage, cause: unknown): Readonly<Record<string, string>> {
  if (cause instanceof WrongMethod) return { allow: cause.allow };
  if (cause instanceof UnreadBody) return { connection: "close" };
  if (!(cause instanceof RequestProblem)) return NO_HEADERS;
  if (cause.retryAfterSeconds !== undefined) {
    const isFlood = (caller?.bucket.refusals ?? 0) > MAX_REFUSALS_IN_A_ROW;
    const retryAfter = { "retry-after": String(cause.retryAfterSeconds) };
    return isFlood ? { ...retryAfter, connection: "close" } : retryAfter;
  }
  return cause.code === "unauthorized" ? { "www-authenticate": 'Bearer realm="vyx"' } : NO_HEADERS;
}

const NO_HEADERS: Readonly<Record<string, string>> = {};

class WrongMethod extends RequestProblem {
  readonly allow: string;

  constructor(detail: string, allow: string) {
    super("method_not_allowed", detail);
    this.allow = allow;
  }
}

/** Tokens for reading a request's body, before anything is known of it. Operators' aren't counted: they import markets. */
function priceOfReading({ body, maxBodyBytes, scope }: Route, request: Request): number {
  const most = body === undefined ? maxBodyBytes : MAX_BODY_BYTES;
  if (most === undefined || scope === "admin" || request.body === null) return 1;
  return bodyPrice(Math.min(most, contentLengthOf(request.headers) ?? most));
}

/** What is wrong with how the body of a request is encoded, where the route reads one. */
function codingFault({ body, maxBodyBytes }: Route, headers: Headers): RequestProblem | undefined {
  if (body === undefined && maxBodyBytes === undefined) return undefined;
  const fault = contentCodingFault(headers.get("content-encoding"));
  return fault === undefined ? undefined : new RequestProblem("unsupported_media_type", fault);
}

/** A key may be tied to web origins. Programs send none, and pages of this server needn't be named. */
function wrongOrigin(caller: Caller, origin: string, headers: Headers): RequestProblem | undefined {
  const { origins } = caller;
  if (origins.length === 0 || origins.includes(origin) || isSameSite(origin, headers.get("host"))) return undefined;
  return new RequestProblem(
    "forbidden",
    `${caller.title} is not for pages of ${origin.slice(0, 100)}: expected one of ${origins.join(", ")}`,
  );
}

function rounded(ms: number): number {
  return Math.round(ms * 1_000) / 1_000;
}
