import { InvalidInput } from "../../core/mod.ts";
import type { MarketStore } from "../store.ts";
import { type CheckpointFacts, checkpointBytes } from "./checkpoint.ts";
import { FolderLock } from "./folder-lock.ts";
import { Generations } from "./generations.ts";

/** A folder that a first checkpoint is to be written to, and that nobody else has meanwhile. */
export class NewCheckpoint {
  readonly #lock: FolderLock;
  readonly #generations: Generations;

  /** Throws InvalidInput when the folder can't be had, or has a checkpoint already. */
  constructor(folder: string, market: string) {
    this.#lock = FolderLock.take(folder);
    this.#generations = new Generations(folder, market);
    if (this.#generations.names().length === 0 && this.#generations.others().size === 0) return;
    this.#lock.release();
    throw new InvalidInput(`--data-dir: ${folder} has a server's checkpoint already: expected a new folder`);
  }

  /** Writes the store's checkpoint: all of it or none. Returns its length in bytes. */
  async write(store: MarketStore, facts: CheckpointFacts): Promise<number> {
    return await this.#generations.write(checkpointBytes(store, facts));
  }

  /** Lets the folder go. */
  release(): void {
    this.#lock.release();
  }
}
