import { Destinations } from "../../src/client/mod.ts";
import type { Destination } from "../../src/wire/mod.ts";
import type { Page } from "../shell/page.ts";

/** The caller's destinations. Rejects with ClientErrors. */
export async function readDestinations({ access }: Page, signal: AbortSignal): Promise<readonly Destination[]> {
  const { destinations } = await new Destinations({ url: location.origin, apiKey: access.credential }).list({ signal });
  return destinations;
}
