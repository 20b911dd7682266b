import { isMarketId } from "../../core/mod.ts";
import { isNodeName } from "./subjects.ts";

/** What a node does: `ingest` follows the exchanges and publishes, `serve` follows those that publish. */
export type ClusterRole = "ingest" | "serve";

/** One market of a node. */
export interface NodeMarket {
  /** The close time of the newest minute that closed here, in Unix milliseconds; null before the first. */
  readonly lastClose: number | null;
  /** How old its newest event is by the exchange's clock, in milliseconds; null where that isn't known. */
  readonly lagMs: number | null;
  /** Whether it is connected, warm and current. */
  readonly isReady: boolean;
  /** Where its data comes from; null while it doesn't know. */
  readonly source: string | null;
  /** Names its market; null while it isn't known, and from a node of an earlier version. */
  readonly epoch: string | null;
  /** Stands for the symbols that it follows; null where it doesn't say. */
  readonly symbols: string | null;
}

/** What a node says of itself. */
export interface NodeEntry {
  readonly name: string;
  readonly role: ClusterRole;
  /** Where its peers reach its HTTP. */
  readonly url: string;
  readonly version: string;
  /** Names this run of it. */
  readonly run: string;
  /** It is on its way out. */
  readonly isDraining: boolean;
  readonly markets: Readonly<Record<string, NodeMarket>>;
}

/** Text that others may print: no control characters. */
const PLAIN_TEXT = /^[\x20-\x7e]{1,100}$/;

/** The latest moment that a Date can hold, in Unix milliseconds. */
const LATEST_MS = 8_640_000_000_000_000;

/**
 * Reads an entry of the bucket; undefined where it is none. Its address is asked with the key that nodes share, so it must be one of HTTP without
 * a user's name.
 */
export function readNodeEntry(text: string): NodeEntry | undefined {
  try {
    const { name, role, url, version, run, isDraining, markets } = JSON.parse(text) as Partial<NodeEntry>;
    if (typeof name !== "string" || !isNodeName(name) || (role !== "ingest" && role !== "serve")) return undefined;
    if (!isPlain(version) || !isPlain(run) || !isPeerUrl(url)) return undefined;
    if (typeof markets !== "object" || markets === null) return undefined;
    // A later version may know more markets, and say other things of these.
    const known = Object.entries(markets).filter(([market]) => isMarketId(market));
    const read = known.map(([market, state]) => [market, readMarket(state)] as const);
    if (read.some(([, state]) => state === undefined)) return undefined;
    const of = Object.fromEntries(read) as Record<string, NodeMarket>;
    return { name, role, url, version, run, isDraining: isDraining === true, markets: of };
  } catch {
    return undefined;
  }
}

function readMarket(state: Partial<NodeMarket>): NodeMarket | undefined {
  const { lastClose = null, lagMs = null, isReady, source = null, epoch = null, symbols = null } = state;
  const isMoment = lastClose === null || (Number.isSafeInteger(lastClose) && lastClose >= 0 && lastClose < LATEST_MS);
  if (!isMoment || typeof isReady !== "boolean") return undefined;
  if ((lagMs !== null && typeof lagMs !== "number") || (source !== null && !isPlain(source))) return undefined;
  if (epoch !== null && !isPlain(epoch)) return undefined;
  if (symbols !== null && !isPlain(symbols)) return undefined;
  return { lastClose, lagMs, isReady, source, epoch, symbols };
}

function isPlain(text: unknown): text is string {
  return typeof text === "string" && PLAIN_TEXT.test(text);
}

function isPeerUrl(text: unknown): text is string {
  if (!isPlain(text) || !URL.canParse(text)) return false;
  const { protocol, username, password, search, hash } = new URL(text);
  return (protocol === "http:" || protocol === "https:") && username + password + search + hash === "";
}
