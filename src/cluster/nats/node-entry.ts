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

/** Reads an entry of the bucket; undefined where it is none. */
export function readNodeEntry(text: string): NodeEntry | undefined {
  try {
    const entry = JSON.parse(text) as Partial<NodeEntry> | null;
    const { name, role, url, version, run, markets } = entry ?? {};
    const texts = [name, url, version, run];
    if (texts.some((one) => typeof one !== "string") || (role !== "ingest" && role !== "serve")) return undefined;
    if (!URL.canParse(url ?? "") || typeof markets !== "object" || markets === null) return undefined;
    return { ...(entry as NodeEntry), isDraining: entry?.isDraining === true };
  } catch {
    return undefined;
  }
}
