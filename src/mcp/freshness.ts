import type { Client } from "../client/mod.ts";

/** In words, what an agent has to know of the data behind an answer: nothing while all is current. */
export async function freshnessNote(client: Client, signal: AbortSignal): Promise<string> {
  const { status, reasons, source } = await client.health({ signal });
  const about = source === "simulated" || source === "recorded" ? ` Prices are ${source}.` : "";
  return status === "ok" ? about : ` Careful, the server is ${status}: ${reasons.join("; ")}.${about}`;
}
