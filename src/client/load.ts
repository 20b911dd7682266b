import { ClientError } from "./client-error.ts";

/** Loads a part of the client that few programs need. Rejects with ClientError `network` where its file can't be had. */
export function load<Part>(importing: () => Promise<Part>): Promise<Part> {
  return importing().catch((cause: unknown) => {
    throw new ClientError("network", `a part of the client can't be loaded: ${cause}`, { cause });
  });
}
