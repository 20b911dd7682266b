import type * as v from "valibot";
import type { MarketId } from "../core/mod.ts";
import type { ProblemCode, Scope } from "../wire/mod.ts";
import type { Answer, WholeAnswer } from "./answer.ts";
import type { Caller } from "./caller.ts";
import type { Parameter, ParameterValues } from "./parameter.ts";

/** The methods that routes have; HEAD is GET without the body. */
export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** One request, as far as it is right: its caller may have the route, and all that it says has been read. */
export interface Call<Values = unknown, Body = unknown> {
  readonly request: Request;
  readonly requestId: string;
  readonly caller: Caller;
  readonly values: Values;
  readonly body: Body;
  /** Local time when the request came, in Unix milliseconds. */
  readonly now: number;
  /** Takes the rest of a price that is known late, of which `charged` was taken: what reading the request cost unless said. Throws RequestProblem `rate_limited`. */
  readonly charge: (price: number, charged?: number) => void;
  /** Parses or checks a part of the request of so many bytes: at once if that is little work, else in turn with other long work. */
  readonly inTurn: InTurn;
}

/** Does work on so many bytes when it is its turn. */
export type InTurn = <Result>(bytes: number, work: () => Result) => Result | Promise<Result>;

/** What one answer of a route looks like, by its status, for the contract's pages. */
export interface RouteAnswer {
  readonly says: string;
  /** Undefined for what isn't JSON. */
  readonly schema?: v.GenericSchema;
  readonly contentType?: string;
  /** Another content type that the caller may ask for. */
  readonly alsoAs?: string;
}

/** All of a route in one place: its address, who may have it, what it costs, what it takes, what it answers, and how. */
export interface RouteDefinition<Parameters extends Readonly<Record<string, Parameter<unknown>>>, Body> {
  readonly method: Method;
  /** For example /klines/{symbol}/{interval}. A last part such as {streams...} stands for all that follows, slashes included. */
  readonly path: string;
  readonly says: string;
  /** Undefined: everyone may have it. */
  readonly scope: Scope | undefined;
  /** Tokens that an answer takes from its caller's bucket; 1 unless said otherwise. Headers count, too: they choose the encoding. */
  readonly cost?: (asked: Pick<Call<ParameterValues<Parameters>>, "request" | "values">) => number;
  /**
   * Tokens that an answer takes where that depends on the body. The price of reading the body is taken when the request comes, the
   * rest when it has been read.
   */
  readonly bodyCost?: (body: Body) => number;
  readonly parameters: Parameters;
  /** The most bytes of a body that it reads itself, where it does. */
  readonly maxBodyBytes?: number;
  /** The check of the JSON body, where it takes one. */
  readonly body?: v.GenericSchema<unknown, Body>;
  /** The JSON body that its handler reads itself, for the contract's pages. */
  readonly ownBody?: v.GenericSchema;
  readonly answers: Readonly<Record<number, RouteAnswer>>;
  /** Left out of the contract's pages, and of the metrics by name: the page's own files. */
  readonly isFile?: boolean;
  /** A façade: parameters that it doesn't know are passed over, as the service does whose shape it has. */
  readonly isLenient?: boolean;
  /** The market that it is about, where its parameters don't say. */
  readonly about?: MarketId;
  /** How problems look to its callers; RFC 9457's `application/problem+json` unless said. */
  readonly problem?: ProblemShape;
  /** Its answer comes bit by bit, for longer than a connection may else be silent. Such an answer is its connection's last. */
  readonly isLong?: boolean;
  /** Takes a connection over as a WebSocket: whoever may not have it is told so by a close code where a socket was asked for. */
  readonly isSocket?: boolean;
  /**
   * May throw RequestProblem. A `Response` is for handlers from elsewhere; undefined says that the connection isn't
   * HTTP any more.
   */
  handle(call: Call<ParameterValues<Parameters>, Body>): Handled | Promise<Handled>;
}

/** Makes the answer of a problem, with headers that it needs. */
export type ProblemShape = (
  problem: { readonly code: ProblemCode; readonly message: string },
  headers: Readonly<Record<string, string>>,
  requestId: string,
) => WholeAnswer;

/** What a handler gives back. */
export type Handled = Answer | Response | undefined;

/** A route of whatever parameters and body. */
export type Route = RouteDefinition<Readonly<Record<string, Parameter<unknown>>>, unknown>;

/** Makes a route; types follow from its parameters and the check of its body. */
export function route<const Parameters extends Readonly<Record<string, Parameter<unknown>>>, Body = undefined>(
  definition: RouteDefinition<Parameters, Body>,
): Route {
  // The router hands a route's handler only what that route's own parameters and schema have read.
  return definition as unknown as Route;
}
