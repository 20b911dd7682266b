import { readAnswer, ticketSchema } from "../../wire/mod.ts";
import { good, type Outcome, skipped, wrong } from "../finding.ts";
import { greetingOf } from "../greeting.ts";
import type { Visit } from "../visit.ts";

/** So many tickets are tried. Where two servers take turns by chance, it is all but certain that one issues and the other is asked. */
const TRIES = 8;

/** Whether a ticket opens a WebSocket, whichever of the servers behind the URL issued it. */
export async function tickets(visit: Visit): Promise<Outcome> {
  const { apiKey } = visit.deployment;
  if (visit.keysWithheld !== undefined) return skipped(`not checked: ${visit.keysWithheld}`);
  if (apiKey === undefined) return skipped("tickets are for keys: set VYX_API_KEY to a key with the scope stream");
  const refusals: string[] = [];
  for (let count = 0; count < TRIES; count += 1) {
    const response = await visit.ask("/tickets", { method: "POST", headers: { "x-api-key": apiKey } });
    const read = readAnswer(ticketSchema, await response.json().catch(() => undefined));
    if (!("answer" in read)) {
      return wrong(`POST /tickets answers ${response.status} without a ticket`, "200: use a key with the scope stream");
    }
    const greeting = await greetingOf(visit, `/ws?ticket=${encodeURIComponent(read.answer.ticket)}`);
    if ("problem" in greeting) refusals.push(greeting.problem);
  }
  const [first] = refusals;
  if (first === undefined) return good(`${TRIES} of ${TRIES} tickets open a WebSocket`);
  return wrong(
    `${refusals.length} of ${TRIES} tickets open no WebSocket: ${first}`,
    "every ticket opens one: give all servers behind this URL the same --ticket-secret and the same keys: docs/deployment.md#several-servers-behind-one-address",
  );
}
