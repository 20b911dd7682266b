import { CLUSTER_ADDRESS } from "../cluster/mod.ts";
import type { Settings } from "./settings.ts";

/** The address of what is followed in place of exchanges: another server, or the nodes of a cluster. Undefined where exchanges are followed. */
export function followedAddress({ upstream, role }: Pick<Settings, "upstream" | "role">): string | undefined {
  return role === "serve" ? CLUSTER_ADDRESS : upstream;
}
