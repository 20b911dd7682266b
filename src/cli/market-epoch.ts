import { type Clock, exchangeNameOf, type FeedStatus, type MarketSource, type Random } from "../core/mod.ts";

/** Characters of chance in an epoch's id. */
const CHANCE_CHARACTERS = 6;

/** What an epoch is decided by. */
export interface MarketEpochParts {
  readonly clock: Pick<Clock, "now">;
  readonly random: Random;
  /** Whether another server is followed: then the epoch is what that one says. */
  readonly isFollower: boolean;
  /** The epochs that other ingest nodes of the cluster say, where the server is a node of one; undefined until it has looked who is there. */
  readonly inCluster?: (() => readonly string[] | undefined) | undefined;
}

/**
 * Names the market that a server has, so that clients know whether what they hold is of the same one. A real exchange's market is never
 * replaced: its epoch is its source, on every server and after every restart. A simulated or recorded market has an id: the one that its
 * stand-in says, or one that the server makes. It is taken with an empty store, and a checkpoint keeps it. Ids begin with the time at which they were made: nodes of a cluster that
 * began with different ones agree on the oldest.
 */
export class MarketEpoch {
  readonly #parts: MarketEpochParts;
  /** Of a market that isn't an exchange's own, or that another server has. */
  #text: string | undefined;
  /** The epoch of the market that was here before. */
  #replaced: string | undefined;

  constructor(parts: MarketEpochParts) {
    this.#parts = parts;
  }

  /**
   * The epoch of the present market; undefined while that isn't known: a server that is followed hasn't said it, or nothing has answered yet.
   */
  text({ source, standIn, state }: Pick<FeedStatus, "source" | "standIn" | "state">): string | undefined {
    const { isFollower, inCluster } = this.#parts;
    if (isFollower && inCluster === undefined) return this.#text;
    if (!isFollower && exchangeNameOf(source) !== undefined) return source;
    const said = inCluster === undefined ? [] : inCluster();
    // A node that has just begun must not name a market that the others have named already.
    if (said === undefined) return this.#text;
    if (!isFollower && standIn === undefined && state === "connecting") return this.#text;
    if (!isFollower) this.#text ??= this.#named(source, standIn);
    const adopted = said.filter((epoch) => this.#mayAdopt(epoch, source));
    const known = isFollower ? adopted : [this.#text ?? [], adopted].flat();
    this.#text = known.toSorted()[0] ?? this.#text;
    return this.#text;
  }

  /** A checkpoint of the market was read. Older ones name no epoch. */
  restored(text: string | undefined): void {
    this.#text = text;
  }

  /** The market turned out to be another one. */
  renew(): void {
    this.#replaced = this.#text ?? this.#replaced;
    this.#text = undefined;
  }

  /** The server that is followed says this. Returns whether it has another market than before. */
  told(text: string): boolean {
    const isOther = this.#text !== undefined && this.#text !== text;
    this.#text = text;
    return isOther;
  }

  /** One of the same source. Other nodes may not have noticed yet that the market was replaced: what they still say is older. */
  #mayAdopt(epoch: string, source: MarketSource): boolean {
    return (
      (epoch === source || epoch.startsWith(`${source}-`)) && (this.#replaced === undefined || epoch > this.#replaced)
    );
  }

  /** As a stand-in says, so that all servers that follow it say the same; else as this server does. */
  #named(source: MarketSource, standIn: string | undefined): string {
    const name = standIn === undefined ? undefined : `${source}-${standIn}`;
    return name !== undefined && name !== this.#replaced ? name : this.#made(source);
  }

  #made(source: MarketSource): string {
    const { clock, random } = this.#parts;
    const chance = Array.from({ length: CHANCE_CHARACTERS }, () => Math.floor(random() * 36).toString(36)).join("");
    return `${source}-${clock.now().toString(36)}${chance}`;
  }
}
