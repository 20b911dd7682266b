import { InvalidInput } from "../../core/mod.ts";
import { bucket } from "./buckets.ts";
import type { NatsAccess } from "./link.ts";
import { readNodes } from "./nodes.ts";

/** Tells a node to leave: this run of it, not the next. Rejects with InvalidInput where there is no such node. */
export async function drainNode(access: NatsAccess, name: string): Promise<void> {
  const nodes = await readNodes(access);
  const node = nodes.find((one) => one.name === name);
  if (node === undefined) {
    const names = nodes.map((one) => one.name).join(", ");
    throw new InvalidInput(`there is no node ${name}: expected one of ${names || "the cluster's, which has none now"}`);
  }
  await (await bucket(access, "vyx-drains")).put(name, node.run);
}

/** Whether a node is still there. */
export async function isThere(access: NatsAccess, name: string): Promise<boolean> {
  return (await readNodes(access)).some((one) => one.name === name);
}
