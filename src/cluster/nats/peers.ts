import {
  boundedBody,
  type Clock,
  millis,
  oneLine,
  reasonOf,
  type Stopwatch,
  withoutAddresses,
} from "../../core/mod.ts";
import { FOLLOWER_HEADER, SOURCE_HEADER, TIME_HEADER } from "../../wire/mod.ts";
import type { NodeEntry } from "./node-entry.ts";
import { isOtherSource } from "./other-source.ts";

/** The address that stands for all nodes of a cluster: nothing listens there. */
export const CLUSTER_ADDRESS = "http://cluster.invalid";

/** How long one node may take to answer, in milliseconds: the next one is asked then. */
const ANSWER_WITHIN_MS = 3_000;

/** One that didn't answer in time is asked after all others for so long, in milliseconds: a repair must not wait for it again and again. */
const LAST_FOR_MS = 10_000;

/** The largest answer that is read, but for a checkpoint: a list of all symbols. */
export const MAX_ANSWER_BYTES = 16_777_216;

/** What peers are asked with. */
export interface PeersParts {
  /** The other nodes. */
  readonly nodes: () => readonly NodeEntry[];
  /** The key that all nodes share; undefined where they need none. */
  readonly key: string | undefined;
  /** Where this node's data comes from; null while it doesn't know. Answers with another label are left out. */
  readonly source?: () => string | null;
  readonly clock: Pick<Clock, "sleep">;
  readonly stopwatch: Stopwatch;
  readonly fetch?: typeof fetch;
}

/**
 * A `fetch` that asks the nodes of a cluster in turn, until one knows the answer for certain. Ingest nodes come first: what they have is the
 * exchange's own. Rejects where no node answers.
 */
export function peersFetch({ nodes, key, clock, stopwatch, source, fetch: fetcher = fetch }: PeersParts): typeof fetch {
  let turn = 0;
  /** When nodes didn't answer in time, by name, by the stopwatch. */
  const silent: Map<string, number> = new Map();
  const isHeard = ({ name }: NodeEntry): boolean =>
    stopwatch() - (silent.get(name) ?? Number.NEGATIVE_INFINITY) >= LAST_FOR_MS;
  const headers = {
    [FOLLOWER_HEADER]: "1",
    "accept-encoding": "identity",
    ...(key === undefined ? {} : { "x-api-key": key }),
  };
  /** The answer of one node. Its beginning has to come in time, and all of it, unless it is a checkpoint. */
  const askOne = async ({ name, url }: NodeEntry, path: string, init: RequestInit | undefined): Promise<Response> => {
    const within = new AbortController();
    const done = new AbortController();
    clock.sleep(millis(ANSWER_WITHIN_MS), done.signal).then(
      () => {
        silent.set(name, stopwatch());
        within.abort(new Error(`nothing came for ${ANSWER_WITHIN_MS / 1_000} s`));
      },
      () => {},
    );
    const outer = init?.signal ?? undefined;
    const signal = outer === undefined ? within.signal : AbortSignal.any([outer, within.signal]);
    try {
      const response = await fetcher(`${url.replace(/\/+$/, "")}${path}`, {
        ...{ ...init, signal, headers },
        // The key is for this node alone.
        redirect: "manual",
      });
      if (isCheckpoint(path)) return response;
      const body = await boundedBody(response.body, MAX_ANSWER_BYTES, signal);
      return new Response(body, { status: response.status, headers: response.headers });
    } finally {
      done.abort(new Error("done"));
    }
  };
  const ask = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const { pathname, search, searchParams } = new URL(input instanceof Request ? input.url : input);
    turn += 1;
    let last: Response | undefined;
    let reason = "no other node is there";
    const all = inTurn(nodes(), turn);
    for (const name of silent.keys()) if (!all.some((node) => node.name === name)) silent.delete(name);
    for (const node of [...all.filter(isHeard), ...all.filter((one) => !isHeard(one))]) {
      const { name, markets } = node;
      init?.signal?.throwIfAborted();
      // One that has begun itself only now would give an empty one.
      if (isCheckpoint(pathname) && markets[searchParams.get("market") ?? ""]?.isReady !== true) continue;
      try {
        const answer = await askOne(node, pathname + search, init);
        const [label, own] = [answer.headers.get(SOURCE_HEADER), source?.() ?? null];
        if (isOtherSource(own, label)) {
          await answer.body?.cancel();
          reason = oneLine(`${name}: its data is labelled ${label}, and this node's ${own}`);
          continue;
        }
        // It can't know what there is of the time that it hasn't reached: its "none" would be believed.
        const late = lateness(pathname, searchParams, answer);
        if (late !== undefined) {
          reason = `${name}: ${late}`;
          continue;
        }
        last = answer;
        if (last.ok && !(await isUncertain(pathname, last))) return last;
      } catch (cause) {
        reason = oneLine(`${name}: ${withoutAddresses(reasonOf(cause))}`);
      }
    }
    init?.signal?.throwIfAborted();
    if (last !== undefined) return last;
    throw new Error(`no node of the cluster answers: ${reason}`);
  };
  return Object.assign(ask, { preconnect: () => {} });
}

function isCheckpoint(path: string): boolean {
  return path.startsWith("/checkpoint");
}

async function isUncertain(path: string, answer: Response): Promise<boolean> {
  return path.startsWith("/klines/") && (await answer.clone().text()).includes('"settled":false');
}

/** In words, what an answer of klines can't speak of, because the node's market hasn't come so far. Undefined where it can. */
function lateness(path: string, query: URLSearchParams, answer: Response): string | undefined {
  const [endTime, time] = [query.get("endTime"), answer.headers.get(TIME_HEADER)];
  if (!path.startsWith("/klines/") || !answer.ok || endTime === null || time === null) return undefined;
  if (Number(endTime) <= Number(time)) return undefined;
  return `its market is at ${time}, and ${endTime} was asked for`;
}

function inTurn(nodes: readonly NodeEntry[], turn: number): readonly NodeEntry[] {
  const rotated = (some: readonly NodeEntry[]): readonly NodeEntry[] =>
    some.map((_, index) => some[(index + turn) % some.length] as NodeEntry);
  const isReady = ({ markets }: NodeEntry): boolean => Object.values(markets).every((market) => market.isReady);
  const there = nodes.filter(({ isDraining }) => !isDraining);
  const of = (role: NodeEntry["role"], ready: boolean): readonly NodeEntry[] =>
    rotated(there.filter((node) => node.role === role && isReady(node) === ready));
  // What isn't ready may lack what it should have.
  const well = [...of("ingest", true), ...of("serve", true)];
  return [...well, ...of("ingest", false), ...of("serve", false), ...nodes.filter(({ isDraining }) => isDraining)];
}
