import { pino } from "pino";
import type { UnixMs } from "../../src/core/mod.ts";
import { Access } from "../../src/server/access.ts";
import { AnswerCache } from "../../src/server/answer-cache.ts";
import { cacheMeters } from "../../src/server/caches.ts";
import type { Caller } from "../../src/server/caller.ts";
import { Compressor } from "../../src/server/compression.ts";
import { Cors } from "../../src/server/cors.ts";
import { LoopTurns } from "../../src/server/loop-turns.ts";
import { marketRoutes } from "../../src/server/market-routes.ts";
import { KeyRing, LOOPBACK_RATE, parseRate } from "../../src/server/mod.ts";
import { OpenAnswers } from "../../src/server/open-answers.ts";
import { LongRanges } from "../../src/server/past/long-ranges.ts";
import { Pipeline } from "../../src/server/pipeline.ts";
import { RequestFigures } from "../../src/server/request-figures.ts";
import { RequestLog } from "../../src/server/request-log.ts";
import type { Route } from "../../src/server/route.ts";
import { type Match, Router } from "../../src/server/router.ts";
import { SeriesTags } from "../../src/server/series-tags.ts";
import { TokenBucket } from "../../src/server/token-bucket.ts";
import { WaitingBytes } from "../../src/server/waiting-bytes.ts";
import type { MarketStore } from "../../src/store/mod.ts";
import { keyAccess, keyRecord } from "../../tests/helpers/keys.ts";
import { READ_KEY } from "./read-server.ts";

/**
 * What a request passes, one more with each: the first is a bare handler of the same bytes, with the next two it is the route by itself;
 * the pipeline sets the headers that differ from request to request.
 */
export const DOORS = [
  "bare handler",
  "answer",
  "match",
  "pipeline and headers",
  "rate bucket",
  "key",
  "metrics",
  "log",
  "client address in the log",
] as const;
export type Door = (typeof DOORS)[number];

/** Lines of the log a second, above which they are sampled, as a server does unless told otherwise. */
const LINES_PER_SECOND = 20;

/** A caller's rate that nobody uses up, and that isn't kept account of. */
class BottomlessBucket extends TokenBucket {
  override take(): boolean {
    return true;
  }
}

/** Takes all requests for one caller's. */
class OneCaller extends Access {
  readonly #caller: Caller;

  constructor(bucket: TokenBucket) {
    super(keyAccess(new KeyRing([])), () => performance.now());
    this.#caller = {
      ...{ name: "bench", title: "the bench", credential: { kind: "none" }, owner: "bench" },
      ...{ scopes: new Set(["read"] as const), bucket, origins: [], sockets: 0 },
      isValid: () => true,
    };
  }

  override keyOf(): string {
    return "";
  }

  override holderOf(): Caller {
    return this.#caller;
  }
}

class NoFigures extends RequestFigures {
  override count(): void {}
}

class NoLog extends RequestLog {
  override weightOf(): number {
    return 0;
  }
}

/** Serves a store behind all doors up to that one, put together as the server does it, and gives back its address. */
export async function serveBehind(door: Door, store: MarketStore, path: string): Promise<string> {
  const isPast = (other: Door): boolean => DOORS.indexOf(door) >= DOORS.indexOf(other);
  const now = (): number => Date.now();
  const stopwatch = (): number => performance.now();
  const meters = cacheMeters();
  const tags = new SeriesTags();
  const turns = new LoopTurns(stopwatch);
  const answers = new AnswerCache(tags, meters);
  const compressor = new Compressor(1);
  const ranges = new LongRanges({ markets: store, past: undefined, exchanges: new Map(), now, stopwatch });
  const routes = marketRoutes({ markets: store, isFresh: () => true, tags, answers, turns, compressor, ranges });
  const router = new Router(routes, meters.requests);
  const access = isPast("key")
    ? new Access(keyAccess(new KeyRing([keyRecord(READ_KEY, { rate: "1000000/s" })])), stopwatch, meters)
    : new OneCaller(
        isPast("rate bucket") ? new TokenBucket(parseRate("1000000/s")) : new BottomlessBucket(LOOPBACK_RATE),
      );
  const nobody = new OneCaller(new BottomlessBucket(LOOPBACK_RATE));
  const sink = pino(pino.destination({ dest: "/dev/null", sync: true }));
  const cors = new Cors([], () => access.keyOrigins(now()));
  const peerOf = (request: Request): string => server.requestIP(request)?.address ?? "";
  const pipeline = new Pipeline({
    ...{ router, access, cors, turns, now, stopwatch, peerOf },
    figures: isPast("metrics") ? new RequestFigures() : new NoFigures(),
    log: new (isPast("log") ? RequestLog : NoLog)((line) => sink.info(line, "request"), LINES_PER_SECOND),
    openAnswers: new OpenAnswers(new WaitingBytes(), stopwatch),
    addressForLog: isPast("client address in the log")
      ? (request) => access.addressOf(peerOf(request), request.headers)
      : undefined,
    connectionOf: (request) => {
      const peer = server.requestIP(request);
      return `${peer?.address} ${peer?.port}`;
    },
    refuseSocket: (_request, _id, _caller, problem) => {
      throw problem;
    },
    staleSeconds: () => undefined,
    sourceOf: () => undefined,
    timeOf: () => undefined,
    isDraining: () => false,
    allowTime: () => {},
    endTime: () => {},
    onError: (_id, cause) => console.error(cause),
  });
  const answered = (request: Request, { route, values }: Match): Response =>
    responseOf(handled(route as Route, request, values));
  const asked = new Request(`http://127.0.0.1${path}`, { headers: { "accept-encoding": "identity" } });
  const match = router.find("GET", asked.url);
  const whole = answered(asked, match);
  const [body, { headers, status }] = [await whole.blob(), whole];
  const bare = (): Response => new Response(body, { status, headers });
  const fetch = isPast("pipeline and headers")
    ? (request: Request) => pipeline.serve(request) as Response | Promise<Response>
    : door === "match"
      ? (request: Request) => answered(request, router.find("GET", request.url))
      : door === "answer"
        ? (request: Request) => answered(request, match)
        : bare;
  const server = Bun.serve({ hostname: "127.0.0.1", port: 0, development: false, fetch });
  return server.url.origin;

  function handled(route: Route, request: Request, values: unknown): ReturnType<Route["handle"]> {
    const parts = {
      requestId: "",
      caller: nobody.holderOf(),
      values: values as never,
      body: undefined,
      now: now() as UnixMs,
    };
    return route.handle({ request, ...parts, charge: () => {}, inTurn: (_bytes, work) => work() });
  }
}

/** What the runtime sends for a whole answer of a route. */
function responseOf(answer: ReturnType<Route["handle"]>): Response {
  if (answer === undefined || answer instanceof Promise || answer instanceof Response || "value" in answer) {
    throw new Error("the route of klines gives a whole answer");
  }
  return new Response(answer.body as Blob | Uint8Array<ArrayBuffer>, {
    status: answer.status,
    headers: answer.headers,
  });
}
