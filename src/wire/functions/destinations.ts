import * as v from "valibot";
import type { UnixMs } from "../../core/mod.ts";
import { type AnswerSchema, count, momentSchema } from "../answer-schemas.ts";
import { listOf } from "../foreign.ts";
import { wholeNumber } from "../whole-number.ts";
import {
  cursorText,
  limitText,
  name,
  read,
  storedText,
  textsOf,
  traderId,
  type URLSearchParamsLike,
} from "./members.ts";

/** The ways in which signals are sent out. */
export const DESTINATION_KINDS = ["webhook", "telegram", "discord", "ntfy", "email"] as const;

/** One of {@link DESTINATION_KINDS}. */
export type DestinationKind = (typeof DESTINATION_KINDS)[number];

/** Traders that a destination may name. */
const MAX_TRADERS = 500;

const MINUTES_OF_DAY = 1_440;

/** Where messages go, by kind, with its secrets. It is written, and never told again. */
export type DestinationAddress =
  | { readonly kind: "webhook"; readonly url: string; readonly secret?: string | undefined }
  | { readonly kind: "telegram"; readonly token: string; readonly chatId: string }
  | { readonly kind: "discord"; readonly url: string }
  | { readonly kind: "ntfy"; readonly url: string; readonly token?: string | undefined }
  /** `token`: the server's own, which the link that ends the messages has. No request may name it. */
  | { readonly kind: "email"; readonly to: string; readonly token?: string | undefined };

/** When nothing is sent: minutes of the UTC day. From 22:00 to 7:00 is `{ from: 1320, until: 420 }`. */
export interface QuietHours {
  readonly from: number;
  readonly until: number;
}

/** How a destination is sent to. */
export interface DestinationRules {
  readonly name: string;
  readonly enabled: boolean;
  /** Whose signals; null for all of the owner's traders, also later ones. */
  readonly traders: readonly string[] | null;
  /** More signals than this that wait together become one message. */
  readonly digestAbove: number;
  /** Whether a symbol that matched at the close before is left out. */
  readonly onChange: boolean;
  readonly quiet: QuietHours | null;
  /** Messages within an hour; what is above waits. */
  readonly maxPerHour: number;
  /** Whether it gets the owner's price alerts. One that names it is sent there in any case. */
  readonly priceAlerts: boolean;
}

/** Why signals wait. */
const WAIT_REASONS = ["receiver", "quiet", "hour"] as const;

/** Where signals are sent to. Times are local times of the server. */
export interface Destination extends DestinationRules {
  readonly id: string;
  readonly kind: DestinationKind;
  /** Where it goes, without secrets. */
  readonly shown: string;
  /** False for an e-mail address until the code that was mailed to it is entered: nothing else is sent there. */
  readonly confirmed: boolean;
  /** What the signals that wait are waiting for, and until when: a failing receiver, the end of quiet hours, or of an hour's messages. */
  readonly waitsFor: (typeof WAIT_REASONS)[number] | null;
  readonly nextTryAt: UnixMs | null;
  /** Signals that wait, and since when nothing of them went out because the receiver failed. */
  readonly waiting: number;
  readonly failingSince: UnixMs | null;
  readonly lastDeliveredAt: UnixMs | null;
  /** What the receiver last answered when it didn't take a message. */
  readonly lastError: string | null;
  readonly createdAt: UnixMs;
}

/** What a call answers that makes or changes a destination. `secret`: what a webhook that it named is signed with, this once. */
export interface NewDestinationAnswer extends Destination {
  readonly secret: string | null;
}

/** `GET destinations`. */
export interface DestinationsAnswer {
  readonly count: number;
  readonly destinations: readonly Destination[];
}

/** What becomes of signals: `merged` into a delivery before, `unchanged` where their symbols matched at the close before. */
export const DELIVERY_STATES = ["waiting", "done", "dead", "merged", "unchanged"] as const;

/** Signals that were stored together, on their way to a destination: one message each, or all in one. */
export interface Delivery {
  readonly id: number;
  readonly state: (typeof DELIVERY_STATES)[number];
  readonly signalIds: readonly number[];
  /** Of events of price alerts, in place of signals. */
  readonly alertEventIds: readonly number[];
  /** Whether they are one message; null until the first try. */
  readonly isDigest: boolean | null;
  /** How many of the signals were accepted. */
  readonly sent: number;
  readonly attempts: number;
  /** What the receiver answered last, or why it couldn't be reached. */
  readonly answer: string | null;
  readonly createdAt: UnixMs;
  readonly endedAt: UnixMs | null;
}

/** `GET destinations/{id}/deliveries`, newest first. */
export interface DeliveriesAnswer {
  readonly count: number;
  readonly deliveries: readonly Delivery[];
  readonly cursor: string | null;
}

/** `POST destinations/{id}/test`. */
export interface DestinationTestAnswer {
  readonly accepted: boolean;
  /** What the receiver answered, or why it couldn't be reached. */
  readonly answer: string;
}

/** The digits of a code that is mailed to an address. */
export const CODE_DIGITS = 8;

/** `POST destinations/{id}/confirm`: the code that was mailed to the address. */
export interface Confirmation {
  readonly code: string;
}

/** `POST destinations/{id}/again`: a delivery that was given up. */
export interface DeliveryAgain {
  readonly delivery: number;
}

/** A new destination. */
export interface NewDestination extends DestinationRules {
  readonly address: DestinationAddress;
}

/** What changes of one. */
export type DestinationChange = Partial<NewDestination>;

/** What a webhook's secret begins with. */
export const SECRET_PREFIX = "whsec_";

/** Whether a text is a secret as Standard Webhooks has them: `whsec_` and 24 to 64 bytes in base64. */
function isWebhookSecret(text: string): boolean {
  const encoded = text.slice(SECRET_PREFIX.length);
  const bytes = (encoded.replace(/=+$/, "").length * 3) / 4;
  return (
    text.startsWith(SECRET_PREFIX) &&
    encoded.length % 4 === 0 &&
    /^[A-Za-z0-9+/]+={0,2}$/.test(encoded) &&
    bytes >= 24 &&
    bytes < 65
  );
}

/** The longest address that SMTP carries. */
const MAX_MAIL_ADDRESS = 254;

/**
 * Whether a text is one e-mail address: as browsers check it, with a domain of at least two labels. Quoted names, lists, comments and address
 * literals aren't: they are how headers are forged.
 */
export function isMailAddress(text: string): boolean {
  const [name = "", domain = "", ...more] = text.split("@");
  return (
    text.length <= MAX_MAIL_ADDRESS &&
    more.length === 0 &&
    /^[\w!#$%&'*+/=?^`{|}~-]+(\.[\w!#$%&'*+/=?^`{|}~-]+)*$/.test(name) &&
    name.length <= 64 &&
    /^([a-z\d]([a-z\d-]{0,61}[a-z\d])?\.)+[a-z]([a-z\d-]{0,61}[a-z\d])?$/i.test(domain)
  );
}

const secretText = v.pipe(
  storedText,
  v.nonEmpty("expected some characters"),
  v.maxLength(500, "expected at most 500 characters"),
);
const url = v.pipe(
  storedText,
  v.maxLength(2_000, "expected at most 2000 characters"),
  v.regex(/^https?:\/\/[^\s/]+/i, "expected a URL such as https://example.com/hook"),
);

const address: v.GenericSchema<unknown, DestinationAddress> = v.variant(
  "kind",
  [
    v.strictObject({
      kind: v.literal("webhook"),
      url: v.pipe(url, v.description("where messages are posted to")),
      secret: v.optional(
        v.pipe(
          secretText,
          v.check(isWebhookSecret, "expected whsec_ and 24 to 64 bytes in base64, or no secret: then one is made"),
          v.description("what messages are signed with: whsec_ and 24 to 64 bytes in base64; made unless given"),
        ),
      ),
    }),
    v.strictObject({
      kind: v.literal("telegram"),
      token: v.pipe(
        secretText,
        v.regex(/^\d{3,20}:[\w-]{20,100}$/, "expected a bot's token such as 123456:ABC-DEF…, as @BotFather gives it"),
        v.description("the bot's token, as @BotFather gives it"),
      ),
      chatId: v.pipe(
        storedText,
        v.regex(/^(-?\d{1,20}|@\w{4,64})$/, "expected a chat's number, or a channel's @name"),
        v.description("a chat's number, or a channel's @name"),
      ),
    }),
    v.strictObject({
      kind: v.literal("discord"),
      url: v.pipe(
        url,
        v.regex(
          /\/api\/(v\d+\/)?webhooks\/\d+\/[\w-]+$/,
          "expected a webhook's URL such as https://discord.com/api/webhooks/…/…",
        ),
        v.description("the webhook's URL, as Discord gives it"),
      ),
    }),
    v.strictObject({
      kind: v.literal("ntfy"),
      url: v.pipe(
        url,
        v.regex(/^https?:\/\/[^/]+\/[\w-]{1,64}$/i, "expected a topic's URL such as https://ntfy.sh/my-topic"),
        v.description("the topic's URL"),
      ),
      token: v.optional(
        v.pipe(
          secretText,
          v.regex(/^[\x21-\x7e]+$/, "expected letters, digits and signs of ASCII"),
          v.description("an access token, where the topic needs one"),
        ),
      ),
    }),
    v.strictObject({
      kind: v.literal("email"),
      to: v.pipe(
        storedText,
        v.check(
          isMailAddress,
          "expected one e-mail address such as name@example.com, in letters, digits and signs of ASCII",
        ),
        v.description("one e-mail address; a code that is mailed to it confirms it"),
      ),
    }),
  ],
  `expected kind: ${DESTINATION_KINDS.join(", ")}`,
);

const quiet: v.GenericSchema<unknown, QuietHours> = v.pipe(
  v.strictObject({
    from: v.pipe(wholeNumber(0, MINUTES_OF_DAY - 1), v.description("the first minute of the UTC day")),
    until: v.pipe(wholeNumber(0, MINUTES_OF_DAY - 1), v.description("the minute at which messages are sent again")),
  }),
  v.check(({ from, until }) => from !== until, "expected from and until to differ: minutes of the UTC day"),
);

const rules = {
  name: v.pipe(name(100), v.description("what you call it: 1 to 100 characters")),
  enabled: v.pipe(v.boolean(), v.description("whether anything is sent there")),
  traders: v.pipe(
    v.nullable(
      v.pipe(
        listOf(traderId, MAX_TRADERS, `expected at most ${MAX_TRADERS} traders`),
        v.minLength(1, "expected at least one trader, or null for all"),
        v.transform((ids) => [...new Set(ids)]),
      ),
    ),
    v.description("whose signals, by the traders' ids; null for all, also later ones"),
  ),
  digestAbove: v.pipe(wholeNumber(1, 500), v.description("more signals than this that wait together are one message")),
  onChange: v.pipe(v.boolean(), v.description("whether a symbol that matched at the close before is left out")),
  quiet: v.pipe(
    v.nullable(quiet),
    v.description("when nothing is sent, in minutes of the UTC day: 1320 to 420 is 22:00 to 7:00; null for never"),
  ),
  maxPerHour: v.pipe(wholeNumber(1, 1_000), v.description("messages within an hour; further ones wait")),
  priceAlerts: v.pipe(v.boolean(), v.description("whether it gets price alerts, too")),
};

const destinationAddress = v.pipe(
  address,
  v.description("where messages go, by `kind`; its secrets are stored and never shown again"),
);

const newDestination = v.strictObject({
  name: rules.name,
  address: destinationAddress,
  enabled: v.optional(rules.enabled, true),
  traders: v.optional(rules.traders, null),
  digestAbove: v.optional(rules.digestAbove, 10),
  onChange: v.optional(rules.onChange, false),
  quiet: v.optional(rules.quiet, null),
  maxPerHour: v.optional(rules.maxPerHour, 60),
  priceAlerts: v.optional(rules.priceAlerts, true),
});

const change = v.strictObject({
  name: v.optional(rules.name),
  address: v.optional(destinationAddress),
  enabled: v.optional(rules.enabled),
  traders: v.optional(rules.traders),
  digestAbove: v.optional(rules.digestAbove),
  onChange: v.optional(rules.onChange),
  quiet: v.optional(rules.quiet),
  maxPerHour: v.optional(rules.maxPerHour),
  priceAlerts: v.optional(rules.priceAlerts),
});

const confirmation = v.strictObject({
  code: v.pipe(
    v.string(),
    v.transform((text) => text.replace(/\s/g, "")),
    v.regex(new RegExp(`^\\d{${CODE_DIGITS}}$`), `expected the ${CODE_DIGITS} digits that were mailed to the address`),
    v.description(`the ${CODE_DIGITS} digits that were mailed to the address; spaces between them don't count`),
  ),
});

const again = v.strictObject({
  delivery: v.pipe(
    wholeNumber(1, Number.MAX_SAFE_INTEGER),
    v.description("the id of a delivery whose state is dead: it is sent again"),
  ),
});

/** The bodies of calls for destinations, as the contract shows them. */
export const DESTINATION_BODIES: Readonly<Record<"create" | "change" | "confirm" | "again", v.GenericSchema>> = {
  create: newDestination,
  change,
  confirm: confirmation,
  again,
};

/** Reads a new destination. Throws InvalidInput that names the member. */
export function readNewDestination(value: unknown): NewDestination {
  return read(newDestination, value);
}

/** Reads what changes of a destination. Throws InvalidInput that names the member. */
export function readDestinationChange(value: unknown): DestinationChange {
  const asked = read(change, value);
  return Object.fromEntries(Object.entries(asked).filter(([, given]) => given !== undefined)) as DestinationChange;
}

/** Reads a destination's id out of a path. Throws InvalidInput. */
export function readDestinationId(text: string): string {
  return read(v.pipe(v.string(), v.uuid("expected a destination's id, a UUID")), text);
}

/** Reads a code; spaces between its digits don't count. Throws InvalidInput. */
export function readConfirmation(value: unknown): Confirmation {
  return read(confirmation, value);
}

/** Reads which delivery is sent again. Throws InvalidInput. */
export function readDeliveryAgain(value: unknown): DeliveryAgain {
  return read(again, value);
}

/** Which messages are asked for, newest first. */
export interface DeliveriesQuery {
  readonly cursor: string | undefined;
  readonly limit: number;
}

/** Reads the query of `GET destinations/{id}/deliveries`. Throws InvalidInput. */
export function readDeliveriesQuery(query: URLSearchParamsLike): DeliveriesQuery {
  const { cursor, limit } = read(
    v.strictObject({ cursor: cursorText(/^\d{1,16}$/), limit: limitText }),
    textsOf(query),
  );
  return { cursor, limit };
}

/** What calls for destinations answer. A function, so that programs without them don't carry it. */
export function destinationSchemas(): {
  readonly list: AnswerSchema<DestinationsAnswer>;
  readonly made: AnswerSchema<NewDestinationAnswer>;
  readonly one: AnswerSchema<Destination>;
  readonly test: AnswerSchema<DestinationTestAnswer>;
  readonly deliveries: AnswerSchema<DeliveriesAnswer>;
  readonly nothing: AnswerSchema<null>;
} {
  const moment = v.nullable(momentSchema);
  const destination = {
    id: v.string(),
    kind: v.picklist(DESTINATION_KINDS),
    name: v.string(),
    shown: v.string(),
    // A server of before has no addresses that need it.
    confirmed: v.optional(v.boolean(), true),
    enabled: v.boolean(),
    traders: v.nullable(v.array(v.string())),
    digestAbove: count,
    onChange: v.boolean(),
    quiet: v.nullable(v.object({ from: count, until: count })),
    maxPerHour: count,
    priceAlerts: v.optional(v.boolean(), true),
    waiting: count,
    waitsFor: v.nullable(v.picklist(WAIT_REASONS)),
    nextTryAt: moment,
    failingSince: moment,
    lastDeliveredAt: moment,
    lastError: v.nullable(v.string()),
    createdAt: momentSchema,
  };
  const delivery = {
    id: count,
    state: v.picklist(DELIVERY_STATES),
    signalIds: v.array(count),
    alertEventIds: v.optional(v.array(count), []),
    isDigest: v.nullable(v.boolean()),
    sent: count,
    attempts: count,
    answer: v.nullable(v.string()),
    createdAt: momentSchema,
    endedAt: moment,
  };
  return {
    list: v.object({ count, destinations: v.array(v.object(destination)) }),
    one: v.object(destination),
    made: v.object({ ...destination, secret: v.optional(v.nullable(v.string()), null) }),
    test: v.object({ accepted: v.boolean(), answer: v.string() }),
    deliveries: v.object({ count, deliveries: v.array(v.object(delivery)), cursor: v.nullable(v.string()) }),
    nothing: v.null(),
  };
}
