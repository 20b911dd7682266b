import { boundedBody, type MarketId, type StopSignal } from "../../core/mod.ts";
import { type ByteSource, type MarketStore, type RestoredCheckpoint, restoreCheckpoint } from "../../store/mod.ts";
import type { UpstreamLine } from "./line.ts";

/** 500 symbols in 6 intervals of 500 klines are 134 MB. */
const MAX_BYTES = 4 * 1024 ** 3;

/** Such a checkpoint at 1 MB a second. */
const WITHIN_MS = 150_000;

/** What a follower without klines of its own is given. */
export interface FirstCheckpointOptions {
  readonly url: string;
  readonly line: Pick<UpstreamLine, "fetch">;
  readonly market: MarketId;
  /** Empty. */
  readonly store: MarketStore;
  readonly signal: StopSignal;
}

/**
 * Fills an empty store with all that the upstream has of a market, in one answer in place of two for each series. What the upstream isn't
 * certain of isn't certain here either, and is asked for like everything that is missing. Rejects with the reason when it can't be had;
 * then the store is as it was.
 */
export async function restoreFromUpstream({
  url,
  line,
  market,
  store,
  signal,
}: FirstCheckpointOptions): Promise<RestoredCheckpoint> {
  const stop = new AbortController();
  signal.addEventListener("abort", () => stop.abort(signal.reason), { once: true });
  const within = AbortSignal.any([AbortSignal.timeout(WITHIN_MS), stop.signal]);
  const response = await line.fetch(`${url}/checkpoint?market=${market}`, { redirect: "manual", signal: within });
  if (!response.ok) throw new Error(`/checkpoint: ${response.status}`);
  return restoreCheckpoint(store, sourceOf(await boundedBody(response.body, MAX_BYTES, within)), market);
}

/** Each part is a copy: what is restored must not hold all bytes that came. */
function sourceOf(bytes: Uint8Array): ByteSource {
  let at = 0;
  return {
    read: (length) => {
      const part = bytes.slice(at, at + length);
      at += part.byteLength;
      return part;
    },
  };
}
