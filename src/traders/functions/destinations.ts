import {
  type DeliveriesAnswer,
  type DestinationAddress,
  type DestinationsAnswer,
  type DestinationTestAnswer,
  MAX_ROWS,
  type NewDestination,
  type NewDestinationAnswer,
  readDeliveriesQuery,
  readDestinationChange,
  readDestinationId,
  readNewDestination,
} from "../../wire/mod.ts";
import { TooManyDestinations } from "../destinations-table.ts";
import { FunctionProblem } from "./caller.ts";
import type { FunctionCall, FunctionParts } from "./functions.ts";
import { bodyOf } from "./request-body.ts";
import { json } from "./respond.ts";
import { foundOf, ownerOf } from "./trader-call.ts";

/** Sends messages to destinations, where this process does so. */
export interface Deliverer {
  /** A new secret for a webhook's signatures. */
  newSecret(): string;
  /** Why nothing will be sent to an address, in words; undefined where it may be. */
  refusal(address: DestinationAddress): Promise<string | undefined>;
  /** Sends a test message. Never rejects for what a receiver does. */
  test(address: DestinationAddress): Promise<DestinationTestAnswer>;
  /** There may be something to send. */
  wake(): void;
}

/** A test message, and the look whether an address is inside, cost as much as so many rows: they ask somebody in the internet. */
const ASKING_ROWS = MAX_ROWS;

/**
 * `destinations`: `GET` lists, `GET /{id}` reads, `POST` creates, `PATCH /{id}` changes, `DELETE /{id}` deletes, `POST /{id}/test` sends a test
 * message, `GET /{id}/deliveries` lists what was sent.
 */
export async function destinations(parts: FunctionParts, call: FunctionCall): Promise<Response> {
  const { request, rest } = call;
  const { destinations: table } = call.tables;
  switch (`${request.method} ${routeOf(rest)}`) {
    case "GET ": {
      call.caller.charge?.({ rows: MAX_ROWS });
      const rows = await table.list(ownerOf(call));
      return json({ count: rows.length, destinations: rows } satisfies DestinationsAnswer);
    }
    case "POST ":
      return await create(parts, call);
    case "GET {id}":
      return json(found(await table.read(ownerOf(call), idOf(call)), call));
    case "PATCH {id}": {
      const deliverer = delivererOf(parts);
      const asked = await bodyOf(parts, call, readDestinationChange);
      const change = asked.address === undefined ? asked : { ...asked, address: withSecret(asked.address, deliverer) };
      if (change.address !== undefined) await checkAddress(parts, call, change.address);
      const changed = found(await table.update(ownerOf(call), idOf(call), change), call);
      deliverer.wake();
      return json({ ...changed, secret: secretOf(change.address) } satisfies NewDestinationAnswer);
    }
    case "DELETE {id}":
      if (!(await table.delete(ownerOf(call), idOf(call)))) found(undefined, call);
      return new Response(null, { status: 204 });
    case "POST {id}/test":
      return await test(parts, call);
    case "GET {id}/deliveries":
      return await deliveries(call);
    default:
      throw new FunctionProblem(
        "not_found",
        `there is no ${request.method} destinations/${rest.join("/").slice(0, 80)}: expected GET, POST, GET, PATCH and DELETE {id}, POST {id}/test, GET {id}/deliveries`,
      );
  }
}

/** A path as routes name it, with `{id}` in place of a destination's; "?" for one that is longer than any. */
function routeOf([first, second, ...more]: readonly string[]): string {
  if (more.length > 0) return "?";
  if (second !== undefined) return `{id}/${second}`;
  return first === undefined ? "" : "{id}";
}

async function create(parts: FunctionParts, call: FunctionCall): Promise<Response> {
  const asked = await bodyOf(parts, call, readNewDestination);
  const address = withSecret(asked.address, delivererOf(parts));
  await checkAddress(parts, call, address);
  try {
    const made = await call.tables.destinations.create(call.caller.owner, {
      ...asked,
      address,
    } satisfies NewDestination);
    return json({ ...made, secret: secretOf(address) } satisfies NewDestinationAnswer, 201);
  } catch (cause) {
    if (cause instanceof TooManyDestinations) throw new FunctionProblem("forbidden", cause.message);
    throw cause;
  }
}

/** What the caller has to know to check a webhook's signatures: told with the call that set it. */
function secretOf(address: DestinationAddress | undefined): string | null {
  return address?.kind === "webhook" ? (address.secret ?? null) : null;
}

/** What can't be sent to isn't kept. Throws {@link FunctionProblem}. */
async function checkAddress(parts: FunctionParts, call: FunctionCall, address: DestinationAddress): Promise<void> {
  call.caller.charge?.({ rows: ASKING_ROWS });
  const why = await delivererOf(parts).refusal(address);
  if (why !== undefined) throw new FunctionProblem("invalid_parameter", `address.url: ${why}`);
}

/** A webhook is always signed. */
function withSecret(address: DestinationAddress, deliverer: Deliverer): DestinationAddress {
  if (address.kind !== "webhook" || address.secret !== undefined) return address;
  return { ...address, secret: deliverer.newSecret() };
}

async function test(parts: FunctionParts, call: FunctionCall): Promise<Response> {
  call.caller.charge?.({ rows: ASKING_ROWS });
  const address = found(await call.tables.destinations.address(ownerOf(call), idOf(call)), call);
  return json(await delivererOf(parts).test(address));
}

async function deliveries(call: FunctionCall): Promise<Response> {
  const query = readDeliveriesQuery(call.url.searchParams);
  call.caller.charge?.({ rows: query.limit });
  const { id } = found(await call.tables.destinations.read(ownerOf(call), idOf(call)), call);
  const { deliveries: rows, cursor } = await call.tables.destinations.deliveries(id, query);
  return json({ count: rows.length, deliveries: rows, cursor } satisfies DeliveriesAnswer);
}

/** Throws {@link FunctionProblem} where nobody here sends anything: signals would wait for ever. */
function delivererOf({ deliverer }: FunctionParts): Deliverer {
  if (deliverer !== undefined) return deliverer;
  throw new FunctionProblem(
    "not_found",
    "these functions send no messages: expected a Vyx server with the traders in it (vyx serve --database-url …)",
  );
}

function idOf({ rest }: FunctionCall): string {
  return readDestinationId(rest[0] ?? "");
}

function found<T>(value: T | undefined, call: FunctionCall): T {
  return foundOf(value, call, "destination");
}
