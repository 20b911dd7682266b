import { countOf } from "../../core/mod.ts";
import {
  type DeliveriesAnswer,
  type Destination,
  type DestinationAddress,
  type DestinationsAnswer,
  type DestinationTestAnswer,
  MAX_ROWS,
  type NewDestination,
  type NewDestinationAnswer,
  readConfirmation,
  readDeliveriesQuery,
  readDeliveryAgain,
  readDestinationChange,
  readDestinationId,
  readNewDestination,
} from "../../wire/mod.ts";
import { TooManyDestinations } from "../destinations-table.ts";
import { CODE_BOUNDS } from "../mail-codes-table.ts";
import { MAIL_BOUNDS } from "../mails-table.ts";
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
  /** Mails a code to an address, which its owner enters here. Never rejects for what a receiver does. */
  sendCode(to: string, code: string): Promise<DestinationTestAnswer>;
  /** There may be something to send. */
  wake(): void;
}

/** When codes may be mailed again, about, in seconds. */
const CODES_AGAIN_SECONDS = 600;

/** A test message, and the look whether an address is inside, cost as much as so many rows: they ask somebody in the internet. */
const ASKING_ROWS = MAX_ROWS;

/**
 * `destinations`: `GET` lists, `GET /{id}` reads, `POST` creates, `PATCH /{id}` changes, `DELETE /{id}` deletes, `POST /{id}/test` sends a test
 * message, `GET /{id}/deliveries` lists what was sent, `POST /{id}/again` sends what was given up. An e-mail address gets nothing but a code until
 * `POST /{id}/confirm` has it; `POST /{id}/code` mails another one.
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
    case "PATCH {id}":
      return await change(parts, call);
    case "DELETE {id}":
      if (!(await table.delete(ownerOf(call), idOf(call)))) found(undefined, call);
      return new Response(null, { status: 204 });
    case "POST {id}/test":
      return await test(parts, call);
    case "POST {id}/code":
      return await mailCode(parts, call);
    case "POST {id}/confirm":
      return await confirm(parts, call);
    case "POST {id}/again":
      return await again(parts, call);
    case "GET {id}/deliveries":
      return await deliveries(call);
    default:
      throw new FunctionProblem(
        "not_found",
        `there is no ${request.method} destinations/${rest.join("/").slice(0, 80)}: expected GET, POST, GET, PATCH and DELETE {id}, POST {id}/test, {id}/code, {id}/confirm and {id}/again, GET {id}/deliveries`,
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
  await checkAddress(parts, call, asked.address);
  const id = crypto.randomUUID();
  const code = await codeFor(call, id, asked.address);
  const address = await withSecret(parts, call, asked.address);
  try {
    const wanted: NewDestination = { ...asked, address };
    const made = await call.tables.destinations.create(call.caller.owner, wanted, {
      id,
      confirmed: code === undefined,
    });
    const sent = await withCodeSent(parts, call, made, { address, code });
    return json({ ...sent, secret: secretOf(address) } satisfies NewDestinationAnswer, 201);
  } catch (cause) {
    if (cause instanceof TooManyDestinations) throw new FunctionProblem("forbidden", cause.message);
    throw cause;
  }
}

async function change(parts: FunctionParts, call: FunctionCall): Promise<Response> {
  const deliverer = delivererOf(parts);
  const asked = await bodyOf(parts, call, readDestinationChange);
  const { destinations: table } = call.tables;
  let [address, code]: [DestinationAddress | undefined, string | undefined] = [undefined, undefined];
  if (asked.address !== undefined) {
    await checkAddress(parts, call, asked.address);
    const { id } = found(await table.read(ownerOf(call), idOf(call)), call);
    code = await codeFor(call, id, asked.address);
    address = await withSecret(parts, call, asked.address);
  }
  const wanted = address === undefined ? asked : { ...asked, address };
  const changed = found(await table.update(ownerOf(call), idOf(call), wanted, code === undefined), call);
  const sent = await withCodeSent(parts, call, changed, { address, code });
  deliverer.wake();
  return json({ ...sent, secret: secretOf(address) } satisfies NewDestinationAnswer);
}

/** A code for an e-mail address that its owner hasn't confirmed yet; undefined where none is needed. Throws {@link FunctionProblem} `rate_limited`. */
async function codeFor(
  call: FunctionCall,
  destination: string,
  address: DestinationAddress,
): Promise<string | undefined> {
  if (address.kind !== "email" || (await call.tables.mailCodes.isConfirmed(call.caller.owner, address.to)))
    return undefined;
  return await issued(call, destination, address.to);
}

/** Throws {@link FunctionProblem} `rate_limited`. */
async function issued(
  { caller, tables: { mailCodes } }: FunctionCall,
  destination: string,
  to: string,
): Promise<string> {
  const code = await mailCodes.issue({ destination, owner: caller.owner, to });
  if (code !== undefined) return code;
  const { ofOwner, toMailbox, toMailboxOfOwner, inAll, toMailboxInDays, days } = CODE_BOUNDS;
  const { toMailboxOfOwnerInDays, neverEntered } = CODE_BOUNDS;
  throw new FunctionProblem(
    "rate_limited",
    `too many codes were mailed: at most ${ofOwner} an hour are for one owner, ${toMailboxOfOwner} an hour and ${toMailboxOfOwnerInDays} in ${days} days of them to one mailbox, which gets ${toMailbox} and ${toMailboxInDays} from all; ${neverEntered} in ${days} days may stay unentered, and ${inAll} an hour go out in all`,
    CODES_AGAIN_SECONDS,
  );
}

/** The destination, once its code is on the way; with the reason where it isn't. */
async function withCodeSent(
  parts: FunctionParts,
  { tables }: FunctionCall,
  destination: Destination,
  { address, code }: { readonly address: DestinationAddress | undefined; readonly code: string | undefined },
): Promise<Destination> {
  if (code === undefined || address?.kind !== "email") return destination;
  const { accepted, answer } = await delivererOf(parts).sendCode(address.to, code);
  if (accepted) return destination;
  const lastError = `the code wasn't mailed: ${answer}`;
  await tables.destinations.failed(destination.id, lastError);
  return { ...destination, lastError };
}

/** Mails another code: the one before is worth nothing from then on. */
async function mailCode(parts: FunctionParts, call: FunctionCall): Promise<Response> {
  const { destinations: table } = call.tables;
  const { id, confirmed } = found(await table.read(ownerOf(call), idOf(call)), call);
  const address = found(await table.address(ownerOf(call), id), call);
  if (confirmed || address.kind !== "email") {
    throw new FunctionProblem("invalid_parameter", "nothing is to be confirmed here: messages are sent to it already");
  }
  await checkAddress(parts, call, address);
  const code = await issued(call, id, address.to);
  return json(await delivererOf(parts).sendCode(address.to, code));
}

async function confirm(parts: FunctionParts, call: FunctionCall): Promise<Response> {
  const deliverer = delivererOf(parts);
  const { code } = await bodyOf(parts, call, readConfirmation);
  const { destinations: table, mailCodes } = call.tables;
  const { id, confirmed } = found(await table.read(ownerOf(call), idOf(call)), call);
  const verdict = confirmed ? { is: "right" as const } : await mailCodes.enter(id, code);
  if (verdict.is === "wrong") {
    throw new FunctionProblem(
      "invalid_parameter",
      `code: it isn't the one that was mailed last: expected that one; ${countOf(verdict.left, "try is", "tries are")} left`,
    );
  }
  if (verdict.is === "expired") {
    throw new FunctionProblem(
      "invalid_parameter",
      "code: it is too old, or was tried too often: expected one that is mailed anew, by POST destinations/{id}/code",
    );
  }
  deliverer.wake();
  return json(found(await table.read(ownerOf(call), id), call));
}

/** Sends a delivery again that was given up. */
async function again(parts: FunctionParts, call: FunctionCall): Promise<Response> {
  const deliverer = delivererOf(parts);
  const { delivery } = await bodyOf(parts, call, readDeliveryAgain);
  const { destinations: table } = call.tables;
  const { id } = found(await table.read(ownerOf(call), idOf(call)), call);
  if (!(await table.again(id, delivery))) {
    throw new FunctionProblem(
      "not_found",
      `delivery ${delivery} isn't one that was given up: GET deliveries lists those`,
    );
  }
  deliverer.wake();
  return json(found(await table.read(ownerOf(call), id), call));
}

/** What the caller has to know to check a webhook's signatures: told with the call that set it. */
function secretOf(address: DestinationAddress | undefined): string | null {
  return address?.kind === "webhook" ? (address.secret ?? null) : null;
}

/** What can't be sent to isn't kept. Throws {@link FunctionProblem}. */
async function checkAddress(parts: FunctionParts, call: FunctionCall, address: DestinationAddress): Promise<void> {
  call.caller.charge?.({ rows: ASKING_ROWS });
  const why = await delivererOf(parts).refusal(address);
  const member = address.kind === "email" ? "address.to" : "address.url";
  if (why !== undefined) throw new FunctionProblem("invalid_parameter", `${member}: ${why}`);
}

/** A webhook is always signed, and each e-mail has a link that ends them. */
async function withSecret(
  parts: FunctionParts,
  { caller, tables }: FunctionCall,
  address: DestinationAddress,
): Promise<DestinationAddress> {
  if (address.kind === "email") return { ...address, token: await tables.mailLinks.tokenOf(caller.owner, address.to) };
  if (address.kind !== "webhook" || address.secret !== undefined) return address;
  return { ...address, secret: delivererOf(parts).newSecret() };
}

async function test(parts: FunctionParts, call: FunctionCall): Promise<Response> {
  call.caller.charge?.({ rows: ASKING_ROWS });
  const { destinations: table } = call.tables;
  const { confirmed } = found(await table.read(ownerOf(call), idOf(call)), call);
  if (!confirmed) {
    throw new FunctionProblem(
      "invalid_parameter",
      "the address isn't confirmed yet: expected the code that was mailed to it",
    );
  }
  const address = found(await table.address(ownerOf(call), idOf(call)), call);
  if (address.kind === "email") await takeTest(call, address.to);
  return json(await delivererOf(parts).test(address));
}

/** Throws {@link FunctionProblem} `rate_limited` where a mailbox got as many tests as it may. */
async function takeTest({ caller, tables }: FunctionCall, to: string): Promise<void> {
  const taken = await tables.mails.take({ owner: caller.owner, to, isTest: true });
  if (!("freeInMs" in taken)) return;
  const { ofOwner, toMailbox, testsToMailbox } = MAIL_BOUNDS;
  throw new FunctionProblem(
    "rate_limited",
    `too many messages were mailed: within an hour at most ${testsToMailbox} tests go to one mailbox, ${toMailbox} messages of one owner to one mailbox, and ${ofOwner} of one owner in all`,
    Math.ceil(taken.freeInMs / 1_000),
  );
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
