import { oneLine, reasonOf } from "../../core/mod.ts";
import { FOLLOWER_HEADER } from "../../wire/mod.ts";
import type { NodeEntry } from "./node-entry.ts";

/** The address that stands for all nodes of a cluster: nothing listens there. */
export const CLUSTER_ADDRESS = "http://cluster.invalid";

/** How long one node may take, in milliseconds: the next one is asked then. */
const ANSWER_WITHIN_MS = 3_000;

/** What peers are asked with. */
export interface PeersParts {
  /** The other nodes. */
  readonly nodes: () => readonly NodeEntry[];
  /** The key that all nodes share; undefined where they need none. */
  readonly key: string | undefined;
  readonly fetch?: typeof fetch;
}

/**
 * A `fetch` that asks the nodes of a cluster in turn, until one knows the answer for certain. Ingest nodes come first: what they have is the
 * exchange's own. Rejects where no node answers.
 */
export function peersFetch({ nodes, key, fetch: fetcher = fetch }: PeersParts): typeof fetch {
  let turn = 0;
  const ask = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const { pathname, search } = new URL(input instanceof Request ? input.url : input);
    turn += 1;
    let last: Response | undefined;
    let reason = "no other node is there";
    for (const { url, name } of inTurn(nodes(), turn)) {
      init?.signal?.throwIfAborted();
      const timeout = AbortSignal.timeout(ANSWER_WITHIN_MS);
      const signal =
        init?.signal === undefined || init.signal === null ? timeout : AbortSignal.any([init.signal, timeout]);
      try {
        const headers = {
          [FOLLOWER_HEADER]: "1",
          "accept-encoding": "identity",
          ...(key === undefined ? {} : { "x-api-key": key }),
        };
        const response = await fetcher(`${url.replace(/\/+$/, "")}${pathname}${search}`, { ...init, signal, headers });
        const text = await response.text();
        last = new Response(text, { status: response.status, headers: response.headers });
        if (response.ok && !(pathname.startsWith("/klines/") && text.includes('"settled":false'))) return last;
      } catch (cause) {
        reason = oneLine(`${name}: ${reasonOf(cause)}`);
      }
    }
    init?.signal?.throwIfAborted();
    if (last !== undefined) return last;
    throw new Error(`no node of the cluster answers: ${reason}`);
  };
  return Object.assign(ask, { preconnect: () => {} });
}

function inTurn(nodes: readonly NodeEntry[], turn: number): readonly NodeEntry[] {
  const rotated = (some: readonly NodeEntry[]): readonly NodeEntry[] =>
    some.map((_, index) => some[(index + turn) % some.length] as NodeEntry);
  const there = nodes.filter(({ isDraining }) => !isDraining);
  const [ingest, serve] = [there.filter(({ role }) => role === "ingest"), there.filter(({ role }) => role === "serve")];
  return [...rotated(ingest), ...rotated(serve), ...nodes.filter(({ isDraining }) => isDraining)];
}
