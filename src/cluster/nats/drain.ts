import { InvalidInput } from "../../core/mod.ts";
import { bucket } from "./buckets.ts";
import type { NatsAccess } from "./link.ts";
import { readNodeEntry } from "./node-entry.ts";
import { readNodes } from "./nodes.ts";

/** Tells a node to leave: this run of it, not the next, whose name is returned. Rejects with InvalidInput where there is no such node. */
export async function drainNode(access: NatsAccess, name: string): Promise<string> {
  const nodes = await readNodes(access);
  const node = nodes.find((one) => one.name === name);
  if (node === undefined) {
    const names = nodes.map((one) => one.name).join(", ");
    throw new InvalidInput(`there is no node ${name}: expected one of ${names || "the cluster's, which has none now"}`);
  }
  await (await bucket(access, "vyx-drains")).put(name, node.run);
  return node.run;
}

/** What has become of a run of a node: `left` said goodbye, or another run has its name; `lost` isn't heard of any more. */
export async function whereabouts(access: NatsAccess, name: string, run: string): Promise<"there" | "left" | "lost"> {
  const entry = await (await bucket(access, "vyx-nodes")).get(name);
  if (entry === null) return "lost";
  if (entry.operation !== "PUT") return "left";
  return readNodeEntry(entry.string())?.run === run ? "there" : "left";
}
