import * as v from "valibot";
import type { Symbol, UnixMs } from "../../core/mod.ts";
import { type AnswerSchema, count, figure, momentSchema, symbol as symbolAnswer } from "../answer-schemas.ts";
import { wholeNumber } from "../whole-number.ts";
import { cursorText, limitText, read, storedText, symbol, textsOf, type URLSearchParamsLike } from "./members.ts";

/** The kinds of conditions. */
export const ALERT_KINDS = ["level", "line", "move", "volume"] as const;

/** One of {@link ALERT_KINDS}. */
export type AlertKind = (typeof ALERT_KINDS)[number];

/** Which way a price has to go. */
export const ALERT_DIRECTIONS = ["up", "down", "either"] as const;

/** One of {@link ALERT_DIRECTIONS}. */
export type AlertDirection = (typeof ALERT_DIRECTIONS)[number];

/** What an alert's state can be: `off` by its owner, `failed` where it can't be watched any more. */
export const ALERT_STATES = ["active", "fired", "expired", "failed", "off"] as const;

/** One of {@link ALERT_STATES}. */
export type AlertState = (typeof ALERT_STATES)[number];

/**
 * The most minutes of a price move, of the volume's windows, and between two firings; the windows that a volume is compared with. Above
 * `everyMove` and `everyVolume` minutes come in steps of 15: few figures are computed at a minute's close, however many alerts there are.
 */
export const ALERT_BOUNDS = {
  moveMinutes: 1_440,
  everyMove: 240,
  volumeMinutes: 240,
  everyVolume: 60,
  stepMinutes: 15,
  againMinutes: 43_200,
  volumeWindows: 20,
} as const;

/** A point that a line goes through. */
export interface AlertPoint {
  readonly time: UnixMs;
  readonly price: number;
}

/**
 * What an alert waits for:
 *
 * - `level`: the price crosses a level.
 * - `line`: the price crosses the straight line through two points. It begins at the first point. With `extended` it goes on to the right for
 *   ever, else it ends at the second point.
 * - `move`: the price is `percent` above the lowest, or below the highest, price of the last `minutes` one-minute candles.
 * - `volume`: the last `minutes` one-minute candles have `times` the volume of the average of 20 such windows before them.
 *
 * The open candle counts among the minutes.
 */
export type AlertCondition =
  | { readonly kind: "level"; readonly direction: AlertDirection; readonly level: number }
  | {
      readonly kind: "line";
      readonly direction: AlertDirection;
      readonly from: AlertPoint;
      readonly to: AlertPoint;
      readonly extended: boolean;
    }
  | {
      readonly kind: "move";
      readonly direction: AlertDirection;
      readonly percent: number;
      readonly minutes: number;
    }
  | { readonly kind: "volume"; readonly minutes: number; readonly times: number };

/** What an owner says of an alert. Times are market time. */
export interface AlertRules {
  readonly symbol: Symbol;
  readonly condition: AlertCondition;
  readonly note: string;
  /** Null: fires once and switches itself off. A number: fires again, after so many minutes at the earliest. */
  readonly again: number | null;
  /** It doesn't fire at or after this moment. */
  readonly expiresAt: UnixMs | null;
  /** The only destination that is sent to; null for all that take price alerts. */
  readonly destinationId: string | null;
}

/** A new alert. */
export type NewPriceAlert = AlertRules;

/** What changes of an alert. `active: true`, or another condition or symbol, arms it anew; `active: false` switches it off. */
export type PriceAlertChange = Partial<AlertRules> & { readonly active?: boolean };

/** An alert that fired, as it was then. */
export interface AlertEvent {
  readonly id: number;
  readonly alertId: string;
  readonly symbol: Symbol;
  readonly condition: AlertCondition;
  readonly note: string;
  /** Which way the price went; null where only the volume counts. */
  readonly direction: "up" | "down" | null;
  /** The price when it fired. */
  readonly price: number;
  /** The level or the line's price; of a move the price that it began from; of a volume the average. */
  readonly reference: number;
  /** The farthest price that showed the cross; of a move its percent; of a volume the volume. */
  readonly value: number;
  /** Market time. */
  readonly at: UnixMs;
  /** Where the server saw no prices for a while, the moment since when it may have happened; null where `at` is the moment. */
  readonly since: UnixMs | null;
  /** The one-minute candle in which it fired. */
  readonly openTime: UnixMs;
  /** Whether that candle was open: it fired within the candle, whose close may differ. */
  readonly inOpenCandle: boolean;
}

/** A price alert as the server has it. */
export interface PriceAlert extends AlertRules {
  readonly id: string;
  readonly state: AlertState;
  /** Why it can't fire now, in words; null where it can, or isn't active. */
  readonly problem: string | null;
  /** How often it fired. */
  readonly fires: number;
  /** When it fired last, and what it said. */
  readonly lastEvent: AlertEvent | null;
  /** Market time since when it watches as it is now. */
  readonly armedAt: UnixMs;
  readonly createdAt: UnixMs;
}

/** `GET price-alerts`, newest first. */
export interface PriceAlertsAnswer {
  readonly count: number;
  readonly alerts: readonly PriceAlert[];
}

/** `GET price-alerts/events`, newest first. */
export interface AlertEventsAnswer {
  readonly count: number;
  readonly events: readonly AlertEvent[];
  readonly cursor: string | null;
}

const direction = v.pipe(
  v.picklist(ALERT_DIRECTIONS, `expected one of ${ALERT_DIRECTIONS.join(", ")}`),
  v.description("which way the price has to go"),
);

/** A price that an exchange may have. */
const price = v.pipe(
  v.number("expected a price above 0"),
  v.minValue(1e-18, "expected a price above 0"),
  v.maxValue(1e15, "expected a price up to 1e15"),
);

/** A moment of JSON: whole Unix milliseconds of this century. */
const moment = v.pipe(
  v.number("expected Unix milliseconds"),
  v.integer("expected whole Unix milliseconds"),
  v.minValue(946_684_800_000, "expected Unix milliseconds, not seconds"),
  v.maxValue(4_102_444_800_000, "expected Unix milliseconds before the year 2100"),
  v.transform((value) => value as UnixMs),
);

const point = v.strictObject({
  time: v.pipe(moment, v.description("Unix milliseconds")),
  price: v.pipe(price, v.description("the line's price then")),
});

const minutesUpTo = (every: number, most: number): v.GenericSchema<number> =>
  v.pipe(
    wholeNumber(1, most),
    v.check(
      (minutes) => minutes <= every || minutes % ALERT_BOUNDS.stepMinutes === 0,
      `expected a multiple of ${ALERT_BOUNDS.stepMinutes} above ${every} minutes`,
    ),
  );

const condition: v.GenericSchema<unknown, AlertCondition> = v.variant(
  "kind",
  [
    v.strictObject({
      kind: v.literal("level"),
      direction: v.optional(direction, "either"),
      level: v.pipe(price, v.description("the price that is crossed")),
    }),
    v.pipe(
      v.strictObject({
        kind: v.literal("line"),
        direction: v.optional(direction, "either"),
        from: v.pipe(point, v.description("where the line begins")),
        to: v.pipe(point, v.description("a later point that it goes through")),
        extended: v.optional(v.pipe(v.boolean(), v.description("whether it goes on behind the second point")), true),
      }),
      v.check(({ from, to }) => from.time < to.time, "expected to.time after from.time: a line goes to the right"),
    ),
    v.strictObject({
      kind: v.literal("move"),
      direction: v.optional(direction, "either"),
      percent: v.pipe(
        v.number("expected a number of percent"),
        v.minValue(0.01, "expected at least 0.01 percent"),
        v.maxValue(1_000, "expected at most 1000 percent"),
        v.description("how far the price moves"),
      ),
      minutes: v.pipe(
        minutesUpTo(ALERT_BOUNDS.everyMove, ALERT_BOUNDS.moveMinutes),
        v.description(
          `within so many minutes; above ${ALERT_BOUNDS.everyMove} a multiple of ${ALERT_BOUNDS.stepMinutes}`,
        ),
      ),
    }),
    v.strictObject({
      kind: v.literal("volume"),
      minutes: v.pipe(
        minutesUpTo(ALERT_BOUNDS.everyVolume, ALERT_BOUNDS.volumeMinutes),
        v.description(
          `the window, in minutes; above ${ALERT_BOUNDS.everyVolume} a multiple of ${ALERT_BOUNDS.stepMinutes}`,
        ),
      ),
      times: v.pipe(
        v.number("expected a multiple of the average"),
        v.minValue(1.1, "expected at least 1.1 times the average"),
        v.maxValue(1_000, "expected at most 1000 times the average"),
        v.description("how many times the average of 20 such windows before"),
      ),
    }),
  ],
  `expected kind: ${ALERT_KINDS.join(", ")}`,
);

const rules = {
  symbol: v.pipe(symbol, v.description("a symbol that the server follows")),
  condition: v.pipe(condition, v.description("what it waits for, by `kind`; docs/price-alerts.md describes each")),
  note: v.pipe(
    storedText,
    v.trim(),
    v.maxLength(200, "expected at most 200 characters"),
    v.description("a note of your own, which its messages have"),
  ),
  again: v.pipe(
    v.nullable(wholeNumber(1, ALERT_BOUNDS.againMinutes)),
    v.description("minutes until it may fire again; null: it fires once and switches itself off"),
  ),
  expiresAt: v.pipe(
    v.nullable(moment),
    v.description("Unix milliseconds from which on it doesn't fire; null for never"),
  ),
  destinationId: v.pipe(
    v.nullable(v.pipe(v.string(), v.uuid("expected a destination's id, a UUID, or null for all"))),
    v.description("the only destination that is sent to; null for all that take price alerts"),
  ),
};

const newAlert = v.strictObject({
  symbol: rules.symbol,
  condition: rules.condition,
  note: v.optional(rules.note, ""),
  again: v.optional(rules.again, null),
  expiresAt: v.optional(rules.expiresAt, null),
  destinationId: v.optional(rules.destinationId, null),
});

const change = v.strictObject({
  symbol: v.optional(rules.symbol),
  condition: v.optional(rules.condition),
  note: v.optional(rules.note),
  again: v.optional(rules.again),
  expiresAt: v.optional(rules.expiresAt),
  destinationId: v.optional(rules.destinationId),
  active: v.optional(v.pipe(v.boolean(), v.description("true arms it anew, false switches it off"))),
});

/** The bodies of calls for price alerts, as the contract shows them. */
export const PRICE_ALERT_BODIES: Readonly<Record<"create" | "change", v.GenericSchema>> = {
  create: newAlert,
  change,
};

/** Reads a new alert. Throws InvalidInput that names the member. */
export function readNewPriceAlert(value: unknown): NewPriceAlert {
  return read(newAlert, value);
}

/** Reads what changes of an alert. Throws InvalidInput that names the member. */
export function readPriceAlertChange(value: unknown): PriceAlertChange {
  const asked = read(change, value);
  return Object.fromEntries(Object.entries(asked).filter(([, given]) => given !== undefined)) as PriceAlertChange;
}

/** Reads an alert's id out of a path. Throws InvalidInput. */
export function readPriceAlertId(text: string): string {
  return read(v.pipe(v.string(), v.uuid("expected an alert's id, a UUID")), text);
}

/** Which events are asked for, newest first. */
export interface AlertEventsQuery {
  readonly alertId: string | undefined;
  readonly cursor: string | undefined;
  readonly limit: number;
}

/** Reads the query of `GET price-alerts/events`. Throws InvalidInput. */
export function readAlertEventsQuery(query: URLSearchParamsLike): AlertEventsQuery {
  const { alertId, cursor, limit } = read(
    v.strictObject({
      alertId: v.optional(v.pipe(v.string(), v.uuid("expected an alert's id, a UUID"))),
      cursor: cursorText(/^\d{1,16}$/),
      limit: limitText,
    }),
    textsOf(query),
  );
  return { alertId, cursor, limit };
}

/** What calls for price alerts answer. A function, so that programs without them don't carry it. */
export function priceAlertSchemas(): {
  readonly list: AnswerSchema<PriceAlertsAnswer>;
  readonly one: AnswerSchema<PriceAlert>;
  readonly events: AnswerSchema<AlertEventsAnswer>;
  readonly nothing: AnswerSchema<null>;
} {
  const way = v.picklist(ALERT_DIRECTIONS);
  const at = v.object({ time: momentSchema, price: figure });
  const told: AnswerSchema<AlertCondition> = v.variant("kind", [
    v.object({ kind: v.literal("level"), direction: way, level: figure }),
    v.object({ kind: v.literal("line"), direction: way, from: at, to: at, extended: v.boolean() }),
    v.object({ kind: v.literal("move"), direction: way, percent: figure, minutes: count }),
    v.object({ kind: v.literal("volume"), minutes: count, times: figure }),
  ]);
  const event = v.object({
    id: count,
    alertId: v.string(),
    symbol: symbolAnswer,
    condition: told,
    note: v.string(),
    direction: v.nullable(v.picklist(["up", "down"])),
    price: figure,
    reference: figure,
    value: figure,
    at: momentSchema,
    since: v.nullable(momentSchema),
    openTime: momentSchema,
    inOpenCandle: v.boolean(),
  });
  const alert = v.object({
    id: v.string(),
    symbol: symbolAnswer,
    condition: told,
    note: v.string(),
    again: v.nullable(count),
    expiresAt: v.nullable(momentSchema),
    destinationId: v.nullable(v.string()),
    state: v.picklist(ALERT_STATES),
    problem: v.nullable(v.string()),
    fires: count,
    lastEvent: v.nullable(event),
    armedAt: momentSchema,
    createdAt: momentSchema,
  });
  return {
    list: v.object({ count, alerts: v.array(alert) }),
    one: alert,
    events: v.object({ count, events: v.array(event), cursor: v.nullable(v.string()) }),
    nothing: v.null(),
  };
}
