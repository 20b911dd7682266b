import type { PackedReader } from "../../wire/mod.ts";
import { load } from "../load.ts";

/** A format in which the server sends klines in binary frames. */
export interface BinaryFormat {
  /** As the address of `/ws` names it. */
  readonly name: string;
  /** Loads what reads the frames of one connection. */
  readonly reader: () => Promise<Pick<PackedReader, "learn" | "read">>;
}

/** For `createClient`: about a sixth of the bytes of JSON, and the same messages. Its reader is loaded before the first connection. */
export const packed: BinaryFormat = {
  name: "packed",
  reader: async () => new (await load(() => import("./packed-frames.ts"))).PackedReader(),
};
