import type {
  AlertEventsAnswer,
  AlertRules,
  AnswerSchema,
  PriceAlert,
  PriceAlertChange,
  PriceAlertsAnswer,
} from "../wire/mod.ts";
import { Asker, type CallOptions } from "./asker.ts";
import { FunctionAsker } from "./function-asker.ts";
import { type ClientOptions, settingsOf } from "./options.ts";
import { type ReaderSource, rare } from "./reader.ts";

/** A new alert: `symbol` and `condition` are needed, all else has a default. */
export type AskedPriceAlert = Pick<AlertRules, "condition"> &
  Partial<Omit<AlertRules, "symbol">> & { readonly symbol: string };

/**
 * The caller's price alerts: see docs/price-alerts.md. `options`: as of a client, whose server has the traders. A class apart from the client, so that programs without it don't carry it.
 *
 * @example
 * const alerts = new PriceAlerts({ url, apiKey });
 * await alerts.create({ symbol: "BTCUSDT", condition: { kind: "level", direction: "up", level: 64_000 } });
 */
export class PriceAlerts {
  readonly #functions: FunctionAsker;

  constructor(options: ClientOptions) {
    this.#functions = new FunctionAsker(new Asker(settingsOf(options)), ["functions", "v1", "price-alerts"]);
  }

  /**
   * The caller's price alerts, newest first, each with its state and what it fired last. Times are Unix milliseconds.
   *
   * @throws ClientError `unauthorized`, `forbidden`; `not_ready` while the database starts
   * @example
   * const list = await priceAlerts.list();
   * for (const { symbol, condition, state, problem } of list.alerts) console.log(symbol, condition, state, problem);
   */
  list(call?: CallOptions): Promise<PriceAlertsAnswer> {
    return this.#functions.ask({ method: "GET", parts: [], reader: readerOf("list") }, call);
  }

  /**
   * Makes an alert. It fires once, unless `again` says after how many minutes it may fire again. Retried after 429 only, so that a lost answer
   * doesn't make two.
   *
   * @throws ClientError `invalid_parameter` for an alert that could never fire; `forbidden` for more than 200
   * @example
   * const condition = { kind: "move", direction: "down", percent: 5, minutes: 60 } as const;
   * const { id } = await priceAlerts.create({ symbol: "ETHUSDT", condition, note: "look at it", again: 240 });
   * console.log(id);
   */
  create(body: AskedPriceAlert, call?: CallOptions): Promise<PriceAlert> {
    const question = { method: "POST", parts: [], body, reader: readerOf("one"), isOnce: true } as const;
    return this.#functions.ask(question, call);
  }

  /**
   * Changes what is given of an alert. `active: true`, another condition or another symbol arms it anew; `active: false` switches it off.
   *
   * @throws ClientError `not_found`; `invalid_parameter`
   * @example
   * await priceAlerts.update("00000000-0000-4000-8000-000000000000", { active: true });
   */
  update(id: string, body: PriceAlertChange, call?: CallOptions): Promise<PriceAlert> {
    return this.#functions.ask({ method: "PATCH", parts: [id], body, reader: readerOf("one") }, call);
  }

  /**
   * Deletes an alert with what it fired.
   *
   * @throws ClientError `not_found`
   * @example
   * await priceAlerts.delete("00000000-0000-4000-8000-000000000000");
   */
  async delete(id: string, call?: CallOptions): Promise<void> {
    await this.#functions.ask({ method: "DELETE", parts: [id], reader: readerOf("nothing") }, call);
  }

  /**
   * What the caller's alerts fired, newest first; of one alert where `alertId` names it. `limit`: 1 to 500, 50 unless given. `cursor` requests the
   * next page; null at the end. Times are Unix milliseconds.
   *
   * @throws ClientError `invalid_parameter`
   * @example
   * const { events, cursor } = await priceAlerts.events({ limit: 20 });
   * for (const { symbol, price, at, inOpenCandle } of events) console.log(symbol, price, at, inOpenCandle);
   * console.log(cursor);
   */
  events(
    query: CallOptions & {
      readonly alertId?: string | undefined;
      readonly cursor?: string | undefined;
      readonly limit?: number | undefined;
    } = {},
  ): Promise<AlertEventsAnswer> {
    const { signal, ...parameters } = query;
    const question = { method: "GET", parts: ["events"], query: parameters } as const;
    return this.#functions.ask({ ...question, reader: readerOf("events") }, { signal });
  }
}

type Schemas = ReturnType<typeof import("./rare-answers.ts").priceAlertSchemas>;
type AnswerOf<Name extends keyof Schemas> = Schemas[Name] extends AnswerSchema<infer Answer> ? Answer : never;

function readerOf<Name extends keyof Schemas>(name: Name): ReaderSource<AnswerOf<Name>> {
  return rare((all) => all.priceAlertSchemas()[name] as AnswerSchema<AnswerOf<Name>>);
}
