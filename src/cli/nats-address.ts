import { readFileSync } from "node:fs";
import type { NatsAddress } from "../cluster/mod.ts";
import { InvalidInput, reasonOf } from "../core/mod.ts";
import type { Settings } from "./settings.ts";

/** How the settings say that NATS is reached. Throws InvalidInput for a file that can't be read, and where no server is named. */
export function natsAddress({ nats, natsCredentials, natsToken, natsCa }: Settings): NatsAddress {
  if (nats === undefined)
    throw new InvalidInput("--nats is missing: expected nats://host:4222, or several joined by commas");
  return {
    servers: nats,
    credentials: textOf("nats-credentials", natsCredentials),
    token: natsToken,
    authority: textOf("nats-ca", natsCa),
  };
}

function textOf(flag: string, path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new InvalidInput(`--${flag}: ${path} can't be read: ${reasonOf(cause)}`, { cause });
  }
}
